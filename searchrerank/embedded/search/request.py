"""A search request as a value: the body, with the parameters of the query string over it, as OpenSearch reads them.

org.opensearch.rest.action.search.RestSearchAction: the body first, then whatever the query string has.
"""

from dataclasses import dataclass, field
from typing import Any

from searchrerank.embedded.call import Call
from searchrerank.embedded.errors import RefusedError, not_served, unparsable
from searchrerank.embedded.queries.options import operator
from searchrerank.embedded.search.highlight import Highlight
from searchrerank.embedded.search.sorting import BY_RELEVANCE, SortKey, parse_sort, parse_sort_parameter
from searchrerank.embedded.search.source_filter import SourceFilter
from searchrerank.embedded.shapes import integer, number
from searchrerank.embedded.words import words

__all__ = ["SearchRequest", "query_of"]

_NOT_SERVED = words(
    "aggregations aggs collapse derived docvalue_fields explain ext fields indices_boost knn pit post_filter profile rank "
    "rescore retriever runtime_mappings script_fields search_after search_pipeline seq_no_primary_term slice stats "
    "stored_fields suggest terminate_after verbose_pipeline version"
)
_HARMLESS = frozenset(("timeout", "track_scores"))
"""What may be given and changes nothing here: no search takes long, and scores are always there."""
_SERVED = frozenset(("query", "from", "size", "_source", "sort", "highlight", "track_total_hits", "min_score")) | _HARMLESS
_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What to search for and how much of it to show. `query` is the DSL's JSON.

    `counted` is how many hits are counted exactly, None for all, 0 for none; `total_as_number` the old shape of the total.
    """

    query: Any
    start: int = 0
    size: int = 10
    source: SourceFilter = field(default_factory=SourceFilter)
    sort: tuple[SortKey, ...] = BY_RELEVANCE
    highlight: tuple[Highlight, ...] = ()
    counted: int | None = _COUNTED
    total_as_number: bool = False
    min_score: float | None = None
    track_scores: bool = False

    @classmethod
    def of(cls, call: Call) -> "SearchRequest":
        """Read a call. Raises RefusedError for what does not parse or is not served."""
        body = call.json_object()
        _check_members(body)
        sort = call.parameters.get("sort")
        as_number = call.flag("rest_total_hits_as_int")
        return cls(
            query=query_of(body, call),
            start=_size(call, body, "from", 0),
            size=_size(call, body, "size", 10),
            source=SourceFilter.of_parameters(call) or SourceFilter.of_body(body.get("_source", True)),
            sort=parse_sort_parameter(sort) if sort else parse_sort(body.get("sort", [])),
            highlight=Highlight.parse(body["highlight"]) if "highlight" in body else (),
            counted=_counted(call.parameters.get("track_total_hits", body.get("track_total_hits")), as_number=as_number),
            total_as_number=as_number,
            min_score=None if body.get("min_score") is None else number(body["min_score"]),
            track_scores=call.flag("track_scores", default=body.get("track_scores") in (True, "true")),
        )


def query_of(body: dict[str, Any], call: Call) -> Any:
    """The query of a search or a count: `q` of the query string, or else the body's, or else every document."""
    text = call.parameters.get("q")
    if text is None:
        query = body.get("query", {"match_all": {}})
        if not isinstance(query, dict):
            raise unparsable(f"Unknown key for a {_token(query)} in [query].")
        return query
    options: dict[str, Any] = {"query": text}
    if "df" in call.parameters:
        options["default_field"] = call.parameters["df"]
    if "default_operator" in call.parameters:
        options["default_operator"] = operator(call.parameters, "default_operator")
    if "lenient" in call.parameters:
        options["lenient"] = call.flag("lenient")
    return {"query_string": options}


def _check_members(body: dict[str, Any]) -> None:
    for name, value in body.items():
        if name in _NOT_SERVED and value not in (False, None, {}, []):
            raise not_served(f"[{name}] of a search")
        if name not in _SERVED | _NOT_SERVED:
            raise unparsable(f"Unknown key for a {_token(value)} in [{name}].")


def _token(value: Any) -> str:
    if isinstance(value, bool):
        return "VALUE_BOOLEAN"
    names = {dict: "START_OBJECT", list: "START_ARRAY", str: "VALUE_STRING", type(None): "VALUE_NULL"}
    return names.get(type(value), "VALUE_NUMBER")


def _size(call: Call, body: dict[str, Any], name: str, default: int) -> int:
    given = call.integer(name)
    value = body.get(name, default) if given is None else given
    found = integer(value)
    if found < 0:
        reason = f"[{name}] parameter cannot be negative, found [{found}]"
        raise RefusedError(400, "illegal_argument_exception", reason)
    return found


def _counted(given: Any, *, as_number: bool) -> int | None:
    """How many hits `track_total_hits` asks to count."""
    if given in (True, "true", ""):
        return None
    if given in (False, "false"):
        return 0
    if given is None:
        return None if as_number else _COUNTED
    limit = integer(given)
    if as_number:
        reason = f"[rest_total_hits_as_int] cannot be used if the tracking of total hits is not accurate, got {limit}"
        raise RefusedError(400, "illegal_argument_exception", reason)
    return limit
