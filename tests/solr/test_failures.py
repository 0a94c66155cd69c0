"""Errors of the proxy's own are in Solr's shape and in the client's format; and a search fails open as everywhere."""

import socket
from xml.etree import ElementTree as ET

import httpx
import pytest
from serving import serving
from solr.answers import compared
from solr.core import Core

from searchrerank.dialects.solr import javabin

SEARCH = {"q": "text_t:(the bowl)"}


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory, unused_tcp_port_factory):
    """A proxy in front of a Solr that is down."""
    file = tmp_path_factory.mktemp("nowhere") / "config.toml"
    file.write_text('[upstream]\nengine = "solr"\n', encoding="utf-8")
    with serving(f"http://127.0.0.1:{unused_tcp_port_factory()}", "--config", str(file)) as proxy:
        yield Core(proxy.url, "sentences")


def told(answer):
    """What an error says: its status and its code, and its message."""
    media = answer.headers["content-type"]
    if media == "application/octet-stream":
        tree = javabin.read(answer.content)
        error = tree.get("error")
        return (
            javabin.integer_of(tree.get("responseHeader").get("status")),
            javabin.integer_of(error.get("code")),
            javabin.text_of(error.get("msg")),
        )
    if media == "application/xml; charset=UTF-8":
        tree = ET.fromstring(answer.content)
        status, code = (int(tree.find(path).text) for path in ("lst/int[@name='status']", "lst/int[@name='code']"))
        return status, code, tree.find("lst/str[@name='msg']").text
    assert media == "application/json;charset=utf-8"
    error = answer.json()["error"]
    return answer.json()["responseHeader"]["status"], error["code"], error["msg"]


@pytest.mark.parametrize("wt", ["json", "xml", "javabin", "csv", None])
@pytest.mark.parametrize("send", ["get", "form"])
def test_a_solr_that_is_down(nowhere, send, wt):
    asked = SEARCH if wt is None else {**SEARCH, "wt": wt}
    answer = getattr(nowhere, send)(asked)
    assert answer.status_code == 502
    status, code, message = told(answer)
    assert status == code == 502
    assert "refused" in message


def test_a_shape_like_that_of_solrs_own_errors(filled, constant):
    for wt in ("json", "xml", "javabin"):
        own = filled.get({**SEARCH, "sort": "nobody asc", "wt": wt})
        ours = constant.get({**SEARCH, "wt": wt}, **{"X-Searchrerank": "nonsense"})
        assert ours.headers["content-type"] == own.headers["content-type"]
        assert ours.reason_phrase == own.reason_phrase == "Bad Request"
        assert told(own)[:2] == told(ours)[:2] == (400, 400)
        assert "[X-Searchrerank] is [nonsense]" in told(ours)[2]


def test_a_body_that_is_no_http_is_refused_in_json(constant):
    address = httpx.URL(constant.engine)
    with socket.create_connection((address.host, address.port)) as connection:
        connection.sendall(b"GET /solr/x/select HTTP/1.1\r\nbroken\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert b"400 Bad Request" in answer
    assert b'"code": 400' in answer


def test_a_budget_that_is_spent_costs_the_order_alone(filled, behind):
    with behind('[rerank]\nbudget = "1ms"\n', model="searchrerank-mini-en") as core:
        answer = core.get(SEARCH)
    assert answer.headers["x-searchrerank"] == "failed-open; reason=deadline"
    assert compared(answer) == compared(filled.get(SEARCH))


@pytest.mark.parametrize("wt", ["json", "xml", "javabin"])
def test_a_budget_that_is_spent_is_an_error_where_that_is_wanted(behind, wt):
    with behind('[rerank]\nbudget = "1ms"\non_failure = "closed"\n', model="searchrerank-mini-en") as core:
        answer = core.form({**SEARCH, "wt": wt})
    assert answer.status_code == 504
    assert told(answer)[:2] == (504, 504)


def test_an_answer_that_is_too_large_is_asked_for_again(filled, behind):
    with behind('[server]\nmax_search_answer = "1KB"\n') as core:
        answer = core.get(SEARCH)
    assert answer.headers["x-searchrerank"] == "failed-open; reason=answer-too-large"
    assert compared(answer) == compared(filled.get(SEARCH))
