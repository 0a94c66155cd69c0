"""How much is measured."""

from dataclasses import dataclass

__all__ = ["FULL", "QUICK", "Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run measures.

    documents, tokens: of a call whose cost is measured. calls, light: so many of them in each round, with the model and without
    its graph; multiples of three, so that everyone is first as often. rounds: how often each section is repeated.
    clients, asked: how many ask at once, and for how many texts each; seconds: for how long in each round.
    admitted: calls that the server takes on at a time, while ten times as many come. minute: calls that a limited key may make.
    """

    documents: int = 50
    tokens: int = 128
    calls: int = 6
    light: int = 30
    rounds: int = 7
    clients: int = 64
    asked: int = 10
    seconds: float = 8
    admitted: int = 16
    minute: int = 60


FULL = Plan()
QUICK = Plan(calls=3, light=24, rounds=3, seconds=2)
"""One to two minutes with the bundled model on two cores; peers come on top."""
