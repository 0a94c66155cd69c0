"""Ranking: which hit comes where, and with which score. Pure: numbers in, numbers out."""

from searchrerank.ranking.cascading import cascaded
from searchrerank.ranking.ordering import Ranked, moved, order
from searchrerank.ranking.policy import Policy, Scores

__all__ = ["Policy", "Ranked", "Scores", "cascaded", "moved", "order"]
