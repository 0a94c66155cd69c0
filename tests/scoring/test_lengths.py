"""Invariant: where the model reads a pair whole, its length is what the tokenizer makes of it; else it is above the limit."""

import time

import pytest
from scoring.texts import QUERY
from tokenizers import Tokenizer

from searchrerank.config import Model
from searchrerank.errors import DeadlineExceededError, ScorerError
from searchrerank.scoring import Scorer, open_scorer
from searchrerank.scoring.cache import CachedScorer, ScoreTable
from searchrerank.scoring.pairs import PairEncoder

MOST = 64


@pytest.mark.parametrize("name", ["tiny-bert", "tiny-deberta-v2", "tiny-xlm-roberta"])
def test_a_length_is_the_tokenizers_own_or_above_the_limit(name, stand_in):
    path = stand_in(name) / "tokenizer.json"
    encoder, tokenizer = PairEncoder.read(path, MOST), Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    seen = set()
    for query in ("", "river", "a " * 20, "a " * 40, "a " * 80):
        encoded = encoder.query(query)
        for words in range(80):
            passage = "a " * words
            [length], whole = encoder.lengths(encoded, [passage]), tokenizer.encode(query, passage).ids
            cut = encoder.pair(encoded, passage).ids.tolist() != whole
            assert length > MOST if cut else length == len(whole)
            seen.add((length, cut))
    assert {(MOST, False), (MOST + 1, True)} <= seen


def test_what_is_not_even_read_is_too_long(stand_in):
    encoder = PairEncoder.read(stand_in("tiny-bert") / "tokenizer.json", MOST)
    query, spaces = encoder.query("river"), " " * MOST * 64
    short, long = encoder.lengths(query, [spaces, spaces + "valley"])
    assert short < MOST
    assert long > MOST


async def test_lengths_come_in_the_order_of_the_passages(scorer, passages):
    scorer: Scorer
    lengths = await scorer.lengths(QUERY, passages)
    assert await scorer.lengths(QUERY, passages[::-1]) == lengths[::-1]
    query = scorer._encoder.query(QUERY)
    exact = [len(scorer._encoder.pair(query, passage).ids) for passage in passages]
    assert [min(length, scorer.max_tokens) for length in lengths] == exact
    assert lengths[-1] > scorer.max_tokens
    assert await scorer.lengths(QUERY, []) == []
    cached = CachedScorer(scorer, ScoreTable(2**20))
    assert await cached.lengths(QUERY, passages) == lengths


@pytest.mark.parametrize("pairs_a_call", [1, 2])
async def test_scoring_reads_no_passage_again(gated, build, monkeypatch, passages, pairs_a_call):
    scorer, read = build(gated, pairs_a_call=pairs_a_call), []
    real = scorer._encoder._read
    monkeypatch.setattr(scorer._encoder, "_read", lambda texts: read.extend(texts) or real(texts))
    gated.open()
    await scorer.lengths(QUERY, passages)
    assert sorted(read) == sorted([QUERY, *passages])
    assert gated.begun == 0
    await scorer.score(QUERY, passages)
    assert sorted(read) == sorted([QUERY, QUERY, *passages])
    await scorer.close()


async def test_lengths_are_refused_as_scores_are(stand_in):
    scorer = open_scorer(stand_in("tiny-bert"), Model(threads=1, precision="fp32"))
    with pytest.raises(DeadlineExceededError):
        await scorer.lengths(QUERY, ["a"], deadline=time.monotonic())
    with pytest.raises(DeadlineExceededError, match=r"when \d+ of 5000 parts of 40000 pairs were measured") as told:
        await scorer.lengths(QUERY, [f"passage {n}" for n in range(40_000)], deadline=time.monotonic() + 0.02)
    assert told.value.logits == ()
    await scorer.close()
    with pytest.raises(ScorerError, match="is closed"):
        await scorer.lengths(QUERY, ["a"])
