"""The names of what a request may ask of searchrerank itself."""

from collections.abc import Sequence

__all__ = ["CONTROLS", "check_controls"]

CONTROLS = ("mode", "model", "window", "budget", "fields")


def check_controls(names: Sequence[str]) -> None:
    """Refuse a name that is none of them; raises ValueError saying what would be right."""
    if not set(names) <= set(CONTROLS):
        raise ValueError(f"a list of {', '.join(CONTROLS)}")
