"""What APIs tell of the server itself, each in its own form."""

import json

import pytest

from searchrerank.api.about import State, about
from searchrerank.api.routes import choose
from searchrerank.api.shapes.served import Capacity, Served
from searchrerank.errors import UnknownModelError
from searchrerank.message import Request

SERVED = (Served("default", "my-model", None, "int8", 512, 1), Served("other", "cross-encoder/x", "c5ee", "float32", 256, 2))
CAPACITY = Capacity(concurrent_calls=1, documents=2, tokens=3, workers=4, version="5")


def told(target, *, healthy=True, served=SERVED):
    return about(choose(Request("GET", target), b""), State(served, CAPACITY, healthy, 1_700_000_000.5))


@pytest.mark.parametrize("target", ["/v1/models", "/infinity/models", "/infinity/v1/models", "/vllm/v1/models"])
def test_models(target):
    assert [model["id"] for model in json.loads(told(target).body)["data"]] == ["default", "other"]


@pytest.mark.parametrize("target", ["/info", "/tei/info"])
def test_info_is_of_the_default_model(target):
    info = json.loads(told(target).body)
    assert (info["model_id"], info["served_model_name"], info["model_sha"]) == ("my-model", "default", None)
    assert (info["max_concurrent_requests"], info["max_client_batch_size"], info["max_batch_tokens"]) == (1, 2, 3)


@pytest.mark.parametrize(
    ("target", "body"),
    [("/health", b""), ("/tei/health", b""), ("/vllm/health", b""), ("/infinity/health", b'{"unix":1700000000.5}')],
)
def test_health(target, body):
    assert (told(target).status, told(target).body) == (200, body)
    unwell = told(target, healthy=False)
    assert (unwell.status, unwell.body) == (503, b'{"error":"unhealthy","error_type":"Unhealthy"}')


def test_nothing_is_told_of_a_model_where_none_is_served():
    assert told("/v1/models", served=()).body == b'{"object":"list","data":[]}'
    with pytest.raises(UnknownModelError):
        told("/info", served=())
