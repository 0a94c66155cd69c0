"""What the proxy costs: requests that pass through it and searches that it reranks, beside other ways to the same upstream."""

from searchrerank.bench.proxy.measure import FULL, QUICK, Measured, Plan, measure
from searchrerank.bench.proxy.report import report

__all__ = ["FULL", "QUICK", "Measured", "Plan", "measure", "report"]
