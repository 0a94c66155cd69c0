import json
import shutil
from itertools import product

import numpy as np
import onnxruntime
import pytest
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from searchrerank.config import Model
from searchrerank.errors import ModelError, ScorerError
from searchrerank.scoring import open_scorer
from searchrerank.scoring.pairs import PairEncoder, kept, well_formed

TOKENIZERS = [
    "tiny-bert",
    "tiny-deberta-v2",
    "tiny-xlm-roberta",
    "mxbai-rerank-xsmall-v1",
    "mxbai-rerank-base-v1",
    "ms-marco-MiniLM-L6-v2",
    "bge-reranker-base",
]
TEXTS = ["what is a cat", "", "Zürich, 東京 and Łódź!", "a\tb\n\nc", "nul \0 nul", "👩‍👩‍👧 [SEP] </s> <mask>", "x" * 300]


def plain(path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_pair_is_what_the_tokenizer_itself_makes_of_it(name, stand_in):
    path = stand_in(name) / "tokenizer.json"
    encoder, tokenizer = PairEncoder.read(path, 4096), plain(path)
    for query in TEXTS:
        encoded = encoder.query(query)
        for passage in TEXTS:  # from the second query on their ids are remembered
            pair, whole = encoder.pair(encoded, passage), tokenizer.encode(query, passage)
            assert pair.ids.tolist() == whole.ids
            assert pair.type_ids.tolist() == whole.type_ids
            assert pair.ids.dtype == pair.type_ids.dtype == np.int64


def test_a_passage_is_read_once_and_cut_to_each_query(stand_in, monkeypatch):
    path = stand_in("tiny-bert") / "tokenizer.json"
    encoder, read = PairEncoder.read(path, 64), []
    monkeypatch.setattr(encoder, "_read", lambda texts, real=encoder._read: read.extend(texts) or real(texts))
    passage = "valley cloud river " * 40
    for words in (40, 3, 12):
        query = encoder.query("mountain " * words)
        fresh = PairEncoder.read(path, 64)
        np.testing.assert_array_equal(encoder.pair(query, passage).ids, fresh.pair(query, passage).ids)
    assert read.count(passage) == 1


@pytest.mark.parametrize(
    ("pair", "right"),
    [
        (["[CLS]:0", "$A:0", "[SEP]:0", "$B:0", "[SEP]:0"], True),
        (["$A:0", "[SEP]:0", "$B:1"], True),
        (["[CLS]:0", "[SEP]:0", "$A:1", "[SEP]:1", "[SEP]:0", "$B:0"], False),
        (["[CLS]:0", "$B:0", "[SEP]:0", "$A:1", "[SEP]:1"], False),
        (["[CLS]:0", "$A:0", "[SEP]:1", "$B:1", "[SEP]:1"], True),
        (["[CLS]:0", "$A:0", "$A:0", "[SEP]:0", "$B:1", "[SEP]:1"], False),
    ],
)
def test_other_templates(pair, right, stand_in, tmp_path):
    tokenizer = plain(stand_in("tiny-bert") / "tokenizer.json")
    special = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing(single="$A", pair=pair, special_tokens=special)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    if not right:
        with pytest.raises(ModelError, match=r"tokenizer.json: its post_processor cannot be used: it does not put special"):
            PairEncoder.read(tmp_path / "tokenizer.json", 64)
        return
    encoder = PairEncoder.read(tmp_path / "tokenizer.json", 64)
    made, whole = encoder.pair(encoder.query("river cloud"), "the mountain"), tokenizer.encode("river cloud", "the mountain")
    assert made.ids.tolist() == whole.ids
    assert made.type_ids.tolist() == whole.type_ids


@pytest.mark.parametrize("name", ["tiny-bert", "tiny-deberta-v2", "tiny-xlm-roberta"])
@pytest.mark.parametrize("most", [63, 64])
@pytest.mark.parametrize(
    ("query", "passage"), [(400, 6), (6, 400), (400, 0), (0, 400), (40, 41), (40, 40), (41, 40), (400, 40), (400, 400)]
)
def test_what_is_too_long_loses_its_end_as_the_tokenizer_cuts_it(name, most, query, passage, stand_in):
    path = stand_in(name) / "tokenizer.json"
    query, passage = "a " * query, "a " * passage  # one token each
    whole = plain(path)
    whole.enable_truncation(most, strategy="longest_first")
    right = whole.encode(query, passage)

    encoder = PairEncoder.read(path, most)
    pair = encoder.pair(encoder.query(query), passage)
    assert pair.ids.tolist() == right.ids
    assert pair.type_ids.tolist() == right.type_ids
    assert len(right.ids) == most


def test_a_long_query_stays_whole_beside_a_short_passage(stand_in):
    path = stand_in("tiny-bert") / "tokenizer.json"
    encoder = PairEncoder.read(path, 64)
    query, passage = "a " * 44, "a"
    whole = plain(path).encode(query, passage).ids
    tokens = encoder.query(query)
    assert encoder.pair(tokens, passage).ids.tolist() == whole
    assert encoder.lengths(tokens, [passage]) == [len(whole)]
    assert len(whole) > 64 // 2


@pytest.mark.parametrize("room", [8, 9])
def test_how_much_is_kept(room):
    for query, passage in product(range(12), repeat=2):
        of_query, of_passage = kept(query, passage, room)
        assert of_query + of_passage == min(query + passage, room)
        assert of_query == query or of_query >= room // 2
        assert of_passage == passage or of_passage >= room // 2
    assert kept(12, 12, room) == (room // 2, room - room // 2)
    assert kept(13, 12, room) == (room - room // 2, room // 2)


def test_a_query_is_paired_many_times_unchanged(stand_in):
    encoder = PairEncoder.read(stand_in("tiny-bert") / "tokenizer.json", 32)
    query = encoder.query("a question " * 40)
    first = encoder.pair(query, "one passage")
    encoder.pair(query, "another that is much longer " * 20)
    again = encoder.pair(query, "one passage")
    np.testing.assert_array_equal(first.ids, again.ids)


def test_a_text_of_megabytes_reads_as_its_beginning_does(stand_in):
    encoder = PairEncoder.read(stand_in("tiny-bert") / "tokenizer.json", 128)
    query = encoder.query("q")
    text = "lava builds a cone layer by layer. " * 100_000
    np.testing.assert_array_equal(encoder.pair(query, text).ids, encoder.pair(query, text[:4000]).ids)


@pytest.mark.parametrize("name", TOKENIZERS)
@pytest.mark.parametrize(
    "text",
    [
        "lava builds a cone, layer by layer.  " * 400,
        "Zürich, 東京 and Łódź! " * 400,
        "short " * 200 + " " * 6000 + "after a long pause " * 100,
        "in one\tword\nthen\u3000as " * 300,
        "x" * 5000 + " and more " * 300,
        "  " + "unbroken" * 900,
    ],
)
def test_a_long_text_reads_as_the_tokenizer_reads_all_of_it(name, text, stand_in):
    path = stand_in(name) / "tokenizer.json"
    encoder = PairEncoder.read(path, 512)
    query = encoder.query("q")
    room = 512 - len(encoder.pair(query, "").ids)
    whole = plain(path).encode(text, add_special_tokens=False).ids[:room]
    assert encoder.pair(query, text).ids[-len(whole) - 1 : -1].tolist() == whole


def test_little_is_read_of_what_has_many_words(stand_in, monkeypatch):
    encoder, read = PairEncoder.read(stand_in("tiny-bert") / "tokenizer.json", 128), []
    monkeypatch.setattr(encoder, "_tokens", lambda texts, real=encoder._tokens: read.extend(texts) or real(texts))
    encoder.lengths(encoder.query("q"), ["many words are here " * 1000])
    assert sum(map(len, read)) < 8 * 128 + 10


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\udfff", "\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("nul\0", "nul\0"),
        ("\ufeffbom", "\ufeffbom"),
        ("", ""),
    ],
)
def test_lone_surrogates_are_replaced(text, replaced, stand_in):
    assert well_formed(text) == replaced
    encoder = PairEncoder.read(stand_in("tiny-deberta-v2") / "tokenizer.json", 64)
    pair = encoder.pair(encoder.query(text), text)
    expected = encoder.pair(encoder.query(replaced), replaced)
    np.testing.assert_array_equal(pair.ids, expected.ids)


def test_a_tokenizer_that_fails_on_a_text(stand_in, tmp_path):
    content = json.loads((stand_in("tiny-bert") / "tokenizer.json").read_bytes())
    del content["model"]["vocab"]["[UNK]"]
    content["added_tokens"] = [each for each in content["added_tokens"] if each["content"] != "[UNK]"]
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    encoder = PairEncoder.read(tmp_path / "tokenizer.json", 64)
    with pytest.raises(ScorerError, match=r"the tokenizer cannot read a text: .*UNK"):
        encoder.query("\u2603")
    query = encoder.query("river")
    good, bad, again = encoder.pairs(query, ["valley", "\u2603", "valley"])
    assert good.ids.tolist() == again.ids.tolist() == encoder.pair(query, "valley").ids.tolist()
    assert isinstance(bad, ScorerError)
    with pytest.raises(ScorerError, match="UNK"):
        encoder.pair(query, "\u2603")


@pytest.mark.parametrize("name", ["tiny-bert", "tiny-deberta-v2", "tiny-xlm-roberta", "ms-marco-MiniLM-L6-v2"])
async def test_from_text_to_logits_as_done_by_hand(name, stand_in, passages):
    folder = stand_in(name)
    tokenizer = plain(folder / "tokenizer.json")
    session = onnxruntime.InferenceSession(str(folder / "onnx" / "model.onnx"), providers=["CPUExecutionProvider"])
    inputs = {each.name for each in session.get_inputs()}
    query, texts = "how do volcanoes form", [text[:600] for text in passages]
    expected = []
    for text in texts:
        pair = tokenizer.encode(query, text)
        values = {"input_ids": pair.ids, "attention_mask": pair.attention_mask, "token_type_ids": pair.type_ids}
        [logits] = session.run(None, {key: np.array([value]) for key, value in values.items() if key in inputs})
        expected.append(logits.item())

    scorer = open_scorer(folder, Model(name=name, threads=2, precision="fp32"))
    try:
        np.testing.assert_allclose(await scorer.score(query, texts), expected, rtol=0, atol=1e-5)
    finally:
        await scorer.close()


def test_the_settings_may_shorten_pairs(stand_in, tmp_path):
    folder = shutil.copytree(stand_in("tiny-bert"), tmp_path / "m")
    assert open_scorer(folder, Model(max_tokens=64, precision="fp32")).max_tokens == 64
    assert open_scorer(folder, Model(max_tokens=100_000, precision="fp32")).max_tokens == 512
