import json
from pathlib import Path

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.embedded import EmbeddedEngine
from searchrerank.errors import ConfigurationError, UpstreamError
from searchrerank.evaluation import Document, bundled_collection, compare, index_collection, ndcg, read_collection, search_all


def test_the_bundled_collection_is_whole():
    collection = bundled_collection()
    assert (collection.name, len(collection.documents), len(collection.queries)) == ("xquad_en_sent", 1180, 1186)
    known = {document.id for document in collection.documents}
    assert all(set(row) <= known for row in collection.judgements.values())
    assert collection.queries.keys() == collection.judgements.keys()
    assert collection.documents[0] == Document(
        "s1",
        "The Panthers defense gave up just 308 points, ranking sixth in the league, while also leading the NFL in "
        "interceptions with 24 and boasting four Pro Bowl selections.",
        "Super Bowl 50",
    )


def test_a_folder_that_is_no_collection_is_refused(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="not a judged collection"):
        read_collection(tmp_path)
    (tmp_path / "corpus.jsonl").write_text('{"_id": "a"}\n', encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text("{broken\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="not a judged collection"):
        read_collection(tmp_path)


def test_ndcg_is_the_textbooks():
    judgements = {"q1": {"a": 1}, "q2": {"a": 2, "b": 1}, "q3": {"a": 1}}
    found = ndcg(judgements, {"q1": ["x", "a"], "q2": ["a", "b"]})
    assert found == {"q1": pytest.approx(0.6309297535714575), "q2": 1.0, "q3": 0.0}
    assert ndcg({"q": {"a": 1}}, {"q": ["x"] * 1 + ["y", "a"]}, depth=2) == {"q": 0.0}


IDS = st.sampled_from("abcdefgh")
JUDGED = st.dictionaries(st.sampled_from(["q1", "q2", "q3"]), st.dictionaries(IDS, st.integers(-1, 3), min_size=1), min_size=1)
RANKED = st.dictionaries(st.sampled_from(["q1", "q2", "q3", "q4"]), st.lists(IDS, unique=True))


@given(JUDGED, RANKED, st.integers(1, 10))
def test_ndcg_is_that_of_trec_eval(judgements, rankings, depth):
    qrels = [ir_measures.Qrel(query, *judged) for query, row in judgements.items() for judged in row.items()]
    run = [
        ir_measures.ScoredDoc(query, document, -rank)
        for query, ranking in rankings.items()
        for rank, document in enumerate(ranking)
    ]
    theirs = {each.query_id: each.value for each in ir_measures.iter_calc([ir_measures.nDCG @ depth], qrels, run)}
    assert ndcg(judgements, rankings, depth) == pytest.approx(theirs)


def test_gains_come_first_and_losses_last():
    ranked = compare({"a": 0.5, "b": 0.5, "c": 1.0}, {"a": 0.5, "b": 1.0, "c": 0.0})
    assert [(each.query_id, each.gain) for each in ranked] == [("b", 0.5), ("a", 0.0), ("c", -1.0)]


async def test_questions_are_asked_of_a_real_engine_over_http():
    collection = bundled_collection()
    async with EmbeddedEngine() as engine:
        await index_collection(engine.url, collection, "sentences")
        wanted = {"q1": collection.queries["q1"], "q2": collection.queries["q2"]}
        answers = {query: hits async for query, hits in search_all(engine.url, "sentences", wanted)}
        with pytest.raises(UpstreamError, match="no such index"):
            [each async for each in search_all(engine.url, "nowhere", wanted)]
        with pytest.raises(UpstreamError, match="resource_already_exists"):
            await index_collection(engine.url, collection, "sentences")
    assert answers.keys() == wanted.keys()
    assert answers["q1"][0].id == "s1"
    assert [hit.score for hit in answers["q1"]] == sorted((hit.score for hit in answers["q1"]), reverse=True)
    assert json.dumps(answers["q1"][0].text).startswith('"The Panthers defense gave up just 308 points')
