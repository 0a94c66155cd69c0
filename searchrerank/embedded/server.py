"""The aiohttp shell: finds the route, reads the body, runs the handler in a thread, writes the answer."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from searchrerank.embedded.call import JSON, Call, Reply, json_reply
from searchrerank.embedded.catalog import Catalog
from searchrerank.embedded.errors import RefusedError, not_served
from searchrerank.embedded.routes import COMMON, NOT_SERVED, ROUTES, Route

__all__ = ["application"]

_MAX_BODY = 100 * 2**20
_BODY_TYPE = re.compile(r"application/(?:vnd\.(?:elasticsearch|opensearch)\+)?(?:x-nd)?json\b", re.IGNORECASE)


def application(catalog: Catalog) -> web.Application:
    """The engine's HTTP interface to the indexes of `catalog`."""
    app = web.Application(client_max_size=_MAX_BODY, middlewares=[_refusals])
    for route in ROUTES:
        for method in route.methods:
            app.router.add_route(
                method, route.path if route.path == "/" else route.path + "{slash:/?}", _handler(catalog, route)
            )
    return app


def _handler(catalog: Catalog, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        parameters = dict(request.query)
        _check_parameters(request.path, parameters, route)
        call = Call(request.match_info, parameters, await _body(request, parameters))
        # Indexing and searching take tantivy, and parsing takes Python, long enough to hold up other requests.
        reply = await asyncio.to_thread(route.handler, catalog, call)
        return _response(reply, pretty=call.flag("pretty"))

    return handle


async def _body(request: web.Request, parameters: dict[str, str]) -> bytes:
    body = await request.read()
    if not body:
        return parameters.get("source", "").encode()
    content_type = request.headers.get("Content-Type")
    if content_type is None or not _BODY_TYPE.match(content_type):
        reason = f"Content-Type header [{content_type or ''}] is not supported"
        raise _UnsupportedBodyError(reason)
    return body


def _check_parameters(path: str, parameters: dict[str, str], route: Route) -> None:
    unknown = sorted(parameters.keys() - route.parameters - COMMON)
    for name in unknown:
        if name in NOT_SERVED:
            raise not_served(f"the parameter [{name}]")
    if unknown:
        named = ", ".join(f"[{name}]" for name in unknown)
        reason = f"request [{path}] contains unrecognized parameter{'s' * (len(unknown) > 1)}: {named}"
        raise RefusedError(400, "illegal_argument_exception", reason)


class _UnsupportedBodyError(Exception):
    """A body that is not JSON."""


@web.middleware
async def _refusals(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Every error in OpenSearch's shape."""
    try:
        return await handler(request)
    except RefusedError as error:
        return _response(json_reply(error.body, error.status), pretty=False)
    except _UnsupportedBodyError as error:
        return _response(json_reply({"error": str(error), "status": 406}, 406), pretty=False)
    except RecursionError:
        reason = "The nested depth of the query exceeds what the embedded engine serves"
        refusal = RefusedError(400, "illegal_argument_exception", reason)
        return _response(json_reply(refusal.body, refusal.status), pretty=False)
    except web.HTTPMethodNotAllowed as error:
        return _wrong_method(request, error)
    except web.HTTPNotFound:
        reason = f"no handler found for uri [{request.path_qs}] and method [{request.method}]"
        return _response(json_reply({"error": reason}, 400), pretty=False)


def _wrong_method(request: web.Request, error: web.HTTPMethodNotAllowed) -> web.Response:
    allowed = [method for method in ("GET", "HEAD", "POST", "PUT", "DELETE") if method in error.allowed_methods]
    reason = f"Incorrect HTTP method for uri [{request.path_qs}] and method [{request.method}], allowed: [{', '.join(allowed)}]"
    reply = json_reply({"error": reason, "status": 405}, 405)
    return _response(Reply(reply.body, 405, headers={"Allow": ",".join(allowed)}), pretty=False)


def _response(reply: Reply, *, pretty: bool) -> web.Response:
    body = reply.body
    if pretty and reply.content_type == JSON:
        body = msgspec.json.format(body) + b"\n"
    headers = {"Content-Type": reply.content_type, **reply.headers}
    return web.Response(body=body, status=reply.status, headers=headers)
