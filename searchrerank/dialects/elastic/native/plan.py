"""Planning the searches that ask for reranking in the engine's own words; all others are planned as any search is."""

from dataclasses import replace

import msgspec

from searchrerank.dialects.elastic.extension import without_member_of_ext
from searchrerank.dialects.elastic.failure import failure_response
from searchrerank.dialects.elastic.native.answered import answered
from searchrerank.dialects.elastic.native.invalid import IllegalArgumentError, InvalidError
from searchrerank.dialects.elastic.native.nested import plan_reranking
from searchrerank.dialects.elastic.native.query_context import query_text
from searchrerank.dialects.elastic.native.retriever import plain_question
from searchrerank.dialects.elastic.native.search import NativeSearch
from searchrerank.dialects.elastic.native.text_similarity import KIND
from searchrerank.dialects.elastic.plan import ElasticPlan, plan_search
from searchrerank.dialects.elastic.query_text import read_query
from searchrerank.dialects.json_spans import UnreadableError, members
from searchrerank.dialects.protocol import Directives, NestedPlan, Passed, Refused
from searchrerank.dialects.question import Question
from searchrerank.message import Request

__all__ = ["plan_native_search", "plan_request"]

_Planned = ElasticPlan | NestedPlan | Passed | Refused


def plan_request(request: Request, body: bytes, directives: Directives) -> _Planned:
    """Plan a `_search`. `body` is the request's body out of its content encoding; empty where there is none."""
    try:
        return plan_native_search(request, body, directives)
    except InvalidError as error:
        return Refused(answered(failure_response(error), request))


def plan_native_search(request: Request, body: bytes, directives: Directives, *, path: str | None = None) -> _Planned:
    """The same for a search that may be one of several. path: see `plan_search`.

    Raises InvalidError for what an engine refuses as it reads the request; Refused is what it finds only as it searches.
    """
    planned = None
    if b'"retriever"' in body or b'"ext"' in body:
        try:
            planned = _native(request, body, directives, path)
        except (UnreadableError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            planned = None
    return planned or plan_search(request, body, directives, path=path)


def _native(request: Request, body: bytes, directives: Directives, path: str | None) -> _Planned | None:
    """None: nothing of the kind is asked, or it is not ours to answer."""
    search = NativeSearch.parse(request, body)
    if search is None:
        return None
    settings = directives.settings(search.target.indices, path or search.target.path)
    if settings is None:
        return None
    directives = replace(directives, rerank=settings, rules=())
    if "retriever" in search.parts:
        return _by_retriever(search, directives)
    if "ext" in search.parts and settings.native == "serve":
        return _by_query_context(search, directives)
    return None


def _by_retriever(search: NativeSearch, directives: Directives) -> _Planned | None:
    if directives.rerank.native == "serve" and KIND.encode() in search.parts["retriever"].of(search.body):
        planned = plan_reranking(search, directives)
        if planned is not None:
            return planned
    question = plain_question(search, members(search.body, search.parts["retriever"]))
    return None if question is None else plan_search(search.request, search.body, directives, asked=question)


def _by_query_context(search: NativeSearch, directives: Directives) -> ElasticPlan | Passed | Refused | None:
    """A search that names a pipeline is left to it: the engine's own processor may be at work there."""
    extensions = search.member("ext")
    if not isinstance(extensions, dict) or "rerank" not in extensions or "search_pipeline" in search.present:
        return None
    try:
        text = query_text(extensions["rerank"], search.member)
    except IllegalArgumentError as error:
        return Refused(failure_response(error))
    question = Question(text, read_query(search.member("query")).fields)
    inner = search.request.with_body(without_member_of_ext(search.body, "rerank"))
    planned = plan_search(inner, inner.body, directives, asked=question)
    if isinstance(planned, Passed):
        return replace(planned, own=inner)
    return replace(planned, own=inner, engine_may_rerank=True)
