"""Planning the searches that ask for reranking in the engine's own words; all others are planned as any search is."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from searchrerank.config import Rerank, Rule, resolve
from searchrerank.dialects.elastic.failure import failure_response
from searchrerank.dialects.elastic.json_spans import UnreadableError, members
from searchrerank.dialects.elastic.native.query_context import query_text, without_rerank
from searchrerank.dialects.elastic.native.retriever import plain_question, plan_text_similarity
from searchrerank.dialects.elastic.native.search import NativeSearch
from searchrerank.dialects.elastic.native.text_similarity import KIND
from searchrerank.dialects.elastic.plan import plan_search
from searchrerank.dialects.elastic.query_text import Question, read_query
from searchrerank.dialects.protocol import Passed, Plan, Refused
from searchrerank.errors import ClientError
from searchrerank.message import Request

__all__ = ["plan_request"]


def plan_request(request: Request, body: bytes, rerank: Rerank, rules: Sequence[Rule]) -> Plan | Passed | Refused:
    """Plan a `_search`. `body` is the request's body out of its content encoding; empty where there is none."""
    planned = None
    if b'"retriever"' in body or b'"ext"' in body:
        try:
            planned = _native(request, body, rerank, rules)
        except ClientError as error:
            return Refused(failure_response(error))
        except (UnreadableError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            planned = None
    return planned or plan_search(request, body, rerank, rules)


def _native(request: Request, body: bytes, rerank: Rerank, rules: Sequence[Rule]) -> Plan | Passed | None:
    """None: nothing of the kind is asked, or it is not ours to answer. Raises ClientError for what an engine would refuse."""
    search = NativeSearch.parse(request, body)
    if search is None:
        return None
    settings = resolve(rules, rerank, indices=search.target.indices, path=search.target.path)
    if settings is None:
        return None
    if "retriever" in search.parts:
        return _by_retriever(search, settings)
    if "ext" in search.parts and settings.native == "serve":
        return _by_query_context(search, settings)
    return None


def _by_retriever(search: NativeSearch, settings: Rerank) -> Plan | Passed | None:
    kinds = members(search.body, search.parts["retriever"])
    if KIND in kinds and len(kinds) == 1 and settings.native == "serve":
        return plan_text_similarity(search, kinds[KIND], settings)
    question = plain_question(search, kinds)
    return None if question is None else plan_search(search.request, search.body, settings, (), question)


def _by_query_context(search: NativeSearch, settings: Rerank) -> Plan | Passed | None:
    """A search that names a pipeline is left to it: the engine's own processor may be at work there."""
    extensions = search.member("ext")
    if not isinstance(extensions, dict) or "rerank" not in extensions or "search_pipeline" in search.present:
        return None
    question = Question(query_text(extensions["rerank"], search.member), read_query(search.member("query")).fields)
    inner = search.request.with_body(without_rerank(search.body))
    planned = plan_search(inner, inner.body, settings, (), question)
    if isinstance(planned, Passed):
        return replace(planned, request=inner)
    return replace(planned, engine_may_rerank=True)
