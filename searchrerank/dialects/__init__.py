"""Dialects: how each engine spells a search and its answer. Pure: bytes and values in, bytes and values out."""

from searchrerank.dialects.protocol import (
    Answers,
    Dialect,
    Directives,
    EvaluationPlan,
    ManyPlan,
    NestedPlan,
    Passed,
    Plan,
    Ranking,
    Refused,
    Unrendered,
    Window,
)

__all__ = [
    "Answers",
    "Dialect",
    "Directives",
    "EvaluationPlan",
    "ManyPlan",
    "NestedPlan",
    "Passed",
    "Plan",
    "Ranking",
    "Refused",
    "Unrendered",
    "Window",
]
