"""From a query and a passage to the token ids that a cross-encoder reads."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from searchrerank.errors import ModelError, ScorerError
from searchrerank.scoring.cache.tokens import TokenCache
from searchrerank.scoring.template import Pair, PairTemplate
from searchrerank.scoring.windows import windows

__all__ = ["Pair", "PairEncoder", "Tokens", "kept", "well_formed"]

# The calling threads are the parallelism here; the library's own pool would come on top of them, and warn after a fork.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

Tokens = NDArray[np.uint32]
"""A text's ids, shape [T], less any special token."""

_CHARACTERS_PER_TOKEN = 64
_USUAL_CHARACTERS_PER_TOKEN = 8
_REMEMBERED = 16 * 2**20


class PairEncoder:
    """A tokenizer.json as it comes, less its truncation and padding, which belong to other tasks.

    Special tokens and type ids are its own post-processor's: [CLS] q [SEP] p [SEP] of BERT and DeBERTa, <s> q </s></s> p </s>
    of RoBERTa. Threads may share an encoder.
    max_tokens: the longest pair to make, special tokens included. Of a longer one the end of its longer text falls off, and
    where both take more than half of it, the ends of both (`kept`). So that a text of megabytes costs no more than its
    beginning, no more than 64 characters for each of max_tokens are read of it.
    remembered: how many bytes the token ids of passages may take, so that a passage that comes again is not read again.
    """

    def __init__(self, tokenizer: Tokenizer, template: PairTemplate, max_tokens: int, *, remembered: int = _REMEMBERED) -> None:
        self.max_tokens = max_tokens
        self._tokenizer = tokenizer
        self._template = template
        self._remembered = TokenCache(remembered)
        self._room = max_tokens - tokenizer.num_special_tokens_to_add(is_pair=True)
        self._longest_text = max_tokens * _CHARACTERS_PER_TOKEN

    @classmethod
    def read(cls, path: Path, max_tokens: int) -> Self:
        """The encoder of the tokenizer.json at `path`. Raises ModelError."""
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises Exception itself
            raise ModelError(f"{path}: not a tokenizer of the tokenizers library: {error}") from error
        if tokenizer.num_special_tokens_to_add(is_pair=True) == 0:
            raise ModelError(f"{path}: its post_processor puts no special token between a query and a passage")
        tokenizer.no_truncation()
        tokenizer.no_padding()
        try:
            template = PairTemplate.of(tokenizer)
        except ValueError as error:
            raise ModelError(f"{path}: its post_processor cannot be used: {error}") from error
        return cls(tokenizer, template, max_tokens)

    def query(self, text: str) -> Tokens:
        """The query's tokens, to be paired with each passage. Raises ScorerError."""
        [tokens] = self._read([self._beginning(text)])
        return tokens

    def pair(self, query: Tokens, passage: str) -> Pair:
        """`query`, as `self.query` made it, and `passage` in the model's template. Raises ScorerError."""
        [tokens] = self._readable([passage])
        return self._pair(query, tokens)

    def pairs(self, query: Tokens, passages: Sequence[str]) -> list[Pair | ScorerError]:
        """That of each passage, or what is wrong with it. All new passages are read in one go, without the GIL."""
        found = self._passages(passages)
        return [tokens if isinstance(tokens, ScorerError) else self._pair(query, tokens) for tokens in found]

    def lengths(self, query: Tokens, passages: Sequence[str]) -> list[int]:
        """How many tokens each pair has: exact where `pair` cuts nothing off, else above max_tokens. Raises ScorerError.

        The passages are remembered as they are for `pair`.
        """
        beside = self.max_tokens - self._room + len(query)
        counts = [beside + len(tokens) for tokens in self._readable(passages)]
        return [
            max(count, self.max_tokens + 1) if len(passage) > self._longest_text else count
            for passage, count in zip(passages, counts, strict=True)
        ]

    def split(self, text: str, *, tokens: int, stride: int, most: int) -> list[str]:
        """The text in windows (`windows`), each a part of the text as it stands. Raises ScorerError.

        tokens: cut to what a pair has room for beside any query; stride: cut to that.
        """
        tokens = min(tokens, self._room // 2)
        stride = min(stride, tokens)
        text, offsets = self._offsets(text, stride * (most - 1) + tokens)

        def begins_word(token: int) -> bool:
            """Some tokenizers give the space before a word to its first token, some make a token of it."""
            (before, before_end), (start, _) = offsets[token - 1], offsets[token]
            spaced = text[start].isspace() or text[start - 1].isspace()
            return spaced and before < start and not text[before:before_end].isspace()

        cuts = windows(len(offsets), begins_word, tokens=tokens, stride=stride, most=most)
        return [text[offsets[start][0] : offsets[end - 1][1]].strip() for start, end in cuts] or [text]

    def _offsets(self, text: str, reach: int) -> tuple[str, list[tuple[int, int]]]:
        """The beginning of the text that is sure to hold `reach` tokens if the text does, and where each token lies in it."""
        for characters in (_USUAL_CHARACTERS_PER_TOKEN, _CHARACTERS_PER_TOKEN):
            beginning = well_formed(text[: characters * reach])
            # encode_batch_fast() keeps no offsets.
            [offsets] = (each.offsets for each in self._encoded(self._tokenizer.encode_batch, [beginning]))
            if len(offsets) > reach or len(text) <= characters * reach:
                break
        return beginning, offsets

    def _pair(self, query: Tokens, passage: Tokens) -> Pair:
        of_query, of_passage = kept(len(query), len(passage), self._room)
        return self._template.pair(query[:of_query], passage[:of_passage])

    def _readable(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each passage. Raises ScorerError where one has none."""
        found = self._passages(texts)
        if error := next((each for each in found if isinstance(each, ScorerError)), None):
            raise error
        return [each for each in found if not isinstance(each, ScorerError)]

    def _passages(self, texts: Sequence[str]) -> list[Tokens | ScorerError]:
        """The tokens of each passage, remembered or read, or why it has none."""
        beginnings = [self._beginning(text) for text in texts]
        known = {each: self._remembered.get(each) for each in beginnings}
        new = [each for each, tokens in known.items() if tokens is None]
        found = {each: tokens for each, tokens in known.items() if tokens is not None} | self._read_each(new)
        return [found[beginning] for beginning in beginnings]

    def _read_each(self, texts: list[str]) -> dict[str, Tokens | ScorerError]:
        """By text, the tokens, which are then remembered, or why it has none."""
        try:
            read = dict(zip(texts, self._read(texts), strict=True))
        except ScorerError as error:
            if len(texts) == 1:
                return {texts[0]: error}
            return {text: tokens for each in texts for text, tokens in self._read_each([each]).items()}
        for text, tokens in read.items():
            self._remembered.put(text, tokens)
        return {**read}

    def _beginning(self, text: str) -> str:
        return well_formed(text[: self._longest_text])

    def _read(self, texts: list[str]) -> list[Tokens]:
        """One token more than a pair could hold at most, so that it shows where some are cut off. Raises ScorerError.

        Of a long text, the part that is likely to have as many; where it has not, all of it.
        """
        parts = [self._part(text) for text in texts]
        read = self._tokens(parts)
        short = [at for at, tokens in enumerate(read) if len(tokens) <= self._room and len(parts[at]) < len(texts[at])]
        for at, tokens in zip(short, self._tokens([texts[at] for at in short]), strict=True):
            read[at] = tokens
        return read

    def _part(self, text: str) -> str:
        """Up to a space, in front of which tokens are the same whatever comes behind it."""
        most = self.max_tokens * _USUAL_CHARACTERS_PER_TOKEN
        end = text.rfind(" ", 0, most) if len(text) > most else -1
        return text[:end] if end > 0 else text

    def _tokens(self, texts: list[str]) -> list[Tokens]:
        encodings = self._encoded(self._tokenizer.encode_batch_fast, texts)
        for each in encodings:
            each.truncate(self._room + 1)
        return [np.array(each.ids, np.uint32) for each in encodings]

    def _encoded(self, encode_batch: Callable[..., list[Encoding]], texts: list[str]) -> list[Encoding]:
        # One text is a batch, too: encode() holds the GIL all along, encode_batch() releases it (tokenizers 0.23).
        try:
            return encode_batch(texts, add_special_tokens=False) if texts else []
        except Exception as error:  # the library raises Exception itself
            raise ScorerError(f"the tokenizer cannot read a text: {error}") from error


def kept(query: int, passage: int, room: int) -> tuple[int, int]:
    """How many tokens stay of a query and of a passage that have so many, where there is room for `room`.

    What tokenizers calls `longest_first`, the default of the peers (tokenizers, src/utils/truncation.rs): what has no more than
    half of the room stays whole. Of two that have more each gets half, and the longer one, or the passage, what is left over.
    """
    if query + passage <= room:
        return query, passage
    half, left_over = divmod(room, 2)
    if query <= half:
        return query, room - query
    if passage <= half:
        return room - passage, passage
    return (half + left_over, half) if query > passage else (half, half + left_over)


def well_formed(text: str) -> str:
    r"""The text with each lone surrogate replaced by U+FFFD. JSON may spell one (\ud800); tokenizers refuses it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
