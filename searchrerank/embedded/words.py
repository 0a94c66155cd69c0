"""Long sets of names, written as prose."""

__all__ = ["words"]


def words(text: str) -> frozenset[str]:
    """The names in `text`, parted by white space."""
    return frozenset(text.split())
