"""From a call to the logits of its texts: lengths, pieces, scores. Never a part of them."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TypeVar

from searchrerank.api.pieces import Cut, joined
from searchrerank.api.protocol import Call
from searchrerank.errors import TooLongError
from searchrerank.scoring import Scorer
from searchrerank.together import together

__all__ = ["Work", "measured", "scored", "tokens_of"]

S = TypeVar("S")
T = TypeVar("T")

# Of a call with many queries, so many are asked of the scorer at the same time: enough for every core to be busy, and too few
# for one call to fill the scorer's queue with its own work and then be refused for that.
_QUERIES_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to score for one query: its texts' indices in the call, and of each text the pieces and their tokens."""

    query: str
    texts: tuple[int, ...]
    pieces: tuple[tuple[str, ...], ...]
    tokens: tuple[int, ...]


async def measured(call: Call, scorer: Scorer, deadline: float) -> tuple[Work, ...]:
    """What there is to score, each query once.

    Raises TooLongError where the call forbids to cut a text that would have to be, and what `Scorer.lengths` raises.
    """
    texts: dict[str, list[int]] = {}
    for index in range(len(call.texts)):
        texts.setdefault(call.queries[index if len(call.queries) > 1 else 0], []).append(index)

    def of_query(item: tuple[str, list[int]]) -> Coroutine[Any, Any, Work]:
        return _of_query(call, *item, scorer, deadline)

    return tuple(await _some_at_once(of_query, list(texts.items())))


def tokens_of(works: Sequence[Work], texts: int) -> list[int]:
    """What each of so many texts takes of the model, in tokens."""
    return _in_order([(work.texts, work.tokens) for work in works], texts)


async def scored(works: Sequence[Work], texts: int, scorer: Scorer, deadline: float) -> list[float]:
    """The logit of each of so many texts: that of its best piece. Raises what `Scorer.score` raises."""

    def of_work(work: Work) -> Coroutine[Any, Any, list[float]]:
        return _best(work, scorer, deadline)

    logits = await _some_at_once(of_work, works)
    return _in_order([(work.texts, best) for work, best in zip(works, logits, strict=True)], texts)


async def _of_query(call: Call, query: str, texts: Sequence[int], scorer: Scorer, deadline: float) -> Work:
    whole, limit, cut = [call.texts[index] for index in texts], scorer.max_tokens, None
    lengths = await scorer.lengths(query, whole, deadline=deadline)
    most = limit
    if max(lengths) > limit or call.max_tokens is not None or call.max_pair_tokens is not None:
        [beside] = await scorer.lengths(query, [""], deadline=deadline)
        cut = Cut.of(call, beside=beside, limit=limit)
        most = limit if cut is None else min(limit, beside + cut.size)
    long = [place for place, length in enumerate(lengths) if length > most]
    if long and not call.truncate and call.max_chunks == 1:
        raise _too_long(texts[long[0]], f"a query and its text may have {most} tokens together")
    if cut is None or not long:
        return Work(query, tuple(texts), tuple((text,) for text in whole), tuple(min(length, limit) for length in lengths))
    pieces: list[tuple[str, ...]] = [(text,) for text in whole]
    sizes = {"tokens": cut.window, "stride": cut.window, "most": cut.windows}
    for place, windows in zip(long, await scorer.split([whole[at] for at in long], **sizes, deadline=deadline), strict=True):
        pieces[place] = tuple(joined(whole[place], windows, cut.together))
        if not call.truncate and not whole[place].rstrip().endswith(windows[-1]):
            raise _too_long(texts[place], f"{call.max_chunks} pieces of {cut.size} tokens do not hold it")
    return Work(query, tuple(texts), tuple(pieces), await _tokens(query, pieces, scorer, deadline))


async def _tokens(query: str, pieces: Sequence[tuple[str, ...]], scorer: Scorer, deadline: float) -> tuple[int, ...]:
    """What the pieces of each text take together."""
    lengths = iter(await scorer.lengths(query, list(chain.from_iterable(pieces)), deadline=deadline))
    return tuple(sum(min(length, scorer.max_tokens) for length in islice(lengths, len(each))) for each in pieces)


async def _best(work: Work, scorer: Scorer, deadline: float) -> list[float]:
    """The logit of each of a query's texts."""
    logits = iter(await scorer.score(work.query, list(chain.from_iterable(work.pieces)), deadline=deadline))
    return [max(islice(logits, len(each))) for each in work.pieces]


async def _some_at_once(work: Callable[[S], Coroutine[Any, Any, T]], subjects: Sequence[S]) -> list[T]:
    """The results in the order of `subjects`."""
    if len(subjects) == 1:
        return [await work(subjects[0])]
    room = asyncio.Semaphore(_QUERIES_AT_ONCE)

    async def when_there_is_room(subject: S) -> T:
        async with room:
            return await work(subject)

    return await together(map(when_there_is_room, subjects))


def _in_order(found: Iterable[tuple[Sequence[int], Sequence[T]]], texts: int) -> list[T]:
    """The values of so many texts in the order of the call, from pairs of indices and values."""
    values = {index: value for indices, of_query in found for index, value in zip(indices, of_query, strict=True)}
    return [values[index] for index in range(texts)]


def _too_long(text: int, why: str) -> TooLongError:
    return TooLongError(f"text {text} is too long and must not be cut: {why}")
