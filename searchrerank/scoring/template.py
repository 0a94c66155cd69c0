"""How a model wants a query and a passage put together."""

from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class PairTemplate:
    """[CLS] q [SEP] p [SEP] of BERT and DeBERTa, <s> q </s></s> p </s> of RoBERTa, or what else has this form.

    before, between, after: the ids of the special tokens there. type_ids: one for each of the five parts.
    Makes of token ids what the tokenizer's own post-processor makes of encodings, which cannot be made from ids again.
    """

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]
    type_ids: tuple[int, ...]

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
        found = cls(
            tuple(special[:start]), tuple(special[start:end]), tuple(special[end:]), tuple(types[place] for place in places)
        )
        for query, passage in ((one, two), (two, one)):
            right, pair = tokenizer.post_process(query, passage), found.pair(query.ids, passage.ids)
            if (right.ids, right.type_ids) != (pair.ids.tolist(), pair.type_ids.tolist()):
                raise ValueError("it does not put special tokens before, between and after a query and a passage")
        return found

    def pair(self, query: Sequence[int], passage: Sequence[int] | NDArray[np.integer]) -> Pair:
        """The pair of a query's and a passage's ids."""
        parts = (self.before, query, self.between, passage, self.after)
        ids = np.concatenate([np.asarray(part, np.int64) for part in parts])
        return Pair(ids, np.repeat(np.array(self.type_ids, np.int64), [len(part) for part in parts]))
