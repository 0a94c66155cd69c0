"""What people and their tools read about the APIs: the page to try them by hand, and the OpenAPI document. Pure.

In front of an engine they are below `/_searchrerank` only: no index can be called so, and Solr has no such path.
"""

from collections.abc import Mapping

import searchrerank
from searchrerank.api.openapi import document
from searchrerank.api.page import page
from searchrerank.api.shapes.answers import json_response
from searchrerank.errors import MethodNotAllowedError
from searchrerank.message import Headers, Request, Response

__all__ = ["Pages"]

_OURS = "/_searchrerank"
_METHODS = ("GET", "HEAD")


class Pages:
    """Answers for the paths that are for reading. None needs a key: they tell nothing that is not in the documentation."""

    def __init__(self, *, model: str, defaults: Mapping[str, str], keyed: bool, in_front: bool) -> None:
        """See `openapi.document`."""
        shown = page()
        told = json_response(document(model=model, defaults=defaults, keyed=keyed, in_front=in_front))
        self._pages = {
            _OURS: Response(308, "Permanent Redirect", Headers((("location", "_searchrerank/"),))),
            f"{_OURS}/": shown,
            f"{_OURS}/openapi.json": told,
        }
        if not in_front:
            self._pages |= {"/": shown, "/openapi.json": told}

    def has(self, path: str) -> bool:
        """Whether something is there. path: without its query."""
        return path in self._pages

    def answer(self, request: Request) -> Response:
        """What is there. Programs that do not ask for HTML get at `/` what this server is. Raises MethodNotAllowedError."""
        if request.method not in _METHODS:
            raise MethodNotAllowedError(f"{request.method} is not served at {request.path}", _METHODS)
        if request.path == "/" and "text/html" not in (request.headers.get("accept") or ""):
            return json_response({"name": "searchrerank", "version": searchrerank.__version__}, headers=(("vary", "Accept"),))
        return self._pages[request.path]
