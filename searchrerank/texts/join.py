"""Several texts as one, without repeating."""

from collections.abc import Iterable

__all__ = ["combine", "distinct"]


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """The values in their order, without the white space around them; empty and repeated ones are left out.

    Values repeat where one text is indexed in several ways (`title` and its multi-field `title.english`).
    """
    return tuple(dict.fromkeys(stripped for value in values if (stripped := value.strip())))


def combine(texts: Iterable[str]) -> str:
    """The texts of one search as one query, without repeating: a text that another one contains, word for word, is left out."""
    spellings = list({_fold(text): " ".join(text.split()) for text in texts if text.strip()}.items())
    kept = [
        text
        for folded, text in spellings
        if not any(f" {folded} " in f" {other} " for other, _ in spellings if other != folded)
    ]
    return " ".join(kept)


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
