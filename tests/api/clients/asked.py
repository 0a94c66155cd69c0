"""What each client asks, and what every answer must come to."""

from collections.abc import Iterable

import pytest

MODEL = "searchrerank-mini-en"
QUESTION = "Which planet is called the red planet?"
PASSAGES = [
    "A bowl of soup is best served hot.",
    "Venus is the hottest planet of the solar system.",
    "Mars is called the red planet because of the iron oxide on its surface.",
    "The stock market fell by two percent on Tuesday.",
]
BEST = 2
ASKED = {"model": MODEL, "query": QUESTION, "documents": PASSAGES}
MOST = 6  # documents, by the server's configuration
MANY = ["one too many"] * (MOST + 1)

KEY = "a-key-that-may-do-everything"
HASTY = "a-key-for-24-calls-a-minute"  # once those of the first minute are used up, one every two and a half seconds
WRONG = "a-key-that-nobody-was-given"


def check_order(found: Iterable[tuple[int, float]], scores: list[float], top: int | None = None) -> None:
    """Pairs of a passage's index and its score are those of the model, the best first, and no more than `top`."""
    pairs = list(found)
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    assert order[0] == BEST
    assert [index for index, _ in pairs] == order[:top]
    assert [score for _, score in pairs] == [pytest.approx(scores[index], rel=1e-4, abs=1e-6) for index in order[:top]]
