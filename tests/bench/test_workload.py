"""What is scored: exact lengths, real texts, no pair twice."""

import pytest
from stand_ins.make import stand_in
from tokenizers import Tokenizer

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.scoring import Workload
from searchrerank.evaluation import Collection, Document, bundled_collection


@pytest.fixture(params=["tiny-bert", "tiny-deberta-v2", "tiny-xlm-roberta"])
def tokenizer(request):
    return stand_in(request.param) / "tokenizer.json"


def workload(tokenizer, collection=None, **options):
    return Workload(collection or bundled_collection(), tokenizer, **options)


@pytest.mark.parametrize("tokens", [16, 33, 128, 512])
def test_pairs_of_a_length_have_exactly_that_length(tokenizer, tokens):
    query, passages = workload(tokenizer).of_length(tokens, 5)
    reader = Tokenizer.from_file(str(tokenizer))
    reader.no_truncation()
    reader.no_padding()
    assert query
    assert [len(reader.encode(query, passage).ids) for passage in passages] == [tokens] * 5
    assert len(set(passages)) == 5


def test_numbered_passages_are_as_long_and_never_come_again(tokenizer):
    documents = (Document("1", "a text of a few words"), Document("2", "and another one"))
    made = workload(tokenizer, Collection("small", documents, {"1": "one", "2": "one"}, {}))
    windows = [made.of_length(32, 2, numbered=True) for _ in range(4)]
    assert {length for window in windows for length in made.pair_lengths(window)} == {32}
    assert len({passage for _, passages in windows for passage in passages}) == 8


def test_a_window_is_a_question_with_texts_as_they_stand():
    collection = bundled_collection()
    query, passages = workload(stand_in("tiny-bert") / "tokenizer.json").window(50)
    assert query in collection.queries.values()
    texts = {f"{each.title}\n{each.text}".strip() for each in collection.documents}
    assert len(set(passages)) == 50
    assert set(passages) <= texts


def test_no_pair_comes_twice_until_all_have_been():
    documents = tuple(Document(str(number), f"text {number}") for number in range(6))
    collection = Collection("small", documents, {"1": "one", "2": "two"}, {})
    made = workload(stand_in("tiny-bert") / "tokenizer.json", collection).windows(6, 2)
    pairs = [(query, passage) for query, passages in made for passage in passages]
    assert len(pairs) == len(set(pairs)) == 12


def test_a_seed_makes_the_same_windows_again():
    tokenizer = stand_in("tiny-bert") / "tokenizer.json"
    assert workload(tokenizer).windows(3, 5) == workload(tokenizer).windows(3, 5)
    assert workload(tokenizer).windows(3, 5) != workload(tokenizer, seed=2).windows(3, 5)


def test_the_lengths_of_a_window_are_those_of_its_pairs(tokenizer):
    made = workload(tokenizer)
    assert made.pair_lengths(made.of_length(64, 3)) == [64, 64, 64]


def test_an_empty_collection_is_refused():
    with pytest.raises(BenchmarkError, match="nothing has no documents or no judged queries"):
        workload(stand_in("tiny-bert") / "tokenizer.json", Collection("nothing", (), {}, {}))
