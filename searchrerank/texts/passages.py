"""From the texts of hits to the passages that a scorer takes, and from its logits back to one for each hit.

A window of hits holds None for each hit without text. Passages lie flat, in the order of hits, parts and passages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from searchrerank.texts.hit_text import HitText, Part

__all__ = ["divided", "hit_logits", "plain_passages", "titled_passages"]

# A title stands before each passage, so a long one would push the passage itself out of what the model reads.
_LONGEST_TITLE = 512


def plain_passages(texts: Sequence[HitText | None]) -> list[str]:
    """All passages, without titles."""
    return [passage for _, passage in _flat(texts)]


def titled_passages(texts: Sequence[HitText | None], separator: str) -> list[str]:
    """All passages, each after its hit's title, unless it is the title itself."""
    return [_titled(title, passage, separator) for title, passage in _flat(texts)]


def divided(texts: Sequence[HitText | None], pieces: Sequence[Sequence[str]]) -> list[HitText | None]:
    """The texts with each passage replaced by its pieces, in the order of `plain_passages`."""
    remaining = iter(pieces)

    def divide(part: Part) -> Part:
        return replace(part, passages=tuple(piece for each in islice(remaining, len(part.passages)) for piece in each))

    return [text and replace(text, parts=tuple(divide(part) for part in text.parts)) for text in texts]


def hit_logits(texts: Sequence[HitText | None], logits: Sequence[float | None]) -> list[float | None]:
    """One logit for each hit: the weighted mean over its parts of the best of each one's passages.

    None for a hit without text, and for one of whose passages any has none.
    logits: those of `titled_passages`, in its order; None for a passage that was not scored.
    """
    remaining = iter(logits)
    return [None if text is None else _mean_of_best(text.parts, remaining) for text in texts]


def _flat(texts: Sequence[HitText | None]) -> Iterator[tuple[str, str]]:
    for text in texts:
        if text is not None:
            yield from ((text.title, passage) for part in text.parts for passage in part.passages)


def _titled(title: str, passage: str, separator: str) -> str:
    return f"{title[:_LONGEST_TITLE]}{separator}{passage}" if title and passage != title else passage


def _mean_of_best(parts: Sequence[Part], logits: Iterator[float | None]) -> float | None:
    best = [_best(list(islice(logits, len(part.passages)))) for part in parts]
    weighted = [part.weight * logit for part, logit in zip(parts, best, strict=True) if logit is not None]
    return sum(weighted) / sum(part.weight for part in parts) if len(weighted) == len(parts) else None


def _best(logits: Sequence[float | None]) -> float | None:
    scored = [logit for logit in logits if logit is not None]
    return max(scored) if len(scored) == len(logits) else None
