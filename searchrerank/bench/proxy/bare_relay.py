"""The yardstick: the least that passes requests on with aiohttp, as `python -m searchrerank.bench.proxy.bare_relay UPSTREAM`.

No limits, no timeouts, no streaming, no care for headers: nothing to put in front of an engine.
"""

import asyncio
import sys

from aiohttp import ClientSession, DummyCookieJar, web
from yarl import URL

from searchrerank.bench.proxy.program import run, say_where

__all__: list[str] = []


async def _serve(upstream: str) -> None:
    async with ClientSession(cookie_jar=DummyCookieJar(), auto_decompress=False) as session:

        async def relay(request: web.BaseRequest) -> web.Response:
            url = URL(upstream + request.raw_path, encoded=True)
            async with session.request(request.method, url, data=await request.read(), allow_redirects=False) as answer:
                kind = {"content-type": answer.headers["content-type"]}
                return web.Response(status=answer.status, body=await answer.read(), headers=kind)

        server = await asyncio.get_running_loop().create_server(web.Server(relay, access_log=None), "127.0.0.1", 0)
        say_where(server.sockets[0].getsockname()[1])
        await server.serve_forever()


if __name__ == "__main__":
    run(_serve(sys.argv[1]))
