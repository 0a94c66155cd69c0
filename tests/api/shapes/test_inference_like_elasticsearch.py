"""What the inference API says of requests that it cannot read: ours and a licensed Elasticsearch's, side by side."""

import json

import httpx
import pytest
from api.shapes.exchange import posted
from api.shapes.test_local_refusals import CASES, PARAMETERS
from native.scores_server import scores_server

from searchrerank.api.shapes.elasticsearch import ELASTICSEARCH
from searchrerank.errors import BadCallError, MethodNotAllowedError, UnknownModelError
from searchrerank.message import Request

pytestmark = pytest.mark.slow

TARGET = "/_inference/rerank/mini"
WELL = b'{"query": "q", "input": ["x"]}'


@pytest.fixture(scope="module")
def licensed(elasticsearch9trial):
    with scores_server() as scores:
        settings = {"url": f"http://{scores.authority}/rerank", "api_key": "any"}
        endpoint = f"{elasticsearch9trial.url}{TARGET}"
        endpoint_of = {"service": "hugging_face", "service_settings": settings}
        httpx.put(endpoint, json=endpoint_of, timeout=60).raise_for_status()
        yield elasticsearch9trial
        httpx.delete(endpoint, timeout=60).raise_for_status()


def engines(licensed, body, target=TARGET, method="POST"):
    response = httpx.request(
        method, licensed.url + target, content=body, headers={"content-type": "application/json"}, timeout=60
    )
    return response.status_code, response.content


def ours(body, target=TARGET):
    request = posted(body, target)
    with pytest.raises(BadCallError) as caught:
        ELASTICSEARCH.read(request, body)
    response = ELASTICSEARCH.failure(caught.value, request)
    return response.status, response.body


@pytest.mark.parametrize("body", [body for body, *_ in CASES], ids=lambda body: repr(body)[:70])
def test_bodies(licensed, body):
    assert ours(body) == engines(licensed, body)


@pytest.mark.parametrize("parameters", [parameters for parameters, *_ in PARAMETERS])
def test_parameters(licensed, parameters):
    target = f"{TARGET}?{parameters}"
    assert ours(WELL, target) == engines(licensed, WELL, target)


@pytest.mark.parametrize(
    "body",
    [
        b'{"input": ["x"]}',
        b'{"query": "q", "input": ["x"], "top_n": "x"}',
        b'\n { "query": "q",\n "input": {"a": 1}}',
        b'{"query": "q", "input": ["x"], "task_settings": null}',
    ],
)
@pytest.mark.parametrize("parameters", ["", "?pretty", "?pretty=true&human"])
def test_without_a_task_type(licensed, body, parameters):
    target = f"/_inference/mini{parameters}"
    assert ours(body, target) == engines(licensed, body, target)


@pytest.mark.parametrize("target", ["/_inference/rerank/none", "/_inference/none", "/_inference/no%2Fne?pretty"])
def test_no_such_endpoint(licensed, target):
    told = ELASTICSEARCH.failure(UnknownModelError("none"), posted(WELL, target))
    assert (told.status, told.body) == engines(licensed, WELL, target)


def test_another_method(licensed):
    """The engine allows more of them."""
    error = MethodNotAllowedError("", ["GET", "POST", "PUT", "DELETE"])
    told = ELASTICSEARCH.failure(error, Request("PATCH", TARGET))
    assert (told.status, json.loads(told.body)) == (405, json.loads(engines(licensed, WELL, method="PATCH")[1]))
