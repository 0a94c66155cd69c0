"""Planning an evaluation: its searches as one `_msearch`."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec

from searchrerank.dialects.elastic.inner_search import InnerSearch, plan_inner_search, why_not_outer
from searchrerank.dialects.elastic.json_spans import UnreadableError, with_members
from searchrerank.dialects.elastic.media import is_json
from searchrerank.dialects.elastic.msearch import Item, planned_items
from searchrerank.dialects.elastic.rank_eval.answer import Measured, write_evaluation
from searchrerank.dialects.elastic.rank_eval.specification import (
    Case,
    Specification,
    UnreadableSpecificationError,
    check_search,
    read_specification,
)
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.elastic.template import rendering
from searchrerank.dialects.protocol import Directives, EvaluationPlan, Passed, Plan, Unrendered
from searchrerank.message import Request

__all__ = ["plan_rank_eval"]

# Parameters that mean to `_msearch` what they mean to `_rank_eval`; `pretty` is done here.
_OPTIONS = {"search_type", "ignore_unavailable", "allow_no_indices", "expand_wildcards", "ignore_throttled"}
_UNREADABLE = Passed("unreadable-evaluation")

_Planner = Callable[[bytes], InnerSearch]


def plan_rank_eval(request: Request, body: bytes, directives: Directives) -> EvaluationPlan | Unrendered | Passed:
    """Plan a `_rank_eval`. `body` is the request's body out of its content encoding."""
    target = SearchTarget.parse(request.target, "_rank_eval")
    if target is None or target.parameters.keys() - _OPTIONS - {"pretty"}:
        return _UNREADABLE
    if not is_json(request.headers.get("content-type")):
        return Passed("format")
    if (reason := why_not_outer(request, target)) is not None:
        return Passed(reason)
    try:
        specification = read_specification(body, indented=target.parameters.get("pretty", "false") != "false")
    except UnreadableSpecificationError:
        return _UNREADABLE
    planner = partial(plan_inner_search, request, ",".join(target.indices), directives=directives)
    planned = partial(_plan, _as_msearch(request, target, specification), specification, planner)
    templates = tuple(rendering(request, case.template) for case in specification.cases if case.template)
    return Unrendered(templates, planned) if templates else planned(())


def _plan(
    msearch: Request, specification: Specification, planner: _Planner, rendered: Sequence[bytes | None]
) -> EvaluationPlan | Passed:
    """The plan of the searches, of which those of templates were `rendered`."""
    try:
        searches = [
            _search(case, search, specification.metric.k, planner) for case, search in _searches(specification, rendered)
        ]
    except (UnreadableError, UnreadableSpecificationError):
        return _UNREADABLE
    asked, measured = list(searches), []
    for case, search in zip(specification.cases, searches, strict=True):
        reranked = isinstance(search.plan, Plan)
        if reranked and case.summary_fields:
            # Only the engine can make this view of a source: the same search once more, with it.
            measured.append(Measured(case, reranked, view=len(asked)))
            asked.append(InnerSearch(Passed("view"), with_members(search.body, {"_source": _view(case)})))
        else:
            measured.append(Measured(case, reranked, view=None))
    many = planned_items(msearch, [Item(b"{}", "", search.body) for search in asked], asked)
    if isinstance(many, Passed):
        return many
    return EvaluationPlan(many, len(measured), partial(write_evaluation, specification, measured))


def _searches(specification: Specification, rendered: Sequence[bytes | None]) -> Iterator[tuple[Case, bytes]]:
    remaining = iter(rendered)
    for case in specification.cases:
        search = next(remaining) if case.template else case.search
        if search is None:
            raise UnreadableSpecificationError("a template could not be rendered")
        check_search(search)
        yield case, search


def _search(case: Case, search: bytes, k: int, planner: _Planner) -> InnerSearch:
    """With the size and the view that `TransportRankEvalAction` sets; but what is reranked comes with all of its source."""
    size = msgspec.json.encode(k)
    planned = planner(with_members(search, {"size": size, "_source": b"true"}))
    if isinstance(planned.plan, Plan):
        return planned
    return InnerSearch(planned.plan, with_members(search, {"size": size, "_source": _view(case)}))


def _view(case: Case) -> bytes:
    return msgspec.json.encode(case.summary_fields) if case.summary_fields else b"false"


def _as_msearch(request: Request, target: SearchTarget, specification: Specification) -> Request:
    path = target.path.rstrip("/").rpartition("/")[0]
    options = [part for part in target.raw_parameters if part.partition("=")[0] in _OPTIONS]
    return request.with_target(
        f"{path}/_msearch?{'&'.join([*options, f'max_concurrent_searches={specification.max_concurrent_searches}'])}"
    )
