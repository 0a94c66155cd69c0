"""What a `_rank_eval` asks for (`RankEvalSpec`, `RatedRequest`, `RatedDocument`).

Stricter than the engines are: whatever they might refuse, or take otherwise, is not read at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta, field

from searchrerank.dialects.elastic.rank_eval.metrics import METRICS, Metric, Rating

__all__ = ["Case", "Specification", "UnreadableSpecificationError", "check_search", "read_specification"]

Text = Annotated[str, Meta(min_length=1)]

# What `RatedRequest.validateEvaluatedQuery` refuses.
_REFUSED = frozenset({"aggs", "aggregations", "suggest", "highlight", "explain", "profile"})
_NONE = msgspec.Raw()


class UnreadableSpecificationError(ValueError):
    """The engine may refuse the request, or read it otherwise than it is read here."""


class RatedDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document and how relevant it was found."""

    index: Text = field(name="_index")
    id: Text = field(name="_id")
    rating: Rating


class _Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    ratings: tuple[RatedDocument, ...]
    request: msgspec.Raw = _NONE
    template_id: str | None = None
    params: dict[str, msgspec.Raw] = field(default_factory=dict)
    summary_fields: tuple[str, ...] = ()


class _Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A template's text, or the name of one that the engine holds."""

    source: msgspec.Raw = _NONE
    id: str = ""


class _Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    template: _Script


class _Whole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    requests: Annotated[tuple[_Request, ...], Meta(min_length=1)]
    metric: Annotated[dict[str, msgspec.Raw], Meta(min_length=1, max_length=1)]
    templates: tuple[_Template, ...] = ()
    max_concurrent_searches: Annotated[int, Meta(ge=1, le=1024)] = 10  # RankEvalSpec.MAX_CONCURRENT_SEARCHES


@dataclass(frozen=True, slots=True)
class Case:
    """One search to be measured. Of `search`, a body, and `template`, a body of `_render/template`, the other one is empty."""

    id: str
    search: bytes
    template: bytes
    ratings: Mapping[tuple[str, str], int]
    """By the index and the id of a document."""
    summary_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Specification:
    """A request that was read."""

    cases: tuple[Case, ...]
    metric_name: str
    metric: Metric
    max_concurrent_searches: int
    indented: bool
    """Whether the answer is to be easy to read."""


def read_specification(body: bytes, *, indented: bool) -> Specification:
    """Read the body of a `_rank_eval`. Raises UnreadableSpecificationError."""
    try:
        whole = msgspec.json.decode(body, type=_Whole)
        [(name, options)] = whole.metric.items()
        metric = msgspec.json.decode(options, type=METRICS[name])
        scripts = {template.id: template.template for template in whole.templates}
        cases = tuple(_case(request, scripts) for request in whole.requests)
    except (msgspec.DecodeError, KeyError, RecursionError) as error:
        raise UnreadableSpecificationError(str(error)) from error
    if len({case.id for case in cases}) < len(cases):
        raise UnreadableSpecificationError("two requests have the same id")
    return Specification(cases, name, metric, whole.max_concurrent_searches, indented)


def check_search(search: bytes) -> None:
    """Raises UnreadableSpecificationError where it is no search, or one that is not measured."""
    try:
        refused = _REFUSED & msgspec.json.decode(search, type=dict[str, msgspec.Raw]).keys()
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableSpecificationError(str(error)) from error
    if refused:
        raise UnreadableSpecificationError(f"a search that is measured has no {min(refused)}")


def _case(request: _Request, scripts: Mapping[str, _Script]) -> Case:
    ratings = {(document.index, document.id): document.rating for document in request.ratings}
    if len(ratings) < len(request.ratings):
        raise UnreadableSpecificationError("a document is rated twice")
    search, template = bytes(request.request), b""
    if search:
        check_search(search)
    if bool(search) == bool(request.params) or bool(search) == bool(request.template_id):
        raise UnreadableSpecificationError("a request is a search or a template with its parameters, and not both")
    if request.template_id:
        script = scripts[request.template_id]
        if bool(script.source) == bool(script.id):
            raise UnreadableSpecificationError("a template is its source or the id of a stored one")
        named = {"source": script.source} if script.source else {"id": script.id}
        template = msgspec.json.encode({**named, "params": request.params})
    return Case(request.id, search, template, ratings, request.summary_fields)
