"""Scoring: the Scorer protocol and who implements it."""

from searchrerank.scoring.protocol import Scorer

__all__ = ["Scorer"]
