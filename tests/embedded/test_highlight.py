"""Marked passages."""

import pytest

TEXT = (
    "Foxes are small omnivorous mammals. They live nearly everywhere on the planet. A fox has a flattened skull and upright"
    " triangular ears. Twelve species belong to the group of true foxes. Their tails are long and bushy, as every child knows."
)


@pytest.fixture
async def foxes(http):
    await http("PUT", "/h", {"mappings": {"properties": {"text": {"type": "text", "analyzer": "english"}}}})
    await http("PUT", "/h/_doc/1", {"text": TEXT, "tags": ["red fox", "no", "fox"], "html": "a <b> fox"})
    return http


async def _highlight(http, query, **highlight):
    return (await http.search("h", query, highlight=highlight)).hits[0].get("highlight")


async def test_passages_hold_the_marked_words(foxes):
    passages = (await _highlight(foxes, {"match": {"text": "fox"}}, fields={"text": {}}))["text"]
    assert sum(passage.count("<em>") for passage in passages) == 3
    assert all("<em>" in passage and len(passage) < 220 for passage in passages)
    plain = [passage.replace("<em>", "").replace("</em>", "") for passage in passages]
    assert all(passage in TEXT for passage in plain)
    assert plain == sorted(plain, key=TEXT.index)


async def test_the_whole_field(foxes):
    fields = {"text": {"number_of_fragments": 0, "pre_tags": ["["], "post_tags": ["]"]}}
    passages = (await _highlight(foxes, {"match": {"text": "fox"}}, fields=fields))["text"]
    assert [passage.replace("[", "").replace("]", "") for passage in passages] == [TEXT]
    assert passages[0].startswith("[Foxes] are")


async def test_the_best_passages_come_first_when_asked(foxes):
    query = {"match": {"text": "fox skull ears"}}
    options = {"number_of_fragments": 1, "fragment_size": 60}
    assert "<em>skull</em>" in (await _highlight(foxes, query, order="score", fields={"text": options}))["text"][0]


async def test_each_value_of_a_list_is_its_own_passage(foxes):
    found = await _highlight(foxes, {"match": {"tags": "fox"}}, fields={"ta*": {}})
    assert found == {"tags": ["red <em>fox</em>", "<em>fox</em>"]}


async def test_only_fields_that_were_searched_are_marked_unless_asked(foxes):
    query = {"match": {"tags": "fox"}}
    assert await _highlight(foxes, query, fields={"text": {}}) is None
    assert await _highlight(foxes, query, fields={"text": {}}, require_field_match=False)


async def test_prefixes_phrases_and_what_is_not_wanted(foxes):
    assert "<em>flattened</em>" in str(await _highlight(foxes, {"prefix": {"text": "flat"}}, fields={"text": {}}))
    phrase = {"match_phrase_prefix": {"text": "upright tri"}}
    assert "<em>upright</em> <em>triangular</em>" in str(await _highlight(foxes, phrase, fields={"text": {}}))
    query = {"bool": {"must": {"match": {"text": "skull"}}, "must_not": {"match": {"text": "fox wolf", "x": 1}}}}
    query["bool"]["must_not"] = {"match": {"text": "wolf"}}
    assert "<em>wolf" not in str(await _highlight(foxes, query, fields={"text": {}}))


async def test_no_match_size_and_html(foxes):
    query = {"match": {"html": "fox"}}
    shown = await _highlight(foxes, query, fields={"text": {"no_match_size": 12}, "html": {"encoder": "html"}})
    assert shown == {"text": ["Foxes are small"], "html": ["a &lt;b&gt; <em>fox</em>"]}


@pytest.mark.parametrize("options", [{"highlight_query": {}}, {"fields": {"text": {"fragmenter": "span"}}}])
async def test_what_is_not_served_is_refused(foxes, options):
    answer = await foxes.search("h", {"match_all": {}}, highlight={"fields": {"text": {}}, **options})
    assert answer.status == 400
    assert "of highlighting" in answer.body.decode()
