"""Each format, taken apart and put together: nothing changes but what is changed."""

import pytest

from searchrerank.dialects.solr import javabin
from searchrerank.dialects.solr.notation import UnreadableError, notation_of

JSON = b"""{
  "responseHeader":{
    "status":0
  },
  "response":{
    "numFound":3,
    "start":0,
    "maxScore":1.5,
    "numFoundExact":true,
    "docs":[{
      "id":"1",
      "n":1e400,
      "score":1.5
    },{
      "id":"2",
      "tags":["a","<\\u0026"],
      "kids":[{
        "id":"3"
      }],
      "score":1.0
    }]
  },
  "highlighting":{
    "1":{ },
    "2":{
      "id":["x"]
    }
  }
}
"""
XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<response>

<lst name="responseHeader">
  <int name="status">0</int>
</lst>
<result name="response" numFound="3" start="0" maxScore="1.5" numFoundExact="true">
  <doc>
    <str name="id">1</str>
    <double name="n">1e400</double>
    <float name="score">1.5</float></doc>
  <doc>
    <str name="id">2</str>
    <arr name="tags">
      <str>a</str>
      <str>&lt;&amp;</str>
    </arr>
    <arr name="kids">
      <doc>
        <str name="id">3</str></doc>
    </arr>
    <float name="score">1.0</float></doc>
</result>
<lst name="highlighting">
  <lst name="1"/>
  <lst name="2">
    <arr name="id">
      <str>x</str>
    </arr>
  </lst>
</lst>
</response>
"""


def binary():
    name = {
        each: javabin.Name(each.encode())
        for each in ("responseHeader", "status", "response", "id", "n", "score", "tags", "kids", "highlighting", "1", "2")
    }
    entries = lambda **own: javabin.Entries(javabin.Tag.ORDERED_MAP, tuple((name[each], node) for each, node in own.items()))  # noqa: E731
    document = lambda **own: javabin.Document(javabin.Tag.ORDERED_MAP, tuple((name[each], node) for each, node in own.items()))  # noqa: E731
    array = lambda *own: javabin.Array(javabin.Tag.ARRAY, own)  # noqa: E731
    text = javabin.text_scalar
    documents = array(
        document(id=text("1"), n=b"\x05" + bytes(8), score=javabin.float_scalar(1.5)),
        document(
            id=text("2"), tags=array(text("a"), text("<&")), kids=array(document(id=text("3"))), score=javabin.float_scalar(1.0)
        ),
    )
    head = array(javabin.long_scalar(3), javabin.long_scalar(0), javabin.float_scalar(1.5), b"\x01")
    return javabin.write(
        entries(
            responseHeader=entries(status=javabin.integer_scalar(0)),
            response=javabin.DocumentList(head, documents),
            highlighting=entries(**{"1": entries(), "2": entries(id=array(text("x")))}),
        )
    )


@pytest.fixture(params=["json", "wrapped", "flat", "xml", "flat xml", "javabin"])
def body(request):
    return {
        "json": JSON,
        "wrapped": b"called(" + JSON + b")",
        "flat": JSON.replace(b"\n", b"").replace(b"  ", b""),
        "xml": XML,
        "flat xml": XML.replace(b"\n", b"").replace(b"  ", b""),
        "javabin": binary(),
    }[request.param]


@pytest.fixture
def notation(body):
    return notation_of(body)


@pytest.fixture
def sections(body, notation):
    return {entry.name: entry.node for entry in notation.entries(notation.read(body))}


def rebuilt(notation, node):
    """The same, every container of it taken apart and put together again."""
    try:
        entries = notation.entries(node)
    except UnreadableError:
        return node
    return notation.with_entries(node, [entry._replace(node=rebuilt(notation, entry.node)) for entry in entries])


def test_nothing_changes_by_itself(body, notation):
    root = notation.read(body)
    assert notation.write(rebuilt(notation, root), body) == body


def test_hits_change_places_and_come_back(body, notation, sections):
    result = sections["response"]
    documents = notation.documents(result)
    swapped = notation.with_documents(result, documents[::-1])
    assert notation.documents(swapped) == documents[::-1]
    assert notation.with_documents(swapped, documents) == result


def test_what_is_left_out_is_gone_and_nothing_else(notation, sections):
    [first, second] = notation.documents(sections["response"])
    entries = notation.entries(second)
    assert [entry.name for entry in entries] == ["id", "tags", "kids", "score"]
    for left in ("id", "tags", "score"):
        kept = notation.with_entries(second, [entry for entry in entries if entry.name != left])
        assert [entry.name for entry in notation.entries(kept)] == [entry.name for entry in entries if entry.name != left]
    nothing = notation.with_entries(first, [])
    assert notation.entries(nothing) == []
    assert notation.documents(notation.with_documents(sections["response"], [])) == []


def test_values(notation, sections):
    [first, second] = (
        {entry.name: entry.node for entry in notation.entries(each)} for each in notation.documents(sections["response"])
    )
    assert notation.texts(first["id"], numbers=False) == ["1"]
    assert notation.texts(second["tags"], numbers=False) == ["a", "<&"]
    assert notation.texts(second["kids"], numbers=True) == []
    assert notation.texts(first["score"], numbers=True) == ["1.5"]
    assert notation.texts(first["score"], numbers=False) == []
    assert notation.number(first["score"]) == 1.5
    assert notation.number(first["id"]) in {None, 1.0}
    assert notation.number(notation.with_number(first["score"], 0.25)) == 0.25
    assert notation.number(notation.with_number(first["score"], 1e300)) == pytest.approx(3.4028235e38)
    assert notation.texts(notation.with_text(first["id"], 'a <&> "b" \u2028'), numbers=False) == ['a <&> "b" \u2028']
    items = notation.items(second["tags"])
    assert notation.texts(notation.with_items(second["tags"], items[1:]), numbers=False) == ["<&"]
    assert notation.texts(notation.in_place_of(second["tags"], items[0]), numbers=False) == ["a"]
    assert notation.items(first["id"]) is None


def test_documents_within_documents(notation, sections):
    _, second = notation.documents(sections["response"])
    kids = next(entry.node for entry in notation.entries(second) if entry.name == "kids")
    emptied = notation.mapped(kids, lambda document: notation.with_entries(document, []))
    [kid] = notation.items(emptied)
    assert notation.entries(kid) == []
    tags = next(entry.node for entry in notation.entries(second) if entry.name == "tags")
    assert notation.mapped(tags, lambda _: pytest.fail("no document")) == tags


def test_the_numbers_of_a_result(body, notation, sections):
    result = sections["response"]
    changed = notation.with_head(result, start=7, found=2, max_score=0.125)
    assert notation.documents(changed) == notation.documents(result)
    assert notation.with_head(notation.with_head(changed, start=0, found=3, max_score=1.5)) == result
    shown = str(changed)
    if body.startswith(b"\x02"):
        assert [javabin.number_of(each) for each in changed.head.items[:3]] == [2, 7, 0.125]
    else:
        for number in ("7", "0.125"):
            assert number in shown
    bare = notation.without_max_score(result)
    assert notation.with_head(bare, max_score=3.0) == bare != result


def test_a_member_under_another_name(notation, sections):
    first, _ = notation.documents(sections["response"])
    *others, score = notation.entries(first)
    both = notation.with_entries(first, [*others, score, notation.renamed(score, "engine")])
    assert [(entry.name, notation.number(entry.node)) for entry in notation.entries(both)][2:] == [
        ("score", 1.5),
        ("engine", 1.5),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b" ",
        b"[]",
        b"{",
        b"cb(1)",
        b"<response>",
        b"<html></html>",
        b"<response><a></response>",
        b"\x02\xff",
        b'{"a":1,"a":2}',
    ],
)
def test_what_is_no_answer_is_refused(broken):
    with pytest.raises(UnreadableError):
        documents_of(broken)


def documents_of(body):
    notation = notation_of(body)
    root = notation.read(body)
    notation.entries(root)
    return notation.documents(root)
