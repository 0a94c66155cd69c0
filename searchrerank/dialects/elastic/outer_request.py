"""A request that holds searches: several of them, templates, or what is to be measured.

Sources: `RestRequest.contentOrSourceParam` and `AbstractRestChannel` of Elasticsearch and OpenSearch. Where there is no body,
the parameter `source` stands for it; and `filter_path` filters the answer as a whole, whatever is in it.
"""

from dataclasses import dataclass
from dataclasses import replace as replaced

from searchrerank.dialects.elastic.filter_path import widened_filter_path
from searchrerank.dialects.elastic.media import is_json, is_json_lines, takes_json
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.protocol import Passed
from searchrerank.message import Request

__all__ = ["OuterRequest"]


@dataclass(frozen=True, slots=True)
class OuterRequest:
    """The client's request, with `source` as its body where that stands for it."""

    request: Request
    target: SearchTarget
    body: bytes
    """Out of its content encoding."""

    @classmethod
    def read(cls, request: Request, body: bytes, route: str, *, lines: bool = False) -> "OuterRequest | Passed":
        """Read a request to `route`; passed where none of its searches is reranked, whatever they ask.

        body: the request's, out of its content encoding. lines: whether the route reads lines of JSON.
        """
        target = SearchTarget.parse(request.target, route)
        if target is None:
            return Passed("not-a-search")
        if not target.readable:
            return Passed("unreadable-target")
        if "scroll" in target.parameters:
            return Passed("scroll")
        if "source" in target.parameters:
            media = target.parameters.get("source_content_type")
            if body.strip() or media is None:
                return Passed("unreadable-body")  # the engine's to refuse
            request, target = _with_source_as_body(request, target, media)
            body = request.body
        is_readable = is_json_lines if lines else is_json
        if not is_readable(request.headers.get("content-type")) or not takes_json(request, target.parameters):
            return Passed("format")
        outer = cls(request, target, body)
        return Passed("filter-path") if outer.filter_path is not None and outer.widened_filter_path is None else outer

    @property
    def filter_path(self) -> str | None:
        """The client's filter of the answer."""
        return self.target.parameters.get("filter_path")

    @property
    def widened_filter_path(self) -> str | None:
        """What to ask with in its place; None where it has none, or where it cannot be applied here."""
        return None if self.filter_path is None else widened_filter_path(self.filter_path)

    @property
    def widened(self) -> Request:
        """The request for the whole answer."""
        if self.widened_filter_path is None:
            return self.request
        return self.request.with_target(self.target.replacing({"filter_path": self.widened_filter_path}))


def _with_source_as_body(request: Request, target: SearchTarget, media: str) -> tuple[Request, SearchTarget]:
    asked = request.with_body(target.parameters["source"].encode())
    target = target.without("source", "source_content_type")
    return replaced(asked, target=target.replacing({}), headers=asked.headers.replacing("Content-Type", media)), target
