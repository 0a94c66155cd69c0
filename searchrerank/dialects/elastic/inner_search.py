"""A search inside another request: an item of `_msearch`, or what a template gives.

It is planned as the same search by itself would be. It is widened by members of its body, as the parameters of the outer
request's target say nothing of its pages; every other byte of it stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

import msgspec

from searchrerank.dialects.elastic.extension import without_extension
from searchrerank.dialects.elastic.native import plan_native_search
from searchrerank.dialects.elastic.plan import ElasticPlan
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.json_spans import with_members
from searchrerank.dialects.protocol import Directives, NestedPlan, Passed, Refused
from searchrerank.message import Request

__all__ = ["NOTHING", "InnerSearch", "plan_inner_search"]

NOTHING = b'{"size":0,"query":{"match_none":{}}}'
"""What the engine is asked in the place of a search that is answered otherwise: so it still judges the indices."""


@dataclass(frozen=True, slots=True)
class InnerSearch:
    """What becomes of a search, and the body to ask the engine: widened, or the client's own where it is left alone."""

    plan: ElasticPlan | NestedPlan | Refused | Passed
    body: bytes
    own: bytes | None = None
    """The client's own body, where the engine would not take it as it came; None: as it came."""


def plan_inner_search(
    outer: Request, indices: str, body: bytes, directives: Directives, alone: Mapping[str, str] | None = None
) -> InnerSearch:
    """Plan the search with this body over `indices`, an index expression. Rules match the path of `outer`.

    alone: the parameters with which it could be asked by itself, as one around rerankers has to be; None: it cannot be.
    Raises BadRequestError where its `ext.searchrerank` is wrong; one that is right is taken out of it. Raises InvalidError for
    a native reranking request that an engine refuses as it reads it.
    """
    path = f"/{quote(indices, safe='')}/_search" if indices else "/_search"
    headers = outer.headers.without("content-type", "content-encoding", "accept")
    extension, request, body = without_extension(Request("POST", path, headers, body), body)
    own = None if extension is None else body
    if extension is not None:
        directives = directives.wishing(outer.headers, extension)
    plan = plan_native_search(request, body, directives, path=outer.path)
    if isinstance(plan, NestedPlan):
        if alone is None:
            return InnerSearch(Passed("engine-reranks"), body, own)
        plan = plan_native_search(_asked_alone(request, alone), body, directives, path=outer.path)
    if isinstance(plan, Refused):
        return InnerSearch(plan, NOTHING, own)
    if plan.own is not None:
        own = plan.own.body
    if isinstance(plan, NestedPlan):
        return InnerSearch(plan, NOTHING, own)
    if isinstance(plan, Passed):
        return InnerSearch(plan, body if own is None else own, own)
    widened = SearchTarget.parse(plan.request.target)
    parameters = {} if widened is None else widened.parameters
    return InnerSearch(plan, _with_parameters(plan.request.body, parameters), own)


def _asked_alone(request: Request, parameters: Mapping[str, str]) -> Request:
    headers = request.headers.replacing("Content-Type", "application/json")
    return replace(request, target=f"{request.path}?{urlencode(parameters)}", headers=headers)


def _with_parameters(body: bytes, parameters: Mapping[str, str]) -> bytes:
    """The body with the members that a widened target's parameters stand for."""
    return with_members(body, {name: _member(name, value) for name, value in parameters.items()})


def _member(name: str, value: str) -> bytes:
    """A parameter of a widened target (`from`, `size`, `_source`) as the body's member of its name."""
    return msgspec.json.encode(value.split(",")) if name == "_source" and value != "true" else value.encode()
