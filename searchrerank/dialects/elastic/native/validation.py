"""What a search with a `text_similarity_reranker` may not have beside or inside it, in Elasticsearch's words.

Sources: `CompoundRetrieverBuilder.validate`, `SearchSourceBuilder.validate`, `RankBuilder`.
"""

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from searchrerank.dialects.elastic.native.invalid import ActionRequestValidationError, IllegalArgumentError
from searchrerank.dialects.elastic.native.tree import Retriever

__all__ = ["validate", "window_of"]

# The members of a search that a retriever stands for, in the order in which the engine lists them.
_EXCLUDED = ("query", "knn", "search_after", "terminate_after", "sort", "rank", "rescore")
_DEFAULT_WINDOW = 10  # of every compound retriever: RankBuilder.DEFAULT_RANK_WINDOW_SIZE, RescorerBuilder.DEFAULT_WINDOW_SIZE
_FUSING = frozenset({"rrf", "linear", "pinned", "rule"})


def validate(
    tree: Retriever, body: bytes, *, start: int | None, size: int | None, scroll: bool, present: Collection[str]
) -> None:
    """Hold a search to the rules. Raises IllegalArgumentError or ActionRequestValidationError.

    tree: its retriever, in `body`. start, size: the page, None where the search does not say. present: the names of the
    search's members and parameters.
    """
    if start is not None and start < 0:
        raise IllegalArgumentError(f"[from] parameter cannot be negative but was [{start}]")
    if size is not None and size < 0:
        raise IllegalArgumentError(f"[size] parameter cannot be negative, found [{size}]")
    problems = list(_problems(tree, body, -1 if size is None else size, scroll=scroll))
    if found := [name for name in _EXCLUDED if name in present]:
        problems.append(f"cannot specify [retriever] and [{', '.join(found)}]")
    if problems:
        raise ActionRequestValidationError(*problems)


def _problems(retriever: Retriever, body: bytes, size: int, *, scroll: bool) -> Iterator[str]:
    named, window = window_of(retriever, body)
    if window is not None:
        if size > window:
            yield f"[{retriever.kind}] requires [{named}: {window}] be greater than or equal to [size: {size}]"
        if scroll:
            yield f"cannot specify [{retriever.kind}] and [scroll]"
    if retriever.reranker is not None and retriever.reranker.window < 0:
        yield f"[rank_window_size] parameter cannot be negative, found [{window}]"
    for child in retriever.inside:
        yield from _problems(child, body, size, scroll=scroll)
        theirs, least = window_of(child, body)
        if window is not None and least is not None and window > least:
            told = f"[{retriever.kind}] requires [{named}: {window}] to be smaller than or equal to its sub retriever's"
            yield f"{told} {child.kind} [{theirs}: {least}]"


def window_of(retriever: Retriever, body: bytes) -> tuple[str, int | None]:
    """What a compound retriever's window is called, and its size; None where it has none, or is not known here."""
    if retriever.reranker is not None:
        return "rank_window_size", retriever.reranker.window
    if retriever.kind not in _FUSING | {"rescorer"}:
        return "", None
    options: dict[str, Any] = msgspec.json.decode(retriever.options.of(body))
    if retriever.kind in _FUSING:
        return "rank_window_size", _whole(options.get("rank_window_size"))
    rescores = options.get("rescore")
    sizes = [_whole(each.get("window_size")) for each in (rescores if isinstance(rescores, list) else [rescores or {}])]
    return "window_size", max((size for size in sizes if size is not None), default=None)


def _whole(value: Any) -> int | None:
    return _DEFAULT_WINDOW if value is None else value if isinstance(value, int) else None
