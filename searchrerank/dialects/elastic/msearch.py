r"""`_msearch`: several searches in one request, and their answers in one.

Sources: `MultiSearchRequest.readMultiLineFormat`, `RestMultiSearchAction` and `MultiSearchResponse` of Elasticsearch and
OpenSearch. Lines come in pairs, each ended by `\n`: a header, which may be empty, and a body.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from searchrerank.dialects.elastic.failure import failure_response
from searchrerank.dialects.elastic.inner_search import InnerSearch, plan_inner_search
from searchrerank.dialects.elastic.native import ActionRequestValidationError, InvalidError, answered
from searchrerank.dialects.elastic.outer_request import OuterRequest
from searchrerank.dialects.json_spans import Span, UnreadableError, elements, members, replace, with_members
from searchrerank.dialects.protocol import Directives, ManyPlan, Passed, Refused
from searchrerank.errors import UpstreamBrokenError
from searchrerank.message import Request

__all__ = ["ElasticAnswers", "Item", "as_item", "plan_msearch", "planned_items", "read_items", "split_answers"]

_header = msgspec.json.Decoder(dict[str, Any])
# Parameters that are about the request as a whole, and mean nothing, or something else, to a search by itself.
_OF_THE_WHOLE = frozenset({"max_concurrent_searches", "filter_path", "pretty", "human", "error_trace"})


@dataclass(frozen=True, slots=True)
class Item:
    """One pair of lines. `indices` is the index expression of the header, else of the target; empty for all indices."""

    header: bytes
    indices: str
    body: bytes
    alone: Mapping[str, str] = field(default_factory=dict)
    """The parameters that the search would have by itself: those of the target, and what its header says."""


@dataclass(frozen=True, slots=True)
class ElasticAnswers:
    """An answer's bytes, where the answer to each search lies in them, and what status it has."""

    answer: bytes
    spans: tuple[Span, ...]
    statuses: tuple[int, ...]
    shown: Callable[[bytes], bytes]
    """What the client asked to see of an answer as a whole."""

    @property
    def bodies(self) -> tuple[bytes, ...]:
        """Each search's own answer."""
        return tuple(span.of(self.answer) for span in self.spans)

    def joined(self, bodies: Sequence[bytes]) -> bytes:
        """The whole as the client asked to see it, with these in place of `bodies`."""
        return self.shown(replace(self.answer, Span(0, len(self.answer)), list(zip(self.spans, bodies, strict=True))))


def plan_msearch(request: Request, body: bytes, directives: Directives) -> ManyPlan | Refused | Passed:
    """Plan each search of an `_msearch`. `body` is the request's body out of its content encoding."""
    outer = OuterRequest.read(request, body, "_msearch", lines=True)
    if isinstance(outer, Passed):
        return outer
    items = read_items(outer)
    if items is None:
        return Passed("unreadable-body")
    searches: list[InnerSearch] = []
    invalid: list[InvalidError] = []
    for item in items:
        try:
            searches.append(plan_inner_search(request, item.indices, item.body, directives, item.alone))
        except InvalidError as error:
            invalid.append(error)
    if invalid:
        return Refused(answered(failure_response(_of_all(invalid)), request))
    return planned_items(outer, items, searches)


def _of_all(invalid: Sequence[InvalidError]) -> InvalidError:
    """What the engine says: the first that it cannot read, else all that is not valid (`MultiSearchRequest.validate`)."""
    problems: list[str] = []
    for error in invalid:
        if not isinstance(error, ActionRequestValidationError):
            return error
        problems += error.problems
    return ActionRequestValidationError(*problems)


def read_items(outer: OuterRequest) -> list[Item] | None:
    """The pairs of lines; None where they cannot be told apart, or where one is left over."""
    *lines, rest = outer.body.split(b"\n")
    if rest or len(lines) % 2:
        return None
    try:
        return [_item(outer, header, search) for header, search in zip(lines[::2], lines[1::2], strict=True)]
    except (msgspec.DecodeError, RecursionError):
        return None


def planned_items(outer: OuterRequest, items: Sequence[Item], searches: Sequence[InnerSearch]) -> ManyPlan | Passed:
    """The whole request with each search as it was planned; passed through where none of them is to be reranked."""
    plans = tuple(search.plan for search in searches)
    own = None
    if any(search.own is not None for search in searches):
        bodies = [item.body if search.own is None else search.own for item, search in zip(items, searches, strict=True)]
        own = outer.request.with_body(_lines(items, bodies))
    passed = [plan.reason for plan in plans if isinstance(plan, Passed)]
    if len(passed) == len(plans):
        return Passed(",".join(dict.fromkeys(passed)) or "no-searches", own)
    widened = outer.widened.with_body(_lines(items, [search.body for search in searches]))
    return ManyPlan(widened, plans, own, outer.filter_path)


def _lines(items: Sequence[Item], bodies: Sequence[bytes]) -> bytes:
    lines = [line for item, body in zip(items, bodies, strict=True) for line in (item.header, body)]
    return b"\n".join([*lines, b""])


def split_answers(body: bytes, plan: ManyPlan, shown: Callable[[bytes], bytes]) -> ElasticAnswers:
    """The answer to each search. Raises UpstreamBrokenError where `responses` does not hold as many as were asked.

    shown: what the client asked to see of an answer as a whole.
    """
    try:
        spans = tuple(elements(body, members(body)["responses"]))
        statuses = tuple(_status(body, span) for span in spans)
    except (UnreadableError, KeyError, ValueError) as error:
        raise UpstreamBrokenError(f"the engine's answer is not that of several searches: {error}") from error
    if len(spans) != len(plan.searches):
        raise UpstreamBrokenError(f"the engine answered {len(spans)} searches of {len(plan.searches)}")
    return ElasticAnswers(body, spans, statuses, shown)


def as_item(body: bytes, status: int) -> bytes:
    """An answer to a search by itself, as it is among those to several. Raises UpstreamBrokenError where it is none."""
    try:
        return with_members(body, {"status": b"%d" % status})
    except (UnreadableError, ValueError) as error:
        raise UpstreamBrokenError(f"the engine's answer is not that of a search: {error}") from error


def _item(outer: OuterRequest, header: bytes, search: bytes) -> Item:
    """The last of `index` and `indices` counts; a list's members and the parts of a string are the same."""
    indices: Any = ",".join(outer.target.indices)
    alone = {name: value for name, value in outer.target.parameters.items() if name not in _OF_THE_WHOLE}
    for name, value in (_header.decode(header) if header.strip() else {}).items():
        if name in {"index", "indices"}:
            indices = value
        elif value is not None:
            alone[name] = _parameter(value)
    named = _parameter(indices or "")
    return Item(header, "" if named in {"_all", "*"} else named, search, alone)


def _parameter(value: Any) -> str:
    """A member of a header as the parameter of its name."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _status(body: bytes, span: Span) -> int:
    return int(members(body, span)["status"].of(body))
