"""Invariants: windows leave no token out and none is longer than asked; each ends past the one before; a cut falls before a
word wherever one begins in reach. Of a text, they are parts that stand in it as they are."""

import asyncio
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.errors import DeadlineExceededError
from searchrerank.scoring import ConstantScorer
from searchrerank.scoring.pairs import PairEncoder
from searchrerank.scoring.windows import windows

TOKENIZERS = ["tiny-bert", "tiny-deberta-v2", "tiny-xlm-roberta", "mxbai-rerank-xsmall-v1", "bge-reranker-base"]
# Texts in which no two windows are alike, so that each is found in its place.
WORDS = "".join(f"River {n} carries sediment to sea {n * 7}; slowly it hardens, near Zürich, into rock.\n\n" for n in range(60))
UNBROKEN = "".join(f"東京は日本の首都で{n}番です。" for n in range(150))
GIANT = "".join(map(str, range(100, 900)))
EMOJI = "".join(f"👩‍👩‍👧{n}" for n in range(100, 300))
BROKEN = "".join(f"a\ud800{n} " for n in range(150))


@st.composite
def cuttings(draw):
    tokens = draw(st.integers(1, 12))
    return draw(st.lists(st.booleans(), max_size=80)), tokens, draw(st.integers(1, tokens))


@given(cuttings(), st.integers(1, 100))
def test_windows_cover_the_tokens(cutting, most):
    begins, tokens, stride = cutting
    found = windows(len(begins), begins.__getitem__, tokens=tokens, stride=stride, most=most)
    assert len(found) <= most
    covered = 0
    for start, end in found:
        assert start <= covered < end
        assert end - start <= tokens
        for cut in (start, end):
            assert cut in (0, len(begins)) or begins[cut] or not any(begins[max(cut - stride + 1, 1) : cut])
        covered = end
    for (start, _), (following, _) in pairwise(found):
        assert start < following
    if len(found) < most:
        assert covered == len(begins)


def test_windows_of_words():
    assert windows(10, lambda _: True, tokens=4, stride=3, most=9) == [(0, 4), (3, 7), (6, 10)]
    assert windows(10, lambda _: True, tokens=4, stride=3, most=2) == [(0, 4), (3, 7)]
    assert windows(10, {0, 3, 5, 8}.__contains__, tokens=4, stride=3, most=9) == [(0, 3), (3, 5), (5, 8), (8, 10)]
    assert windows(3, lambda _: True, tokens=4, stride=3, most=9) == [(0, 3)]
    assert windows(0, lambda _: True, tokens=4, stride=3, most=9) == []


@pytest.fixture(params=TOKENIZERS)
def encoder(request, stand_in):
    return PairEncoder.read(stand_in(request.param) / "tokenizer.json", 512)


@pytest.mark.parametrize("text", [WORDS, UNBROKEN, GIANT, EMOJI, BROKEN])
def test_windows_of_a_text_are_parts_of_it_that_leave_nothing_out(encoder, text):
    well_formed = text.replace("\ud800", "\ufffd")
    end = 0
    for passage in encoder.split(text, tokens=32, stride=20, most=10_000):
        start = well_formed.index(passage)
        assert not well_formed[end:start].strip()
        end = start + len(passage)
    assert not well_formed[end:].strip()


def test_no_passage_of_words_is_longer_than_asked(encoder):
    passages = encoder.split(WORDS, tokens=64, stride=48, most=10_000)
    assert len(passages) > 10
    assert max(len(encoder.query(passage)) for passage in passages) <= 64
    assert min(len(encoder.query(passage)) for passage in passages[:-1]) > 48


def test_no_more_passages_than_asked_however_long_the_text(encoder):
    text = WORDS * 200
    began = time.process_time()
    passages = encoder.split(text, tokens=64, stride=48, most=3)
    assert time.process_time() - began < 5
    assert len(passages) == 3
    assert text.startswith(passages[0])
    assert passages == encoder.split(text[:20_000], tokens=64, stride=48, most=3)


@pytest.mark.parametrize("name", ["mxbai-rerank-xsmall-v1", "bge-reranker-base"])
def test_tokens_of_many_characters_are_read_as_far_as_it_takes(name, stand_in):
    encoder = PairEncoder.read(stand_in(name) / "tokenizer.json", 512)
    text = " ".join(f"{n}{' ' * 40}" for n in range(100, 600))
    passages = encoder.split(text, tokens=32, stride=32, most=2)
    assert sum(len(encoder.query(passage)) for passage in passages) > 32


@pytest.mark.parametrize("text", ["", " \n ", "one"])
def test_a_short_text_is_one_passage(encoder, text):
    assert encoder.split(text, tokens=32, stride=20, most=4) in ([text], [text.strip()])


def test_a_window_leaves_room_for_the_longest_query(stand_in):
    encoder = PairEncoder.read(stand_in("tiny-bert") / "tokenizer.json", 64)
    query = encoder.query("question " * 100)
    for passage in encoder.split(WORDS, tokens=256, stride=192, most=100):
        whole = encoder.pair(encoder.query(""), passage).ids.tolist()[2:]
        assert encoder.pair(query, passage).ids.tolist()[-len(whole) :] == whole


async def test_a_scorer_splits_in_its_threads(scorer):
    texts = ["short", WORDS, "", WORDS[:100]]
    found = await scorer.split(texts, tokens=64, stride=48, most=8)
    assert [len(passages) for passages in found] == [1, 8, 1, 1]
    assert found[0] == ["short"]
    assert await scorer.split([], tokens=64, stride=48, most=8) == []
    with pytest.raises(DeadlineExceededError):
        await scorer.split(texts, tokens=64, stride=48, most=8, deadline=time.monotonic())


async def test_a_deadline_ends_the_splitting_and_the_loop_runs_on_meanwhile(scorer):
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticker = asyncio.create_task(tick())
    with pytest.raises(DeadlineExceededError, match=r"when \d+ of 400 texts were split"):
        await scorer.split([WORDS * 100] * 400, tokens=256, stride=256, most=200, deadline=time.monotonic() + 1)
    ticker.cancel()
    assert scorer.waiting == 0
    assert ticks >= 10


async def test_the_constant_scorer_leaves_a_text_whole():
    assert await ConstantScorer().split(["a b", ""], tokens=16, stride=1, most=1) == [["a b"], [""]]
