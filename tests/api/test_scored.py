"""What a call's texts score is what the scorer says of each query and text, or of their pieces, asked for by itself."""

import time

import pytest
from stand_ins import make

from searchrerank.api.protocol import Call
from searchrerank.api.scored import measured, scored, tokens_of
from searchrerank.config import Model
from searchrerank.errors import DeadlineExceededError, TooLongError
from searchrerank.scoring import ConstantScorer, open_scorer

LONG = " ".join(f"river valley {n}" for n in range(400))
TEXTS = ("Volcanoes form where magma rises.", "", "The stock market fell on Tuesday.", LONG)


@pytest.fixture
async def scorer():
    opened = open_scorer(make.stand_in("tiny-bert"), Model(threads=2, precision="fp32", max_tokens=64))
    yield opened
    await opened.close()


async def result(scorer, *queries, texts=TEXTS, **options):
    call, deadline = Call(None, queries, texts, **options), time.monotonic() + 60
    works = await measured(call, scorer, deadline)
    return works, tokens_of(works, len(texts)), await scored(works, len(texts), scorer, deadline)


async def test_texts_are_scored_as_the_scorer_scores_them(scorer):
    works, tokens, logits = await result(scorer, "how do volcanoes form")
    assert logits == await scorer.score("how do volcanoes form", TEXTS)
    lengths = await scorer.lengths("how do volcanoes form", TEXTS)
    assert tokens == [*lengths[:3], 64]
    assert lengths[3] > 64
    assert len(works) == 1


async def test_each_query_has_its_own_text_and_is_asked_once(scorer):
    queries = ("how do volcanoes form", "market", "how do volcanoes form", "market")
    works, tokens, logits = await result(scorer, *queries)
    assert [work.query for work in works] == ["how do volcanoes form", "market"]
    assert logits == [(await scorer.score(query, [text]))[0] for query, text in zip(queries, TEXTS, strict=True)]
    assert tokens == [min((await scorer.lengths(q, [t]))[0], 64) for q, t in zip(queries, TEXTS, strict=True)]


async def test_many_queries_do_not_get_in_their_own_way(scorer):
    """An idle scorer takes a call of any size."""
    scorer.max_queue = 64 * 64
    texts = tuple(f"text {n} {'of many words ' * 20}" for n in range(300))
    _, _, logits = await result(scorer, *(f"query {n} {'and so on ' * 9}" for n in range(300)), texts=texts)
    assert len(set(logits)) > 250


async def test_a_text_that_does_not_fit_may_be_refused(scorer):
    with pytest.raises(TooLongError, match=r"text 3 is too long and must not be cut: .* 64 tokens together"):
        await result(scorer, "how do volcanoes form", truncate=False)
    _, tokens, _ = await result(scorer, "how do volcanoes form", texts=TEXTS[:3], truncate=False)
    assert max(tokens) < 64
    with pytest.raises(TooLongError, match=r"text 0 .* 5 tokens together"):
        await result(scorer, "a", texts=TEXTS[:1], max_pair_tokens=5, truncate=False)


async def test_a_long_query_is_refused_too(scorer):
    with pytest.raises(TooLongError, match="text 0"):
        await result(scorer, LONG, truncate=False)


@pytest.mark.parametrize(("option", "beside"), [("max_tokens", 0), ("max_pair_tokens", 11)])
@pytest.mark.parametrize("size", [9, 20, 30, 44, 52])
async def test_texts_are_cut_where_the_call_says(scorer, option, beside, size):
    query = "how do volcanoes form"
    [length] = await scorer.lengths(query, [""])
    assert length == 11
    works, tokens, logits = await result(scorer, query, **{option: size + beside})
    pieces = works[0].pieces
    assert [len(each) for each in pieces] == [1, 1, 1, 1]
    [cut] = pieces[3]
    assert LONG.startswith(cut)
    assert size - 4 <= tokens[3] - length <= size
    assert tokens[3] == (await scorer.lengths(query, [cut]))[0]
    assert logits[3] == (await scorer.score(query, [cut]))[0]
    assert pieces[1] == ("",)


async def test_the_best_piece_of_a_long_text_counts(scorer):
    query = "how do volcanoes form"
    works, tokens, logits = await result(scorer, query, max_chunks=3)
    pieces = works[0].pieces[3]
    assert len(pieces) == 3
    assert LONG.startswith(" ".join(pieces))
    of_pieces = await scorer.score(query, pieces)
    assert len(set(of_pieces)) == 3
    assert logits == [*await scorer.score(query, TEXTS[:3]), max(of_pieces)]
    assert tokens[3] == sum(await scorer.lengths(query, pieces)) > 150
    assert works[0].pieces[:3] == tuple((text,) for text in TEXTS[:3])


async def test_pieces_that_do_not_hold_all_of_a_text_may_be_refused(scorer):
    text = " ".join(LONG.split()[:80])
    with pytest.raises(TooLongError, match="text 0 is too long and must not be cut: 2 pieces of"):
        await result(scorer, "a", texts=(text,), max_chunks=2, truncate=False)
    works, _, _ = await result(scorer, "a", texts=(text + "\n",), max_chunks=3, truncate=False)
    assert " ".join(works[0].pieces[0]) == text


async def test_the_deadline_is_that_of_the_call(scorer):
    call = Call(None, ("q",), TEXTS)
    with pytest.raises(DeadlineExceededError):
        await measured(call, scorer, time.monotonic() - 1)
    works = await measured(call, scorer, time.monotonic() + 60)
    with pytest.raises(DeadlineExceededError):
        await scored(works, 4, scorer, time.monotonic() - 1)


async def test_without_a_model_nothing_is_cut():
    works, tokens, logits = await result(ConstantScorer(), "a b", max_chunks=2)
    assert works[0].pieces == tuple((text,) for text in TEXTS)
    assert (logits, tokens[3]) == ([0.0] * 4, 1205)
