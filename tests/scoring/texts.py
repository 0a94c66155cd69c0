"""Texts to score."""

__all__ = ["QUERY", "some"]

QUERY = "how do volcanoes form"


def some(count, word="a"):
    """So many passages, no two alike; all have as many tokens."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [f"{word} {letters[n // 676]} {letters[n // 26 % 26]} {letters[n % 26]}" for n in range(count)]
