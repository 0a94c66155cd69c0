"""How fast pairs are scored, beside those that score the same pairs on the same weights."""

from searchrerank.bench.scoring.contenders import PEERS, Contender, contenders
from searchrerank.bench.scoring.measure import Measured, measure
from searchrerank.bench.scoring.plan import FULL, QUICK, Plan
from searchrerank.bench.scoring.report import report
from searchrerank.bench.scoring.workload import Workload

__all__ = ["FULL", "PEERS", "QUICK", "Contender", "Measured", "Plan", "Workload", "contenders", "measure", "report"]
