"""Scoring: the Scorer protocol and who implements it."""

from searchrerank.scoring.constant import ConstantScorer
from searchrerank.scoring.local import LocalScorer
from searchrerank.scoring.opening import open_scorer, tuner_of
from searchrerank.scoring.protocol import Scorer
from searchrerank.scoring.shelf import Loaded, ModelShelf
from searchrerank.scoring.workers import Workers

__all__ = ["ConstantScorer", "Loaded", "LocalScorer", "ModelShelf", "Scorer", "Workers", "open_scorer", "tuner_of"]
