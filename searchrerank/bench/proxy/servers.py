"""The servers that are measured, each a process of its own on the loopback, ended with the context."""

import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.serving import Server, free_port, on_port, saying_where

__all__ = ["bare_relay", "nginx", "searchrerank", "upstream"]

_NGINX = """\
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null;
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; keepalive_requests 1000000000;
  upstream engine {{ server {upstream}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


@asynccontextmanager
async def upstream() -> AsyncIterator[Server]:
    """`searchrerank.bench.proxy.upstream`."""
    async with saying_where((sys.executable, "-m", "searchrerank.bench.proxy.upstream")) as server:
        yield server


@asynccontextmanager
async def bare_relay(upstream: str) -> AsyncIterator[Server]:
    """`searchrerank.bench.proxy.bare_relay` in front of `upstream`."""
    async with saying_where((sys.executable, "-m", "searchrerank.bench.proxy.bare_relay", upstream)) as server:
        yield server


@asynccontextmanager
async def searchrerank(upstream: str, settings: Mapping[str, str]) -> AsyncIterator[Server]:
    """`searchrerank serve` with the constant scorer, and otherwise the defaults but for `settings` (dotted key → text)."""
    with tempfile.TemporaryDirectory(prefix="searchrerank-bench-") as nowhere:
        given = {"upstream.url": upstream, "server.listen": "127.0.0.1:0", "model.name": "constant", **settings}
        variables = {f"SEARCHRERANK_{key.upper().replace('.', '_')}": value for key, value in given.items()}
        async with saying_where((sys.executable, "-m", "searchrerank", "serve"), variables, Path(nowhere)) as server:
            yield server


@asynccontextmanager
async def nginx(upstream: str) -> AsyncIterator[Server]:
    """The program nginx with one worker, keeping its connections. Raises BenchmarkError where it is not on the PATH."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise BenchmarkError("there is no nginx on the PATH")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="searchrerank-nginx-") as folder:
        configuration = Path(folder) / "nginx.conf"
        text = _NGINX.format(folder=folder, upstream=upstream.removeprefix("http://"), port=port)
        configuration.write_text(text, encoding="utf-8")
        async with on_port((program, "-p", folder, "-c", str(configuration)), port) as server:
            yield server
