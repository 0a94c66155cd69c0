"""A scorer that remembers."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from searchrerank.errors import DeadlineExceededError
from searchrerank.scoring.cache.keys import pair_keys
from searchrerank.scoring.cache.recalled import tell_recalled
from searchrerank.scoring.cache.shared import SharedScores
from searchrerank.scoring.cache.table import ScoreTable
from searchrerank.scoring.protocol import Scorer

__all__ = ["CachedScorer"]

_LONG = 2**19  # characters: a millisecond's hashing, about


class CachedScorer:
    """Asks a scorer only for pairs whose scores are not known yet (`Scorer`).

    A score that is remembered is the fresh one to the bit: it is kept as a double, under all that decides it.
    What is missing is asked for in one call, in the order of the passages and each passage once. What was scored before a
    deadline passed is kept as well. Where all is known it is answered, however late.
    table: this process's scores. shared: those of all replicas, asked for what the table does not have.
    """

    def __init__(self, scorer: Scorer, table: ScoreTable, shared: SharedScores | None = None) -> None:
        self._scorer = scorer
        self._table = table
        self._shared = shared

    @property
    def name(self) -> str:
        """The inner scorer's."""
        return self._scorer.name

    @property
    def identity(self) -> str:
        """The inner scorer's: remembering changes no score."""
        return self._scorer.identity

    @property
    def max_tokens(self) -> int:
        """The inner scorer's."""
        return self._scorer.max_tokens

    @property
    def precision(self) -> str:
        """The inner scorer's."""
        return self._scorer.precision

    def describe(self) -> str:
        """See `Scorer.describe`."""
        return self._scorer.describe()

    async def score(self, query: str, passages: Sequence[str], *, deadline: float | None = None) -> list[float]:
        """See `Scorer.score`."""
        keys = await self._keys(query, passages)
        known = _known(keys, self._table.get(list(keys.values())))
        if self._shared is not None and len(known) < len(keys):
            known |= await self._recalled(self._shared, {each: key for each, key in keys.items() if each not in known})
        tell_recalled(known)
        missing = [each for each in keys if each not in known]
        try:
            fresh = await self._scorer.score(query, missing, deadline=deadline) if missing else []
        except DeadlineExceededError as error:
            known |= self._remembered(keys, _known(missing, error.logits or [None] * len(missing)))
            raise DeadlineExceededError(str(error), [known.get(each) for each in passages] if known else ()) from error
        known |= self._remembered(keys, _known(missing, fresh))
        return [known[each] for each in passages]

    async def lengths(self, query: str, passages: Sequence[str], *, deadline: float | None = None) -> list[int]:
        """The inner scorer's."""
        return await self._scorer.lengths(query, passages, deadline=deadline)

    async def split(
        self, texts: Sequence[str], *, tokens: int, stride: int, most: int, deadline: float | None = None
    ) -> list[list[str]]:
        """The inner scorer's."""
        return await self._scorer.split(texts, tokens=tokens, stride=stride, most=most, deadline=deadline)

    async def close(self) -> None:
        """See `Scorer.close`."""
        await self._scorer.close()
        if self._shared is not None:
            await self._shared.close()

    async def _keys(self, query: str, passages: Sequence[str]) -> dict[str, bytes]:
        """The key of each passage, each passage once."""
        distinct = list(dict.fromkeys(passages))
        if len(query) + sum(map(len, distinct)) > _LONG:
            keys = await asyncio.to_thread(pair_keys, self.identity, query, distinct)
        else:
            keys = pair_keys(self.identity, query, distinct)
        return dict(zip(distinct, keys, strict=True))

    async def _recalled(self, shared: SharedScores, keys: Mapping[str, bytes]) -> dict[str, float]:
        """What the replicas know, kept here as well."""
        known = _known(keys, await shared.get(list(keys.values())))
        self._table.put([keys[each] for each in known], list(known.values()))
        return known

    def _remembered(self, keys: Mapping[str, bytes], scored: dict[str, float]) -> dict[str, float]:
        """What was scored, kept."""
        digests, logits = [keys[each] for each in scored], list(scored.values())
        self._table.put(digests, logits)
        if self._shared is not None and digests:
            self._shared.put(digests, logits)
        return scored


def _known(passages: Iterable[str], logits: Sequence[float | None]) -> dict[str, float]:
    return {each: logit for each, logit in zip(passages, logits, strict=True) if logit is not None}
