"""What the rerank APIs cost over the scorer alone, what many clients get, and other servers of such APIs beside them."""

from searchrerank.bench.api.measure import Measured, measure
from searchrerank.bench.api.plan import FULL, QUICK, Plan
from searchrerank.bench.api.report import report

__all__ = ["FULL", "QUICK", "Measured", "Plan", "measure", "report"]
