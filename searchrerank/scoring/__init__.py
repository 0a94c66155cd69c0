"""Scoring: the Scorer protocol and who implements it."""

from searchrerank.scoring.constant import ConstantScorer
from searchrerank.scoring.local import LocalScorer
from searchrerank.scoring.opening import open_scorer, tuner_of
from searchrerank.scoring.protocol import Scorer

__all__ = ["ConstantScorer", "LocalScorer", "Scorer", "open_scorer", "tuner_of"]
