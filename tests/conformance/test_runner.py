"""The runner judges as the suite's README.md says: a runner that lets everything pass would prove nothing."""

import json
from contextlib import contextmanager

import pytest
from conformance.api import Api, ParameterError
from conformance.assertions import CHECKS
from conformance.lookup import Stash, transformed, value_at
from conformance.runner import FailedError, Session, SkippedError
from conformance.suite import read_suite
from conformance.versions import within
from conformance.yaml_text import documents

from searchrerank.message import Headers, Response

SPECS = {
    "_common": {"params": {"pretty": {}}},
    "search": {
        "search": {
            "url": {
                "paths": [
                    {"path": "/_search", "methods": ["GET", "POST"]},
                    {"path": "/{index}/_search", "methods": ["GET", "POST"], "parts": {"index": {}}},
                ]
            },
            "params": {"size": {}, "routing": {}},
            "body": {},
        }
    },
    "exists": {
        "exists": {"url": {"paths": [{"path": "/{index}/_doc/{id}", "methods": ["HEAD"], "parts": {"index": {}, "id": {}}}]}}
    },
    "bulk": {
        "bulk": {
            "url": {"paths": [{"path": "/_bulk", "methods": ["POST", "PUT"]}]},
            "body": {"serialize": "bulk", "required": True},
        }
    },
}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    folder = tmp_path_factory.mktemp("specs")
    for name, spec in SPECS.items():
        (folder / f"{name}.json").write_text(json.dumps(spec), encoding="utf-8")
    return Api(folder)


@pytest.mark.parametrize(
    ("name", "arguments", "request_line", "body"),
    [
        ("search", {}, "GET /_search", b""),
        ("search", {"index": "a b/c"}, "GET /a%20b%2Fc/_search", b""),
        ("search", {"index": ["a", "b*"], "size": 3, "pretty": True}, "GET /a%2Cb%2A/_search?size=3&pretty=true", b""),
        ("search", {"body": {"q": "é", "n": 1}}, "POST /_search", '{"q":"é","n":1}'.encode()),
        ("exists", {"index": "i", "id": 1}, "HEAD /i/_doc/1", b""),
        ("bulk", {"body": ['{"index":{}}', {"a": 1}]}, "POST /_bulk", b'{"index":{}}\n{"a":1}\n'),
        ("bulk", {"body": '{"index":{}}\n{"a":1}\n'}, "POST /_bulk", b'{"index":{}}\n{"a":1}\n'),
    ],
)
def test_calls(api, name, arguments, request_line, body):
    call = api.call(name, arguments, {})
    assert (f"{call.method} {call.target}", call.body) == (request_line, body)


def test_media_types(api):
    assert api.call("bulk", {"body": ["{}"]}, {}).headers == (("content-type", "application/x-ndjson"),)
    assert api.call("search", {"body": {}}, {}).headers == (("content-type", "application/json"),)
    assert api.call("search", {}, {}).headers == ()
    own = {"Content-Type": "application/yaml"}
    assert api.call("search", {"body": "a: 1"}, own).headers == (("Content-Type", "application/yaml"),)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("serach", {}), ("search", {"sizee": 1}), ("exists", {"index": "i"}), ("exists", {"index": "i", "id": ""}), ("bulk", {})],
)
def test_calls_that_the_specs_do_not_know(api, name, arguments):
    with pytest.raises(ParameterError):
        api.call(name, arguments, {})


@pytest.mark.parametrize(
    ("operator", "found", "expected", "fits"),
    [
        ("match", 1, 1.0, True),
        ("match", 1, True, False),
        ("match", "1", 1, False),
        ("match", 4.611686018427388e18, 4611686018427387903, True),
        ("match", 4611686018427387904, 4611686018427387903, False),
        ("match", None, None, True),
        ("match", {"a": [1, {"b": 2}]}, {"a": [1.0, {"b": 2}]}, True),
        ("match", {"a": 1, "b": 2}, {"a": 1}, False),
        ("match", [1, 2], [2, 1], False),
        ("match", "health  status\n", "/^ health \\s+ status \\n $/\n", True),
        ("match", "status", "/^ health/", False),
        ("match", "/", "/", True),
        ("length", [1, 2], 2, True),
        ("length", {"a": 1}, 2, False),
        ("length", "abc", 3, True),
        ("length", None, 0, False),
        ("is_true", {}, None, True),
        ("is_true", "false", None, False),
        ("is_true", 0, None, False),
        ("is_true", None, None, False),
        ("is_false", False, None, True),
        ("is_false", "", None, True),
        ("is_false", "x", None, False),
        ("gt", 2, 1, True),
        ("gt", 1, 1, False),
        ("gte", 1, 1, True),
        ("lt", "b", "a", False),
        ("lte", None, 1, False),
        ("contains", [{"a": 1, "b": 2}], {"a": 1}, True),
        ("contains", [{"a": 2}], {"a": 1}, False),
        ("contains", "abc", "b", True),
        ("close_to", 1.05, {"value": 1.0, "error": 0.1}, True),
        ("close_to", 1.5, {"value": 1.0, "error": 0.1}, False),
        ("close_to", None, {"value": 1.0, "error": 0.1}, False),
    ],
)
def test_operators(operator, found, expected, fits):
    assert (CHECKS[operator](found, expected) is None) is fits


@pytest.mark.parametrize(
    ("version", "ranges", "inside"),
    [
        ("3.8.0", "all", True),
        ("3.8.0", " - 2.99.99", False),
        ("2.19.6", " - 2.99.99", True),
        ("3.8.0", "3.0.0 - ", True),
        ("3.8.0", "- 2.6.99, 2.13.0 - ", True),
        ("2.7.0", "- 2.6.99, 2.13.0 - ", False),
        ("2.10.0", "2.9.0 - 2.11.0", True),
        ("3.8.0", "7.4.0 - ", True),
        ("3.8.0", " - 7.10.99", False),
        ("8.1.0", "7.99.0 - 8.2.0", True),
    ],
)
def test_version_ranges(version, ranges, inside):
    assert within(version, ranges) is inside


def test_paths_and_stash():
    stash = Stash()
    stash.keep("node", "n.1")
    answer = {"nodes": {"n.1": {"up": True}}, "a.b": [{"c": 1}], "user": "u", "password": "p"}
    assert value_at(answer, stash.path("nodes.$node.up")) is True
    assert value_at(answer, stash.path("a\\.b.0.c")) == 1
    assert value_at(answer, stash.path("a\\.b.1.c")) is None
    assert value_at(answer, stash.path("nodes._arbitrary_key_")) == "n.1"
    assert value_at(answer, stash.path("")) == answer
    assert stash.filled({"$node": ["$node", "x-${node}", "$5.00"]}) == {"n.1": ["n.1", "x-n.1", "$5.00"]}
    assert transformed(answer, "#base64EncodeCredentials(user,password)", stash) == "dTpw"


def test_yaml_is_read_as_the_engines_read_it():
    text = "{day: 2016-01-01, time: 12:30, yes: on, n: 010, f: 1e3, none: ~, t: true, 1: one, null: x}"
    assert list(documents(text)) == [
        {
            "day": "2016-01-01",
            "time": "12:30",
            "yes": "on",
            "n": 10,
            "f": 1000.0,
            "none": None,
            "t": True,
            "1": "one",
            "null": "x",
        }
    ]


def test_a_folder_becomes_cases(tmp_path):
    (tmp_path / "get").mkdir()
    (tmp_path / "get" / "10_basic.yml").write_text(
        "---\nsetup:\n  - do: {a: {}}\n---\nteardown:\n  - do: {b: {}}\n"
        "---\n'One':\n  - match: {x: 1}\n---\n'Two':\n  - is_true: y\n",
        encoding="utf-8",
    )
    one, two = read_suite(tmp_path)
    assert (one.name, one.file, one.folder) == ("get/10_basic/One", "get/10_basic", "get")
    assert (one.setup, one.steps, one.teardown) == ((("do", {"a": {}}),), (("match", {"x": 1}),), (("do", {"b": {}}),))
    assert two.steps == (("is_true", "y"),)


class Scripted:
    """A way whose engine says what it is told to say."""

    def __init__(self, status=200, body=b"{}", media="application/json", headers=()):
        self.answer = Response(status, "", Headers((("content-type", media), *headers)), body)
        self.calls = []

    def send(self, call):
        self.calls.append(call)
        return self.answer


@contextmanager
def failing(complaint):
    with pytest.raises(FailedError, match=complaint):
        yield


def session(api, way):
    return Session(api, "3.8.0", way)


MISSING = b'{"error":{"type":"index_not_found_exception","reason":"no such index [i]"},"status":404}'


@pytest.mark.parametrize(
    ("way", "catch", "complaint"),
    [
        (Scripted(), None, None),
        (Scripted(404, MISSING), None, "search: 404 .*no such index"),
        (Scripted(404, MISSING), "missing", None),
        (Scripted(404, MISSING), "conflict", "404 is not conflict"),
        (Scripted(200), "missing", "200 is not missing"),
        (Scripted(500, b'{"error":"x"}'), "request", None),
        (Scripted(404, MISSING), "request", "404 is not request"),
        (Scripted(404, MISSING), r"/type\=index_not_found_exception, reason=no such index/", None),
        (Scripted(404, MISSING), "/something else/", "is no error that says"),
        (Scripted(200, MISSING), "/no such index/", "is no error that says"),
    ],
)
def test_catch(api, way, catch, complaint):
    step = ("do", {"search": {}} if catch is None else {"catch": catch, "search": {}})
    if complaint is None:
        session(api, way).steps("test", (step,))
    else:
        with failing(complaint):
            session(api, way).steps("test", (step,))


def test_catch_param(api):
    session(api, Scripted()).steps("test", (("do", {"catch": "param", "search": {"sizee": 1}}),))
    with failing("200 is not param"):
        session(api, Scripted()).steps("test", (("do", {"catch": "param", "search": {}}),))


def test_head_is_true_or_false(api):
    exists = ("do", {"exists": {"index": "i", "id": 1}})
    session(api, Scripted(404, b"")).steps("test", (exists, ("is_false", "")))
    session(api, Scripted(200, b"")).steps("test", (exists, ("is_true", "")))
    with failing("test 2 is_true: the body: False is not true"):
        session(api, Scripted(404, b"")).steps("test", (exists, ("is_true", "")))


def test_values_travel_from_one_answer_to_the_next_call(api):
    way = Scripted(body=b'{"_id":"a b","n":[1,2]}')
    steps = (
        ("do", {"search": {}}),
        ("set", {"_id": "id"}),
        ("match", {"$body.n.1": 2}),
        ("do", {"search": {"routing": "$id", "body": {"x": "${id}!"}}}),
        ("match", {"_id": "$id"}),
    )
    session(api, way).steps("test", steps)
    assert (way.calls[1].target, way.calls[1].body) == ("/_search?routing=a%20b", b'{"x":"a b!"}')


def test_warnings_that_are_asked_for(api):
    way = Scripted(headers=(("Warning", '299 OpenSearch-3.8.0-abc "[x] is \\"old\\""'),))
    session(api, way).steps("test", (("do", {"warnings": ['[x] is "old"'], "search": {}}),))
    with failing("not warned of"):
        session(api, way).steps("test", (("do", {"warnings": ["[y] is old"], "search": {}}),))


def test_text_and_yaml_answers(api):
    session(api, Scripted(body=b"green open\n", media="text/plain")).steps(
        "test", (("do", {"search": {}}), ("match", {"$body": "/^green \\s open \\n$/"}))
    )
    session(api, Scripted(body=b"---\na: 1\n", media="application/yaml")).steps(
        "test", (("do", {"search": {}}), ("match", {"a": 1}))
    )


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ((("skip", {"features": "spi_on_classpath_jdk9"}),), "needs spi_on_classpath_jdk9"),
        ((("skip", {"features": ["headers", "moon"]}),), "needs moon"),
        ((("skip", {"version": " - 3.9.99", "reason": "later"}),), "versions  - 3.9.99: later"),
        ((("do", {"node_selector": {"version": " - 2.9.99"}, "search": {}}),), "no node for"),
        ((("pray", {}),), "the operator pray"),
    ],
)
def test_skips(api, steps, reason):
    with pytest.raises(SkippedError, match=reason):
        session(api, Scripted()).steps("test", steps)
    session(api, Scripted()).steps("test", (("skip", {"version": " - 2.9.99", "features": "headers"}),))
