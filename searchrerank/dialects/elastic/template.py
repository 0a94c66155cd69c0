"""`_search/template` and `_msearch/template`: searches whose text is in templates, which only the engine can render.

Sources: `RestSearchTemplateAction`, `SearchTemplateRequest`, `TransportSearchTemplateAction` and their `Multi…` kin in
Elasticsearch and OpenSearch. `_render/template` takes the same body and gives the search that it comes to. The widened search
goes back to the client's own route, as a template that gives just that text, so that whatever the route does of its own
(`explain`, `profile`, the target's parameters, the shape of the answer) is done by the engine.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import msgspec

from searchrerank.dialects.elastic.failure import failure_response
from searchrerank.dialects.elastic.inner_search import NOTHING, InnerSearch, plan_inner_search
from searchrerank.dialects.elastic.msearch import Item, planned_items, read_items
from searchrerank.dialects.elastic.native import InvalidError
from searchrerank.dialects.elastic.outer_request import OuterRequest
from searchrerank.dialects.elastic.plan import ElasticPlan
from searchrerank.dialects.json_spans import UnreadableError, members
from searchrerank.dialects.protocol import Directives, ManyPlan, Passed, Refused, Unrendered
from searchrerank.message import Request

__all__ = ["plan_msearch_template", "plan_search_template", "rendered_search", "rendering"]

_TEMPLATE = frozenset({"id", "source", "inline", "template", "params"})
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def plan_search_template(request: Request, body: bytes, directives: Directives) -> Unrendered | Passed:
    """Plan a `_search/template`. `body` is the request's body out of its content encoding."""
    outer = OuterRequest.read(request, body, "_search/template")
    if isinstance(outer, Passed):
        return outer
    if not outer.body:
        return Passed("unreadable-body")
    item = Item(b"", ",".join(outer.target.indices), outer.body)
    return Unrendered((rendering(outer.request, outer.body),), partial(_plan_one, outer, item, directives))


def plan_msearch_template(request: Request, body: bytes, directives: Directives) -> Unrendered | Passed:
    """Plan an `_msearch/template`. `body` is the request's body out of its content encoding."""
    outer = OuterRequest.read(request, body, "_msearch/template", lines=True)
    if isinstance(outer, Passed):
        return outer
    items = read_items(outer)
    if not items:
        return Passed("unreadable-body")
    renderings = tuple(rendering(outer.request, item.body) for item in items)
    return Unrendered(renderings, partial(_plan_many, outer, items, directives))


def rendering(request: Request, body: bytes) -> Request:
    """What to ask for the search that a template comes to, with the credentials and the media types of `request`."""
    headers = request.headers
    if (media := headers.get("content-type")) is not None:
        headers = headers.replacing("Content-Type", media.replace("x-ndjson", "json"))
    return Request("POST", "/_render/template", headers).with_body(body)


def rendered_search(body: bytes) -> bytes | None:
    """The search in an answer of `_render/template`, byte for byte as it was rendered; None where it is no JSON object."""
    try:
        output = members(body)["template_output"].of(body)
        members(output)
    except (UnreadableError, KeyError):
        return None
    return output


def _plan_one(
    outer: OuterRequest, item: Item, directives: Directives, rendered: Sequence[bytes | None]
) -> ElasticPlan | Refused | Passed:
    search = _plan(outer.request, item, rendered[0], directives)
    if isinstance(search.plan, Refused):
        return search.plan
    own = None if search.own is None else outer.request.with_body(search.own)
    if isinstance(search.plan, Passed):
        return replace(search.plan, own=own)
    if not isinstance(search.plan, ElasticPlan):
        raise TypeError("a template is never asked by itself")
    return replace(search.plan, request=outer.widened.with_body(search.body), own=own, filter_path=outer.filter_path)


def _plan_many(
    outer: OuterRequest, items: Sequence[Item], directives: Directives, rendered: Sequence[bytes | None]
) -> ManyPlan | Passed:
    searches = [_plan(outer.request, item, search, directives) for item, search in zip(items, rendered, strict=True)]
    return planned_items(outer, items, searches)


def _plan(request: Request, item: Item, rendered: bytes | None, directives: Directives) -> InnerSearch:
    """The plan of what an item's template came to, and the item's body: a template for the widened search."""
    if rendered is None:
        return InnerSearch(Passed("unrendered"), item.body)
    try:
        search = plan_inner_search(request, item.indices, rendered, directives)
    except InvalidError as error:
        search = InnerSearch(Refused(failure_response(error)), NOTHING)
    try:
        own = None if search.own is None else _template_for(search.own.decode(), item.body)
        if isinstance(search.plan, Passed):
            return InnerSearch(search.plan, item.body if own is None else own, own)
        return InnerSearch(search.plan, _template_for(search.body.decode(), item.body), own)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return InnerSearch(Passed("unreadable-body"), item.body)


def _template_for(search: str, body: bytes) -> bytes:
    """The client's template request, with a template that gives just this text: three braces escape nothing."""
    others = {name: value for name, value in _object.decode(body).items() if name not in _TEMPLATE}
    return msgspec.json.encode({"source": "{{{search}}}", "params": {"search": search}, **others})
