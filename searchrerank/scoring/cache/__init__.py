"""Scores that are remembered: in the process, and shared by replicas."""

from searchrerank.scoring.cache.cached import CachedScorer
from searchrerank.scoring.cache.opening import remembering
from searchrerank.scoring.cache.recalled import recalled
from searchrerank.scoring.cache.shared import SharedScores
from searchrerank.scoring.cache.table import ScoreTable

__all__ = ["CachedScorer", "ScoreTable", "SharedScores", "recalled", "remembering"]
