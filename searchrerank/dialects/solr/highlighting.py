"""What a search has Solr put around the words that it highlights. Source: `HighlightParams` of Solr."""

from searchrerank.dialects.solr.search_request import SearchRequest
from searchrerank.texts import Markup

__all__ = ["read_markup"]

_TAGS = ("hl.tag.pre", "hl.tag.post", "hl.simple.pre", "hl.simple.post")


def read_markup(search: SearchRequest) -> Markup:
    """The markup of a search's highlights, a field's own (`f.title.hl.tag.pre`) among them; none where it has none."""
    if not search.flag("hl"):
        return Markup()
    own = [
        value
        for name, values in search.parameters.items()
        for value in values
        if value and (name in _TAGS or (name.startswith("f.") and name.endswith(_TAGS)))
    ]
    return Markup(("<em>", "</em>", *dict.fromkeys(own)), search.get("hl.encoder") == "html")
