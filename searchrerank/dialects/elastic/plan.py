"""Deciding what becomes of a search: reranked, or passed through and why.

The rule (engines.md, section 4): rerank only where the order is by relevance, the question can be read and a page is asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from searchrerank.config import Rerank, Rule, resolve
from searchrerank.dialects.elastic.query_string import query_string_words
from searchrerank.dialects.elastic.query_text import Question, read_query, read_vector_search
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.protocol import Passed, Plan
from searchrerank.message import Request

__all__ = ["plan_search"]

_DEFAULT_SIZE = 10  # SearchService.DEFAULT_SIZE

_search_body = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _UndecidableError(ValueError):
    """The engine may read the search otherwise than it is read here."""


def plan_search(
    request: Request, body: bytes, rerank: Rerank, rules: Sequence[Rule], asked: Question | None = None
) -> Plan | Passed:
    """Plan a `_search`. `body` is the request's body out of its content encoding; empty where there is none.

    asked: what to score against, where the client names it itself or it stands in a `retriever`; None: what its query says.
    """
    target = SearchTarget.parse(request.target)
    if target is None:
        return Passed("not-a-search")
    settings = resolve(rules, rerank, indices=target.indices, path=target.path)
    if settings is None:
        return Passed("rule")
    if not target.readable:
        return Passed("unreadable-target")
    try:
        return _plan(request, target, _Search(target.parameters, body), settings, asked)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return Passed("unreadable-body")
    except _UndecidableError:
        return Passed("unreadable-page")


class _Search:
    """A search's members. A parameter of the target overrides the body's member of its name."""

    def __init__(self, parameters: Mapping[str, str], body: bytes) -> None:
        self.parameters = parameters
        self._members = _search_body.decode(body) if body.strip() else {}

    def has(self, *names: str) -> bool:
        return any(name in self._members or name in self.parameters for name in names)

    def member(self, name: str) -> Any:
        """A member of the body, decoded; None where there is none."""
        raw = self._members.get(name)
        return None if raw is None else msgspec.json.decode(raw)

    def number(self, name: str, default: int) -> int:
        value = self.parameters.get(name, self.member(name))
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise _UndecidableError(name)
        try:
            return int(value)
        except ValueError as error:
            raise _UndecidableError(name) from error


def _plan(request: Request, target: SearchTarget, search: _Search, rerank: Rerank, asked: Question | None) -> Plan | Passed:
    if asked is None and search.has("retriever"):
        return Passed("engine-reranks")
    if (reason := _why_not(request, search)) is not None:
        return Passed(reason)
    start, size = search.number("from", 0), search.number("size", _DEFAULT_SIZE)
    if size <= 0 or start < 0:
        return Passed("no-page")
    if start >= rerank.window:
        return Passed("past-window")
    question = asked or _question(search)
    if not question.text:
        return Passed("no-query-text")
    reach = max(rerank.window, start + size)
    widened = request.target if (start, size) == (0, reach) else target.replacing(**{"from": 0, "size": reach})
    return Plan(
        request=request.with_target(widened),
        query=question.text,
        fields=rerank.fields or question.fields,
        start=start,
        size=size,
        rerank=rerank,
    )


def _why_not(request: Request, search: _Search) -> str | None:
    """The reason for which a search is not reranked, whatever it asks; None where there is none."""
    if not _is_json(request.headers.get("content-type")) or not _takes_json(request, search):
        return "format"
    if "source" in search.parameters:
        return "source-parameter"
    if "scroll" in search.parameters:
        return "scroll"
    if search.has("search_after"):
        return "search-after"
    if search.has("pit"):
        return "point-in-time"
    if search.has("filter_path"):
        return "filter-path"
    if _hides_text(search):
        return "source-filtered"
    if _reranks_already(search):
        return "engine-reranks"
    return None if _by_relevance(search) else "sorted"


def _is_json(content_type: str | None) -> bool:
    """`application/json` or a vendor's `application/vnd.….+json`; a body without a type is JSON to the engines' eyes too."""
    media = (content_type or "application/json").partition(";")[0].strip().lower()
    return media == "application/json" or (media.startswith("application/vnd.") and media.endswith("+json"))


def _takes_json(request: Request, search: _Search) -> bool:
    accepted = request.headers.get("accept")
    return search.parameters.get("format", "json") == "json" and (
        accepted is None or "*/*" in accepted or all(_is_json(media) for media in accepted.split(","))
    )


def _hides_text(search: _Search) -> bool:
    """Whether the client's view leaves out what the reranker would read."""
    if search.has("_source_includes", "_source_excludes", "stored_fields"):
        return True
    return search.parameters.get("_source", search.member("_source")) not in (None, True, "true")


def _reranks_already(search: _Search) -> bool:
    """A search that the engine itself reranks is never reranked twice."""
    if search.has("rank", "rescore"):
        return True
    extensions = search.member("ext")
    if isinstance(extensions, dict) and "rerank" in extensions:
        return True
    pipeline = search.member("search_pipeline")
    processors = pipeline.get("response_processors") if isinstance(pipeline, dict) else None
    return isinstance(processors, list) and any(isinstance(each, dict) and "rerank" in each for each in processors)


def _by_relevance(search: _Search) -> bool:
    """No sort, or exactly `_score`, descending."""
    if "sort" in search.parameters:
        return search.parameters["sort"] in {"_score", "_score:desc"}
    sort = search.member("sort")
    if isinstance(sort, list) and len(sort) == 1:
        sort = sort[0]
    if isinstance(sort, dict) and list(sort) == ["_score"]:
        by = sort["_score"]
        return by in ("desc", {}, {"order": "desc"})
    return sort in (None, [], "_score")


def _question(search: _Search) -> Question:
    """The URI's `q` stands instead of the body's query, as in RestSearchAction."""
    if "q" in search.parameters:
        words = query_string_words(search.parameters["q"])
        return Question(words.text, (*filter(None, [search.parameters.get("df", "")]), *words.fields))
    question = read_query(search.member("query"))
    return question if question.text else read_vector_search(search.member("knn"))
