"""The listening side, whatever is served: limits, timeouts, an orderly end, and messages between aiohttp's and ours."""

from searchrerank.server.server import HttpServer

__all__ = ["HttpServer"]
