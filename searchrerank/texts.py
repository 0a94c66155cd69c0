"""From field values to the passage that a cross-encoder reads."""

from collections.abc import Iterable

__all__ = ["combine", "passage"]


def passage(values: Iterable[str], separator: str = "\n") -> str | None:
    """The values as one text, empty and repeated ones left out; None where nothing is left.

    Values repeat where one text is indexed in several ways (`title` and its multi-field `title.english`).
    """
    kept = dict.fromkeys(stripped for value in values if (stripped := value.strip()))
    return separator.join(kept) or None


def combine(texts: Iterable[str]) -> str:
    """The texts of one search as one query, without repeating: a text that another one contains, word for word, is left out."""
    distinct = list({_fold(text): " ".join(text.split()) for text in texts if text.strip()}.items())
    kept = [
        text for folded, text in distinct if not any(f" {folded} " in f" {other} " for other, _ in distinct if other != folded)
    ]
    return " ".join(kept)


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
