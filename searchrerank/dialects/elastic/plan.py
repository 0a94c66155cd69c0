"""Deciding what becomes of a search: reranked, or passed through and why.

The rule (engines.md, section 4): rerank only where the order is by relevance, the question can be read and a page is asked for.
"""

from dataclasses import dataclass

import msgspec

from searchrerank.config import Rerank, weighted_field
from searchrerank.dialects.elastic.filter_path import widened_filter_path
from searchrerank.dialects.elastic.highlighting import read_markup
from searchrerank.dialects.elastic.media import is_json, takes_json
from searchrerank.dialects.elastic.query_text import read_query, read_vector_search
from searchrerank.dialects.elastic.search_request import SearchRequest, UndecidableError
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.elastic.view import Added, AddedFields, AddedSource, added_to_view
from searchrerank.dialects.json_spans import UnreadableError
from searchrerank.dialects.protocol import Directives, Passed, Plan
from searchrerank.dialects.query_string import query_string_words
from searchrerank.dialects.question import Question
from searchrerank.message import Request

__all__ = ["ElasticPlan", "plan_search"]

_DEFAULT_SIZE = 10  # SearchService.DEFAULT_SIZE


@dataclass(frozen=True, slots=True)
class ElasticPlan(Plan):
    """A plan, and what was added to the client's view for the reranker's sake, to be taken out of its answer again."""

    added: Added | None = None
    filter_path: str | None = None
    """The client's filter of its answer, which the widened question leaves out."""


def plan_search(
    request: Request, body: bytes, directives: Directives, *, path: str | None = None, asked: Question | None = None
) -> ElasticPlan | Passed:
    """Plan a `_search`. `body` is the request's body out of its content encoding; empty where there is none.

    path: what the rules' paths are matched against, where that is not the request's own.
    asked: what to score against, where the client names it itself or it stands in a `retriever`; None: what its query says.
    """
    target = SearchTarget.parse(request.target)
    if target is None:
        return Passed("not-a-search")
    settings = directives.settings(target.indices, path or target.path)
    if settings is None:
        return Passed("off" if directives.control.mode == "off" else "rule")
    if not target.readable:
        return Passed("unreadable-target")
    if body.strip() and not is_json(request.headers.get("content-type")):
        return Passed("format")
    try:
        return _plan(SearchRequest(request, target, body), settings, directives, asked)
    except (UnreadableError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return Passed("unreadable-body")
    except UndecidableError as error:
        return Passed(str(error))


def _plan(search: SearchRequest, rerank: Rerank, directives: Directives, asked: Question | None) -> ElasticPlan | Passed:
    if asked is None and search.has("retriever"):
        return Passed("engine-reranks")
    if (reason := _why_not(search)) is not None:
        return Passed(reason)
    start, size = search.number("from", 0), search.number("size", _DEFAULT_SIZE)
    if size <= 0 or start < 0:
        return Passed("no-page")
    if start >= rerank.window and rerank.min_score is None:
        return Passed("past-window")
    question = asked or _question(search)
    if not question.text:
        return Passed("no-query-text")
    fields = tuple(weighted_field(field).name for field in rerank.fields) or question.fields
    added = added_to_view(search, (*fields, rerank.title_field) if fields and rerank.title_field else fields)
    return ElasticPlan(
        request=_widened(search, (start, size), max(rerank.window, start + size), added),
        query=question.text,
        fields=fields,
        start=start,
        size=size,
        rerank=rerank,
        markup=read_markup(search.member("highlight") if rerank.passages == "highlights" else None),
        model=directives.model,
        shadow=directives.control.mode == "shadow",
        added=added,
        filter_path=_filter_path(search),
    )


def _widened(search: SearchRequest, page: tuple[int, int], reach: int, added: Added | None) -> Request:
    """As little more as the reranker needs: the window from rank 0, and its text."""
    parameters: dict[str, str | int | None] = {} if page == (0, reach) else {"from": 0, "size": reach}
    if isinstance(added, AddedSource):
        parameters |= {"_source": ",".join(added.patterns) or "true", "_source_includes": None, "_source_excludes": None}
    if (filter_path := _filter_path(search)) is not None:
        parameters["filter_path"] = widened_filter_path(filter_path) or filter_path
    return search.asking(parameters=parameters, edits={"fields": added.member} if isinstance(added, AddedFields) else {})


def _filter_path(search: SearchRequest) -> str | None:
    return search.parameters.get("filter_path")


def _why_not(search: SearchRequest) -> str | None:
    """The reason for which a search is not reranked, whatever it asks; None where there is none."""
    if not is_json(search.media_type) or not takes_json(search.request, search.parameters):
        return "format"
    if search.from_parameter and search.media_type is None:
        return "unreadable-body"  # the engines want to be told
    if "scroll" in search.parameters:
        return "scroll"
    if search.has("search_after"):
        return "search-after"
    if search.has("pit") and search.has("sort"):
        return "point-in-time"  # its pages go on after the last hit's sort values
    filter_path = _filter_path(search)
    if filter_path is not None and widened_filter_path(filter_path) is None:
        return "filter-path"
    if _reranks_already(search):
        return "engine-reranks"
    return None if _by_relevance(search) else "sorted"


def _reranks_already(search: SearchRequest) -> bool:
    """A search that the engine itself reranks is never reranked twice."""
    if search.has("rank", "rescore"):
        return True
    extensions = search.member("ext")
    if isinstance(extensions, dict) and "rerank" in extensions:
        return True
    pipeline = search.member("search_pipeline")
    processors = pipeline.get("response_processors") if isinstance(pipeline, dict) else None
    return isinstance(processors, list) and any(isinstance(each, dict) and "rerank" in each for each in processors)


def _by_relevance(search: SearchRequest) -> bool:
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


def _question(search: SearchRequest) -> Question:
    """The URI's `q` stands instead of the body's query, as in RestSearchAction."""
    if "q" in search.parameters:
        words = query_string_words(search.parameters["q"])
        return Question(words.text, (*filter(None, [search.parameters.get("df", "")]), *words.fields))
    question = read_query(search.member("query"))
    return question if question.text else read_vector_search(search.member("knn"))
