"""Planning an evaluation: its searches as one `_msearch`."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec

from searchrerank.dialects.elastic.inner_search import InnerSearch, plan_inner_search, why_not_outer
from searchrerank.dialects.elastic.json_spans import UnreadableError, with_members
from searchrerank.dialects.elastic.media import is_json
from searchrerank.dialects.elastic.msearch import Item, planned_items
from searchrerank.dialects.elastic.rank_eval.answer import write_evaluation
from searchrerank.dialects.elastic.rank_eval.specification import (
    Case,
    Specification,
    UnreadableSpecificationError,
    check_search,
    read_specification,
)
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.elastic.template import rendering
from searchrerank.dialects.protocol import Directives, EvaluationPlan, Passed, Unrendered
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
    size = msgspec.json.encode(specification.metric.k)
    try:
        # TransportRankEvalAction sets the size and the view.
        bodies = [
            with_members(search, {"size": size, "_source": msgspec.json.encode(case.summary_fields or False)})
            for case, search in _searches(specification, rendered)
        ]
    except (UnreadableError, UnreadableSpecificationError):
        return _UNREADABLE
    searches = [planner(body) for body in bodies]
    many = planned_items(msearch, [Item(b"{}", "", body) for body in bodies], searches)
    return many if isinstance(many, Passed) else EvaluationPlan(many, partial(write_evaluation, specification))


def _searches(specification: Specification, rendered: Sequence[bytes | None]) -> Iterator[tuple[Case, bytes]]:
    remaining = iter(rendered)
    for case in specification.cases:
        search = next(remaining) if case.template else case.search
        if search is None:
            raise UnreadableSpecificationError("a template could not be rendered")
        check_search(search)
        yield case, search


def _as_msearch(request: Request, target: SearchTarget, specification: Specification) -> Request:
    path = target.path.rstrip("/").rpartition("/")[0]
    options = [part for part in target.raw_parameters if part.partition("=")[0] in _OPTIONS]
    return request.with_target(
        f"{path}/_msearch?{'&'.join([*options, f'max_concurrent_searches={specification.max_concurrent_searches}'])}"
    )
