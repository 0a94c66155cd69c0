"""Reading what is scored of each hit, as the settings want it, out of any engine's documents."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from searchrerank.config import Rerank, weighted_field
from searchrerank.dialects.protocol import Plan
from searchrerank.texts import HitText, Part, distinct, strip_html

__all__ = ["Document", "read_texts"]

_Group = tuple[Sequence[str], float]


class Document(Protocol):
    """A hit's fields, by names or patterns; none means all."""

    def values(self, fields: Sequence[str]) -> list[str]:
        """The text of the fields, in their order."""

    def fragments(self, fields: Sequence[str]) -> list[str]:
        """The engine's highlights of the fields, in the engine's order; empty where the hit has none."""


def read_texts(documents: Sequence[Document], plan: Plan) -> tuple[HitText | None, ...]:
    """The text of each document, None where it has none.

    A query's own fields may be nowhere in the documents (a `copy_to` target): then all text is read.
    """
    groups = _groups(plan)
    texts = tuple(_text(document, groups, plan) for document in documents)
    if plan.fields and not plan.rerank.fields and not any(texts):
        return tuple(_text(document, [((), 1.0)], plan) for document in documents)
    return texts


def _groups(plan: Plan) -> list[_Group]:
    """The fields of each part with its weight: all in one, or each by itself as soon as the settings weigh one."""
    weighted = [weighted_field(field) for field in plan.rerank.fields]
    if any(weight is not None for _, weight in weighted):
        return [((name,), 1.0 if weight is None else weight) for name, weight in weighted]
    return [(plan.fields, 1.0)]


def _text(document: Document, groups: Sequence[_Group], plan: Plan) -> HitText | None:
    rerank = plan.rerank
    title = ""
    if rerank.title_field:
        title = rerank.separator.join(_cleaned(document.values([rerank.title_field]), rerank))
    passages = ((_passages(document, fields, title, plan), weight) for fields, weight in groups)
    parts = tuple(Part(found, weight) for found, weight in passages if found)
    return HitText(parts, title) if parts else None


def _passages(document: Document, fields: Sequence[str], title: str, plan: Plan) -> tuple[str, ...]:
    """The highlights where they are wanted and there are any, else the text in one piece; empty where there is none.

    The title stands before each passage, so it is left out of a text that holds more than it.
    """
    rerank = plan.rerank
    if rerank.passages == "highlights":
        fragments = _cleaned(map(plan.markup.plain, document.fragments(fields)), rerank)
        if fragments:
            return fragments[: rerank.max_passages]
    values = _cleaned(document.values(fields), rerank)
    text = rerank.separator.join([value for value in values if value != title] or values)
    return (text,) if text else ()


def _cleaned(values: Iterable[str], rerank: Rerank) -> tuple[str, ...]:
    return distinct(map(strip_html, values) if rerank.strip_html else values)
