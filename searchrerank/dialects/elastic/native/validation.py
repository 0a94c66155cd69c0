"""What a search with a `text_similarity_reranker` may not have beside it, in Elasticsearch's words.

Sources: `CompoundRetrieverBuilder.validate`, `SearchSourceBuilder.validate`, `RankBuilder`.
"""

from collections.abc import Collection, Iterator

from searchrerank.dialects.elastic.native.invalid import ActionRequestValidationError, IllegalArgumentError
from searchrerank.dialects.elastic.native.text_similarity import KIND

__all__ = ["validate"]

# The members of a search that a retriever stands for, in the order in which the engine lists them.
_EXCLUDED = ("query", "knn", "search_after", "terminate_after", "sort", "rank", "rescore")


def validate(window: int, *, start: int | None, size: int | None, scroll: bool, present: Collection[str]) -> None:
    """Hold a search to the rules. Raises IllegalArgumentError or ActionRequestValidationError.

    start, size: the page, None where the search does not say. present: the names of the search's members and parameters.
    """
    if start is not None and start < 0:
        raise IllegalArgumentError(f"[from] parameter cannot be negative but was [{start}]")
    if size is not None and size < 0:
        raise IllegalArgumentError(f"[size] parameter cannot be negative, found [{size}]")
    if problems := list(_problems(window, -1 if size is None else size, present, scroll=scroll)):
        raise ActionRequestValidationError(*problems)
    if not window:
        raise ActionRequestValidationError("[rank] requires [size] greater than [0]")


def _problems(window: int, size: int, present: Collection[str], *, scroll: bool) -> Iterator[str]:
    if size > window:
        yield f"[{KIND}] requires [rank_window_size: {window}] be greater than or equal to [size: {size}]"
    if scroll:
        yield f"cannot specify [{KIND}] and [scroll]"
    if found := [name for name in _EXCLUDED if name in present]:
        yield f"cannot specify [retriever] and [{', '.join(found)}]"
    if window < 0:
        yield f"[rank_window_size] parameter cannot be negative, found [{window}]"
