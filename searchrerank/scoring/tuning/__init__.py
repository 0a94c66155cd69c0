"""Which way of running a model is the fastest on this machine, of those that rank as it does."""

from searchrerank.scoring.tuning.calibration import Calibration
from searchrerank.scoring.tuning.choice import Choice, Contender, Tuned
from searchrerank.scoring.tuning.tuner import Tuner

__all__ = ["Calibration", "Choice", "Contender", "Tuned", "Tuner"]
