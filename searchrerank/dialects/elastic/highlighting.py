"""What a search has the engine put around the words that it highlights.

Source: `HighlightBuilder` and `AbstractHighlighterBuilder` of Elasticsearch and OpenSearch.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from searchrerank.texts import Markup

__all__ = ["read_markup"]

_DEFAULT = ("<em>", "</em>")
_STYLED = (*(f'<em class="hlt{number}">' for number in range(1, 11)), "</em>")

# Engines take any number of tags, each of which is looked for in each fragment.
_MOST_TAGS = 64


def read_markup(highlight: Any) -> Markup:
    """The markup of a search's `highlight` member, decoded; that of no search where it is not one."""
    if not isinstance(highlight, dict):
        return Markup()
    levels = [highlight, *_of_fields(highlight.get("fields"))]
    tags = dict.fromkeys(tag for level in levels for tag in _tags(level))
    own = tuple(tags)[:_MOST_TAGS]
    return Markup(own if "pre_tags" in highlight else (*_DEFAULT, *own), highlight.get("encoder") == "html")


def _of_fields(fields: Any) -> Iterator[dict[str, Any]]:
    """The settings of each field: an object, or an array of objects where the order counts."""
    for group in fields if isinstance(fields, list) else [fields]:
        if isinstance(group, dict):
            yield from (settings for settings in group.values() if isinstance(settings, dict))


def _tags(settings: dict[str, Any]) -> Iterable[str]:
    if settings.get("tags_schema") == "styled":
        yield from _STYLED
    for name in ("pre_tags", "post_tags"):
        listed = settings.get(name)
        yield from (tag for tag in (listed if isinstance(listed, list) else [listed]) if tag and isinstance(tag, str))
