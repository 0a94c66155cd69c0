r"""`_msearch`: several searches in one request, and their answers in one.

Sources: `MultiSearchRequest.readMultiLineFormat`, `RestMultiSearchAction` and `MultiSearchResponse` of Elasticsearch and
OpenSearch. Lines come in pairs, each ended by `\n`: a header, which may be empty, and a body.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from searchrerank.dialects.elastic.inner_search import InnerSearch, plan_inner_search
from searchrerank.dialects.elastic.json_spans import Span, UnreadableError, elements, members, replace
from searchrerank.dialects.elastic.outer_request import OuterRequest
from searchrerank.dialects.protocol import Directives, ManyPlan, Passed, Plan
from searchrerank.errors import UpstreamBrokenError
from searchrerank.message import Request

__all__ = ["ElasticAnswers", "Item", "plan_msearch", "planned_items", "read_items", "split_answers"]

_header = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Item:
    """One pair of lines. `indices` is the index expression of the header, else of the target; empty for all indices."""

    header: bytes
    indices: str
    body: bytes


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


def plan_msearch(request: Request, body: bytes, directives: Directives) -> ManyPlan | Passed:
    """Plan each search of an `_msearch`. `body` is the request's body out of its content encoding."""
    outer = OuterRequest.read(request, body, "_msearch", lines=True)
    if isinstance(outer, Passed):
        return outer
    items = read_items(outer)
    if items is None:
        return Passed("unreadable-body")
    searches = [plan_inner_search(request, item.indices, item.body, directives) for item in items]
    return planned_items(outer, items, searches)


def read_items(outer: OuterRequest) -> list[Item] | None:
    """The pairs of lines; None where they cannot be told apart, or where one is left over."""
    *lines, rest = outer.body.split(b"\n")
    if rest or len(lines) % 2:
        return None
    try:
        pairs = zip(lines[::2], lines[1::2], strict=True)
        return [Item(header, _indices(header, ",".join(outer.target.indices)), search) for header, search in pairs]
    except (msgspec.DecodeError, RecursionError):
        return None


def planned_items(outer: OuterRequest, items: Sequence[Item], searches: Sequence[InnerSearch]) -> ManyPlan | Passed:
    """The whole request with each search as it was planned; passed through where none of them is to be reranked."""
    plans = tuple(search.plan for search in searches)
    own = None
    if any(search.own is not None for search in searches):
        bodies = [item.body if search.own is None else search.own for item, search in zip(items, searches, strict=True)]
        own = outer.request.with_body(_lines(items, bodies))
    if not any(isinstance(plan, Plan) for plan in plans):
        reasons = dict.fromkeys(plan.reason for plan in plans if isinstance(plan, Passed))
        return Passed(",".join(reasons) or "no-searches", own)
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


def _indices(header: bytes, default: str) -> str:
    """The last of `index` and `indices` counts; a list's members and the parts of a string are the same."""
    if not header.strip():
        return default
    expression: Any = default
    for name, value in _header.decode(header).items():
        if name in {"index", "indices"}:
            expression = value
    named = ",".join(map(str, expression)) if isinstance(expression, list) else str(expression or "")
    return "" if named in {"_all", "*"} else named


def _status(body: bytes, span: Span) -> int:
    return int(members(body, span)["status"].of(body))
