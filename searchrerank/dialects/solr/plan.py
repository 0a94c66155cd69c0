"""Deciding what becomes of a search: reranked, or passed through and why.

The rule (engines.md, section 4): rerank only where the order is by relevance, the question can be read and a page is asked for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from searchrerank.config import Rerank, weighted_field
from searchrerank.dialects.protocol import Directives, Passed, Plan
from searchrerank.dialects.solr.field_list import FieldList
from searchrerank.dialects.solr.highlighting import read_markup
from searchrerank.dialects.solr.local_params import read_local_params
from searchrerank.dialects.solr.notation import FORMATS
from searchrerank.dialects.solr.query_text import read_question
from searchrerank.dialects.solr.search_request import SearchRequest, UndecidableError
from searchrerank.dialects.solr.target import SolrTarget
from searchrerank.dialects.solr.told import MACROS, NAME, VALUE_FIELD
from searchrerank.message import Request

__all__ = ["DEFAULT_ROWS", "SolrPlan", "by_relevance", "plan_search"]

DEFAULT_ROWS = 10  # CommonParams.ROWS_DEFAULT
_BY_SCORE = re.compile(r"\s*(?:score\s+desc)?\s*,?\s*")


@dataclass(frozen=True, slots=True)
class SolrPlan(Plan):
    """A plan, and what was added to the search for the reranker's sake, to be taken out of its answer again."""

    search: SearchRequest = field(kw_only=True)
    """The client's own search."""
    reach: int = 0
    """How many hits are asked for."""
    added: tuple[str, ...] = ()
    """What stands behind the client's own fields in `fl`."""
    rows: int | None = None
    """The page's size where the client says it; None: the handler's own, which only the answer tells."""
    expands: str = ""
    """The field whose values are the keys of `expanded`; empty where there is no such section."""


def by_relevance(sort: str) -> bool:
    """Whether a sort is `score desc` and nothing else, or none."""
    return _BY_SCORE.fullmatch(sort) is not None


def plan_search(request: Request, body: bytes, directives: Directives) -> SolrPlan | Passed:
    """Plan a search. `body` is the request's body out of its content encoding; empty where there is none."""
    target = SolrTarget.parse(request.target)
    if target is None:
        return Passed("not-a-search")
    if directives.control.mode == "off":
        return Passed("off")
    try:
        search = SearchRequest(request, target, body)
        collections = tuple(filter(None, (search.get("collection") or "").split(","))) or target.collections
        settings = directives.settings(collections, target.path)
        return Passed("rule") if settings is None else _plan(search, settings, directives)
    except UndecidableError as error:
        return Passed(str(error))


def _plan(search: SearchRequest, rerank: Rerank, directives: Directives) -> SolrPlan | Passed:
    if (reason := _why_not(search, directives)) is not None:
        return Passed(reason)
    start, rows = search.number("start", "offset") or 0, search.number("rows", "limit")
    size = DEFAULT_ROWS if rows is None else rows
    if size <= 0 or start < 0:
        return Passed("no-page")
    if start >= rerank.window and rerank.min_score is None:
        return Passed("past-window")
    question = read_question(search)
    if not question.text:
        return Passed("no-query-text")
    configured = tuple(weighted_field(each).name for each in rerank.fields)
    expands = _expanded_field(search) if search.flag("expand") else ""
    added = _added(search, configured or question.fields, rerank, expands)
    reach = max(rerank.window, start + size)
    return SolrPlan(
        request=search.asking(_widening(added, reach)),
        query=question.text,
        fields=configured or question.fields,
        start=start,
        size=size,
        rerank=rerank,
        markup=read_markup(search),
        model=directives.model,
        shadow=directives.control.mode == "shadow",
        errors_repeat=True,
        search=search,
        reach=reach,
        added=added,
        rows=rows,
        expands=expands,
    )


def _why_not(search: SearchRequest, directives: Directives) -> str | None:
    """The reason for which a search is not reranked, whatever it asks; None where there is none."""
    if search.get("wt") not in {None, "", *FORMATS}:
        return "format"
    if search.flag("isShard"):
        return "shard-request"
    if search.get("cursorMark") is not None:
        return "cursor"
    if search.flag("group"):
        return "grouped"
    if search.get("rq") and directives.control.mode != "on":
        return "engine-reranks"
    return None if by_relevance(str(search.json.get("sort") or search.get("sort") or "")) else "sorted"


def _added(search: SearchRequest, fields: Sequence[str], rerank: Rerank, expands: str) -> tuple[str, ...]:
    """What `fl` needs besides: the text where it is not shown, the engine's score where it counts.

    The fields that a query searches may be copies that are not stored, so all are asked for unless the settings name some.
    Where the client has no `fl` of its own, the handler's has to be repeated: ours would stand in its stead.
    """
    own = search.fields
    shown = FieldList.read(own or ())
    added = [] if own is not None else ["${fl:*}"]
    titled = (*fields, rerank.title_field) if fields and rerank.title_field else tuple(fields)
    if own is None or not shown.shows_all(titled):
        added += dict.fromkeys(titled) if rerank.fields else ["*"]
    if expands and not shown.shows(expands):
        added.append(expands)
    if rerank.blend == "weighted" and "score" not in shown.scores:
        added.append("score")
    return (*added, VALUE_FIELD)


def _widening(added: Sequence[str], reach: int) -> dict[str, str]:
    return {
        "json.limit": str(reach),
        "json.offset": "0",
        "json.fields": msgspec.json.encode(added).decode(),
        NAME: MACROS,
    }


def _expanded_field(search: SearchRequest) -> str:
    """`expand.field`, or that of the filter which collapses. Raises UndecidableError where neither says one."""
    filters = [*search.parameters.get("fq", ()), *_texts(search.json.get("filter"))]
    collapsing = (read_local_params(each, search.parameters) for each in filters)
    named = search.get("expand.field") or next(
        (each.get("field") for each in collapsing if each and each.type == "collapse"), None
    )
    if not named:
        raise UndecidableError("expanded")
    return named


def _texts(value: object) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
