"""`CrossEncoder.predict` of sentence-transformers 5 without torch, for its backends "onnx" and "openvino".

What it does (sentence_transformers/cross_encoder/model.py) is done here in the same order: pairs are sorted by their length in
characters, the longest first, and cut into batches of 32; each is tokenised, truncated (transformers' `longest_first`), padded
to its longest pair, and run in one call. Left out is what costs it time and changes no logit: converting to and from torch.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from searchrerank.bench.peers.call import Call

__all__ = ["predict"]

_BATCH = 32

Run = Callable[[Mapping[str, NDArray[np.int64]]], NDArray[np.float32]]
"""A padded batch of `input_ids`, `attention_mask` and `token_type_ids`, each [B, S], in; logits [B, 1] or [B] out."""


def predict(folder: Path, max_tokens: int, run: Run) -> Call:
    """The call for the model whose tokenizer and configuration lie in `folder`."""
    tokenizer = _tokenizer(folder, max_tokens)

    def score(query: str, passages: Sequence[str]) -> list[float]:
        order = sorted(range(len(passages)), key=lambda index: -len(passages[index]))
        logits = np.empty(len(passages))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            encodings = tokenizer.encode_batch([(query, passages[index]) for index in chosen])
            batch = {
                "input_ids": np.array([each.ids for each in encodings], np.int64),
                "attention_mask": np.array([each.attention_mask for each in encodings], np.int64),
                "token_type_ids": np.array([each.type_ids for each in encodings], np.int64),
            }
            logits[chosen] = run(batch).reshape(-1)
        return [float(each) for each in logits]

    return score


def _tokenizer(folder: Path, max_tokens: int) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    config = json.loads((folder / "config.json").read_bytes())
    pad_id = config.get("pad_token_id") or 0
    tokenizer.enable_truncation(max_tokens)
    tokenizer.enable_padding(pad_id=pad_id, pad_token=tokenizer.id_to_token(pad_id))
    return tokenizer
