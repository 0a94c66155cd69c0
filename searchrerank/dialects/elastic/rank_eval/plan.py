"""Planning an evaluation: its searches as one `_msearch`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import msgspec

from searchrerank.dialects.elastic.inner_search import InnerSearch, plan_inner_search
from searchrerank.dialects.elastic.msearch import Item, planned_items
from searchrerank.dialects.elastic.native import InvalidError
from searchrerank.dialects.elastic.outer_request import OuterRequest
from searchrerank.dialects.elastic.rank_eval.answer import write_evaluation
from searchrerank.dialects.elastic.rank_eval.specification import (
    Case,
    Specification,
    UnreadableSpecificationError,
    check_search,
    read_specification,
)
from searchrerank.dialects.elastic.template import rendering
from searchrerank.dialects.json_spans import Edit, Span, UnreadableError, elements, member_edits, members, with_members
from searchrerank.dialects.json_spans import replace as edited
from searchrerank.dialects.protocol import Directives, EvaluationPlan, Passed, Unrendered
from searchrerank.message import Request

__all__ = ["plan_rank_eval"]

# Parameters that mean to `_msearch` what they mean to `_rank_eval`; `pretty` and `filter_path` are done here.
_OPTIONS = {"search_type", "ignore_unavailable", "allow_no_indices", "expand_wildcards", "ignore_throttled"}
_READ_HERE = {"pretty", "filter_path"}
_UNREADABLE = Passed("unreadable-evaluation")

_Planner = Callable[[bytes], InnerSearch]


def plan_rank_eval(request: Request, body: bytes, directives: Directives) -> EvaluationPlan | Unrendered | Passed:
    """Plan a `_rank_eval`. `body` is the request's body out of its content encoding."""
    outer = OuterRequest.read(request, body, "_rank_eval")
    if isinstance(outer, Passed):
        return outer
    parameters = outer.target.parameters
    if parameters.keys() - _OPTIONS - _READ_HERE:
        return _UNREADABLE
    try:
        specification = read_specification(outer.body, indented=parameters.get("pretty", "false") != "false")
    except UnreadableSpecificationError:
        return _UNREADABLE
    planner = partial(plan_inner_search, outer.request, ",".join(outer.target.indices), directives=directives)
    planned = partial(_plan, outer, specification, planner)
    templates = tuple(rendering(outer.request, case.template) for case in specification.cases if case.template)
    return Unrendered(templates, planned) if templates else planned(())


def _plan(
    outer: OuterRequest, specification: Specification, planner: _Planner, rendered: Sequence[bytes | None]
) -> EvaluationPlan | Passed:
    """The plan of the searches, of which those of templates were `rendered`."""
    size = msgspec.json.encode(specification.metric.k)
    try:
        evaluated = list(_searches(specification, rendered))
        # TransportRankEvalAction sets the size and the view.
        bodies = [
            with_members(search, {"size": size, "_source": msgspec.json.encode(case.summary_fields or False)})
            for case, search in evaluated
        ]
        searches = [planner(body) for body in bodies]
        own = _own(outer, searches)
    except (UnreadableError, UnreadableSpecificationError, InvalidError):
        return _UNREADABLE
    many = planned_items(_as_msearch(outer, specification), [Item(b"{}", "", body) for body in bodies], searches)
    if isinstance(many, Passed):
        return replace(many, own=own)
    return EvaluationPlan(many, partial(write_evaluation, specification), own)


def _searches(specification: Specification, rendered: Sequence[bytes | None]) -> Iterator[tuple[Case, bytes]]:
    remaining = iter(rendered)
    for case in specification.cases:
        search = next(remaining) if case.template else case.search
        if search is None:
            raise UnreadableSpecificationError("a template could not be rendered")
        check_search(search)
        yield case, search


def _as_msearch(outer: OuterRequest, specification: Specification) -> OuterRequest:
    target = outer.target.without("pretty")
    path = f"{target.path.rstrip('/').rpartition('/')[0]}/_msearch"
    options = (*target.raw_parameters, f"max_concurrent_searches={specification.max_concurrent_searches}")
    target = replace(target, path=path, raw_parameters=options)
    return replace(outer, request=outer.request.with_target(target.replacing({})), target=target)


def _own(outer: OuterRequest, searches: Sequence[InnerSearch]) -> Request | None:
    """The evaluation without what its searches ask of searchrerank; None where they ask nothing of it."""
    edits: list[Edit] = []
    for case, search in zip(elements(outer.body, members(outer.body)["requests"]), searches, strict=True):
        if search.own is not None:
            changes = {"request": search.own, "template_id": None, "params": None}
            edits += member_edits(outer.body, case.start, members(outer.body, case), changes)
    return outer.request.with_body(edited(outer.body, Span(0, len(outer.body)), edits)) if edits else None
