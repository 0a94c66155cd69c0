"""The listening side, whatever is served: limits, timeouts, an orderly end, and messages between aiohttp's and ours."""

from searchrerank.server.connection import Render
from searchrerank.server.server import Handler, HttpServer

__all__ = ["Handler", "HttpServer", "Render"]
