"""How a model wants a query and a passage put together."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

__all__ = ["Pair", "PairTemplate"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and a passage in the model's template. Both arrays have the shape [S], S at most the encoder's max_tokens."""

    ids: NDArray[np.int64]
    type_ids: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PairTemplate:
    """[CLS] q [SEP] p [SEP] of BERT and DeBERTa, <s> q </s></s> p </s> of RoBERTa, or what else has this form.

    before, between, after: the ids of the special tokens there. type_ids: one for each of the five parts.
    Makes of token ids what the tokenizer's own post-processor makes of encodings, which cannot be made from ids again.
    """

    before: NDArray[np.int64]
    between: NDArray[np.int64]
    after: NDArray[np.int64]
    type_ids: NDArray[np.int64]

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Self:
        """What the tokenizer's post-processor does, told by its work. Raises ValueError where it has another form."""
        nothing, one, two = tokenizer.encode_batch_fast(["", "a", "a a"], add_special_tokens=False)
        special = tokenizer.post_process(nothing, nothing).ids
        first, length = one.ids[0], len(one)
        start = tokenizer.post_process(one, nothing).ids.index(first)
        end = tokenizer.post_process(nothing, one).ids.index(first)
        types = tokenizer.post_process(one, one).type_ids
        places = (0, start, start + length, end + length, -1)
        before, between, after = np.split(np.array(special, np.int64), [start, end])
        found = cls(before, between, after, np.array([types[place] for place in places], np.int64))
        for query, passage in ((one, two), (two, one)):
            right, pair = tokenizer.post_process(query, passage), found.pair(np.array(query.ids), np.array(passage.ids))
            if (right.ids, right.type_ids) != (pair.ids.tolist(), pair.type_ids.tolist()):
                raise ValueError("it does not put special tokens before, between and after a query and a passage")
        return found

    def pair(self, query: NDArray[np.integer], passage: NDArray[np.integer]) -> Pair:
        """The pair of a query's and a passage's ids."""
        parts = (self.before, query, self.between, passage, self.after)
        return Pair(np.concatenate(parts, dtype=np.int64), np.repeat(self.type_ids, [len(part) for part in parts]))
