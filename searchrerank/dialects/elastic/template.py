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

from searchrerank.dialects.elastic.inner_search import InnerSearch, plan_inner_search, why_not_outer
from searchrerank.dialects.elastic.json_spans import UnreadableError, members
from searchrerank.dialects.elastic.msearch import Item, planned_items, read_items
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.protocol import Directives, ManyPlan, Passed, Plan, Unrendered
from searchrerank.message import Request

__all__ = ["plan_msearch_template", "plan_search_template", "rendered_search", "rendering"]

_TEMPLATE = frozenset({"id", "source", "inline", "template", "params"})
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def plan_search_template(request: Request, body: bytes, directives: Directives) -> Unrendered | Passed:
    """Plan a `_search/template`. `body` is the request's body out of its content encoding."""
    target = SearchTarget.parse(request.target, "_search/template")
    if target is None or not body:
        return Passed("unreadable-body")
    if (reason := why_not_outer(request, target)) is not None:
        return Passed(reason)
    item = Item(b"", ",".join(target.indices), body)
    return Unrendered((rendering(request, body),), partial(_plan_one, request, item, directives))


def plan_msearch_template(request: Request, body: bytes, directives: Directives) -> Unrendered | Passed:
    """Plan an `_msearch/template`. `body` is the request's body out of its content encoding."""
    target = SearchTarget.parse(request.target, "_msearch/template")
    items = None if target is None else read_items(body, target)
    if target is None or not items:
        return Passed("unreadable-body")
    if (reason := why_not_outer(request, target)) is not None:
        return Passed(reason)
    renderings = tuple(rendering(request, item.body) for item in items)
    return Unrendered(renderings, partial(_plan_many, request, items, directives))


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


def _plan_one(request: Request, item: Item, directives: Directives, rendered: Sequence[bytes | None]) -> Plan | Passed:
    search = _plan(request, item, rendered[0], directives)
    return replace(search.plan, request=request.with_body(search.body)) if isinstance(search.plan, Plan) else search.plan


def _plan_many(
    request: Request, items: Sequence[Item], directives: Directives, rendered: Sequence[bytes | None]
) -> ManyPlan | Passed:
    searches = [_plan(request, item, search, directives) for item, search in zip(items, rendered, strict=True)]
    return planned_items(request, items, searches)


def _plan(request: Request, item: Item, rendered: bytes | None, directives: Directives) -> InnerSearch:
    """The plan of what an item's template came to, and the item's body: a template for the widened search."""
    if rendered is None:
        return InnerSearch(Passed("unrendered"), item.body)
    search = plan_inner_search(request, item.indices, rendered, directives)
    if isinstance(search.plan, Passed):
        return InnerSearch(search.plan, item.body)
    try:
        return InnerSearch(search.plan, _template_for(search.body.decode(), item.body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return InnerSearch(Passed("unreadable-body"), item.body)


def _template_for(search: str, body: bytes) -> bytes:
    """The client's template request, with a template that gives just this text: three braces escape nothing."""
    others = {name: value for name, value in _object.decode(body).items() if name not in _TEMPLATE}
    return msgspec.json.encode({"source": "{{{search}}}", "params": {"search": search}, **others})
