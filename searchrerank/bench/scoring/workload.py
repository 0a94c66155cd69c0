"""What is scored: a collection's questions and texts, at their real lengths or at an exact one."""

import random
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.peers.timing import Window
from searchrerank.evaluation import Collection

__all__ = ["Workload"]

_FILLER = "a"  # one token in every vocabulary that was met


class Workload:
    """Windows of pairs, none of which comes twice, so that no cache can answer for a model.

    A query meets the documents in an order of its own, drawn from `seed`; once every query was asked, the first asks on with
    the documents that it has not met. The same seed makes the same windows.
    """

    def __init__(self, collection: Collection, tokenizer: Path, *, seed: int = 1) -> None:
        """tokenizer: the model's tokenizer.json. Raises BenchmarkError where the collection is empty."""
        if not (collection.documents and collection.queries):
            raise BenchmarkError(f"{collection.name} has no documents or no judged queries")
        self.name = collection.name
        self._texts = [f"{each.title}\n{each.text}".strip() for each in collection.documents]
        self._queries = list(collection.queries.values())
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._seed = seed
        self._asked = 0
        self._numbered = 0
        self._met = [0] * len(self._queries)

    def window(self, size: int) -> Window:
        """The next query with `size` documents as they stand."""
        query, documents = self._next(size)
        return query, [self._texts[each] for each in documents]

    def windows(self, count: int, size: int) -> list[Window]:
        """So many of them."""
        return [self.window(size) for _ in range(count)]

    def of_length(self, tokens: int, count: int, *, numbered: bool = False) -> Window:
        """A query and `count` passages, each pair of exactly `tokens` tokens, special ones included. Raises BenchmarkError.

        numbered: each passage begins with a number of its own. Else it comes again with another query, where whoever remembers
        its tokens need not read it.
        """
        query, documents = self._next(count)
        query = self._cut(query.split(), "", tokens // 2)
        return query, [self._passage(query, start, tokens, self._number() if numbered else ()) for start in documents]

    def pair_lengths(self, window: Window) -> list[int]:
        """The tokens of each pair, special ones included, before any truncation."""
        query, passages = window
        return [len(each.ids) for each in self._tokenizer.encode_batch([(query, passage) for passage in passages])]

    def _next(self, size: int) -> tuple[str, list[int]]:
        index = self._asked % len(self._queries)
        self._asked += 1
        order = random.Random(f"{self._seed}:{index}").sample(range(len(self._texts)), len(self._texts))  # noqa: S311 - no secret
        start = self._met[index]
        self._met[index] += size
        return self._queries[index], [order[(start + each) % len(order)] for each in range(size)]

    def _number(self) -> Sequence[str]:
        self._numbered += 1
        return (str(self._numbered),)

    def _passage(self, query: str, start: int, tokens: int, before: Sequence[str]) -> str:
        """`before`, then the document `start` and those after it, as far as the pair has room."""
        words = list(before)
        following = start
        while len(words) < tokens:
            words += self._texts[following % len(self._texts)].split()
            following += 1
        passage = self._cut(words[:tokens], query, tokens)
        while (length := self._length(query, passage)) < tokens:
            passage += f" {_FILLER}"
        if length != tokens:
            raise BenchmarkError(f"no pair of exactly {tokens} tokens can be made with this model's tokenizer")
        return passage

    def _cut(self, words: list[str], query: str, tokens: int) -> str:
        """As many of the words, from the first on, as make a pair of at most `tokens` tokens with the query."""
        least, most = 0, len(words)
        while least < most:
            middle = (least + most + 1) // 2
            if self._length(query, " ".join(words[:middle])) <= tokens:
                least = middle
            else:
                most = middle - 1
        return " ".join(words[:least])

    def _length(self, query: str, passage: str) -> int:
        return len(self._tokenizer.encode(query, passage).ids)
