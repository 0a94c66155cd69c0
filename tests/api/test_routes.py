"""Which API a request is of: each rule, for each two APIs that share a path, against all rules that come after it."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.api.routes import DEFAULTS, PREFIXED, ROUTES, SHAPES, Task, choose, likely
from searchrerank.errors import MethodNotAllowedError, UnknownPathError
from searchrerank.message import Headers, Request

SHARED = {
    "/v1/rerank": ["cohere-v1", "jina", "voyage", "vllm-rerank", "infinity"],
    "/v2/rerank": ["cohere-v2", "vllm-rerank"],
    "/rerank": ["infinity", "tei", "vllm-rerank"],
}
PREFIXES = {
    "cohere-v1": "cohere",
    "cohere-v2": "cohere",
    "jina": "jina",
    "voyage": "voyage",
    "vllm-rerank": "vllm",
    "infinity": "infinity",
    "tei": "tei",
}
# in the order in which they count, where a body has several
FIELDS = {
    "tei": ["texts"],
    "cohere-v1": ["rank_fields", "max_chunks_per_doc"],
    "voyage": ["top_k", "truncation"],
    "jina": ["max_doc_length", "return_embeddings"],
    "vllm-rerank": [
        "truncate_prompt_tokens",
        "truncation_side",
        "padding",
        "use_activation",
        "max_tokens_per_query",
        "request_id",
        "mm_processor_kwargs",
        "cache_salt",
        "instruction",
        "chat_template_kwargs",
    ],
    "infinity": ["raw_scores"],
}
_COHERES = ["rerank-english-v3.0", "rerank-multilingual-v3.0", "rerank-v3.5", "rerank-v4.0-pro"]
MODELS = {
    "cohere-v1": _COHERES,
    "cohere-v2": _COHERES,
    "jina": ["jina-reranker-v2-base-multilingual", "jina-reranker-m0"],
    "voyage": ["rerank-2", "rerank-2.5-lite", "rerank-lite-1", "rerank-1"],
}
_COHERE = [("X-Fern-SDK-Name", "cohere"), ("User-Agent", "cohere/5.20.1"), ("X-Client-Name", "mine")]
CLIENTS = {
    "cohere-v1": _COHERE,
    "cohere-v2": _COHERE,
    "voyage": [("X-Fern-SDK-Name", "voyageai"), ("User-Agent", "Voyage/v1 PythonBindings/0.3")],
}
PAIRS = [(path, *pair) for path, names in SHARED.items() for pair in itertools.permutations(names, 2)]


def evident(evidence):
    """Each pair with each thing that speaks for the first of the two."""
    cases = [(path, one, other, what) for path, one, other in PAIRS for what in evidence.get(one, ())]
    return pytest.mark.parametrize(("path", "one", "other", "evidence"), cases, ids=str)


def posted(path, fields=(), model=None, client=None):
    """A request, and the body that it has. fields: their values are of no matter."""
    body = {"query": "q", **dict.fromkeys(fields), **({} if model is None else {"model": model})}
    return Request("POST", path, Headers(() if client is None else (client,))), json.dumps(body).encode()


def chosen(path, defaults=DEFAULTS, **evidence):
    return choose(*posted(path, **evidence), defaults).shape.name


def against(other, *rules):
    """What speaks for `other` by the rules that are named."""
    evidence = {"fields": FIELDS, "model": MODELS, "client": CLIENTS}
    found = {rule: evidence[rule][other] for rule in rules if other in evidence[rule]}
    return {rule: each if rule == "fields" else each[0] for rule, each in found.items()}


def for_default(path, name):
    return {**DEFAULTS, path: name}


def test_the_shapes_of_each_shared_path():
    assert {route.template: [shape.name for shape in route.shapes] for route in ROUTES if len(route.shapes) > 1} == SHARED
    assert DEFAULTS == {"/v1/rerank": "cohere-v1", "/v2/rerank": "cohere-v2", "/rerank": "infinity"}


@pytest.mark.parametrize(("path", "one", "other"), PAIRS)
def test_rule_1_a_prefix_before_all_else(path, one, other):
    choice = choose(*posted(f"/{PREFIXES[one]}{path}?a=b", **against(other, "fields", "model", "client")))
    assert choice.shape.name == one
    assert choice.request.target == f"{path}?a=b"


@evident(FIELDS)
def test_rule_3_a_field_that_one_api_has_before_the_models_name_the_client_and_the_default(path, one, other, evidence):
    assert chosen(path, for_default(path, other), fields=[evidence], **against(other, "model", "client")) == one


@pytest.mark.parametrize(("path", "one", "other"), [pair for pair in PAIRS if FIELDS.keys() >= {*pair[1:]}])
def test_rule_3_of_fields_of_several_apis_the_first_in_the_order_that_is_written_counts(path, one, other):
    first, second = sorted([one, other], key=list(FIELDS).index)
    assert chosen(path, for_default(path, second), fields=[*FIELDS[other], *FIELDS[one]]) == first


@evident(MODELS)
def test_rule_4_the_models_name_before_the_client_and_the_default(path, one, other, evidence):
    assert chosen(path, for_default(path, other), model=evidence, **against(other, "client")) == one


@evident(CLIENTS)
def test_rule_5_the_client_before_the_default(path, one, other, evidence):
    assert chosen(path, for_default(path, other), client=evidence) == one


@pytest.mark.parametrize(("path", "one", "other"), PAIRS)
def test_rule_6_the_default(path, one, other):
    assert chosen(path, for_default(path, one)) == one
    assert (
        chosen(path, for_default(path, one), model="BAAI/bge-reranker-base", client=("User-Agent", "python-httpx/0.28")) == one
    )


@pytest.mark.parametrize(("path", "name"), DEFAULTS.items())
@pytest.mark.parametrize("body", [b"", b"[]", b"texts", b'{"texts":', b"\xff", b'{"model":7}', b'{"model":null}', b"[" * 5000])
def test_a_body_that_tells_nothing_leaves_the_default(path, name, body):
    assert choose(Request("POST", path), body).shape.name == name


@pytest.mark.parametrize("path", SHARED)
@pytest.mark.parametrize("name", [name for name in SHAPES if name in {*FIELDS, *MODELS}])
def test_what_speaks_for_an_api_that_lives_elsewhere_is_passed_over(path, name):
    if name not in SHARED[path]:
        evidence = against(name, "fields", "model", "client")
        assert chosen(path, **evidence) == DEFAULTS[path]


@given(st.binary() | st.dictionaries(st.text(), st.none() | st.text() | st.integers()).map(json.dumps).map(str.encode))
def test_whatever_the_body_one_of_the_paths_apis_is_chosen(body):
    for path, names in SHARED.items():
        assert choose(Request("POST", path), body).shape.name in names


PATHS = [
    ("POST", "/score", "vllm-score", Task.RERANK),
    ("POST", "/v1/score", "vllm-score", Task.RERANK),
    ("POST", "/client/v4/accounts/0123/ai/run/@cf/baai/bge-reranker-base", "cloudflare", Task.RERANK),
    ("POST", "/client/v4/accounts/0123/ai/run/%40cf/baai/bge-reranker-base", "cloudflare", Task.RERANK),
    ("POST", "/ai/run/@cf/baai/bge-reranker-base", "cloudflare", Task.RERANK),
    ("POST", "/_inference/rerank/mini?timeout=5s", "elasticsearch", Task.RERANK),
    ("POST", "/_inference/BAAI%2Fbge-reranker-base", "elasticsearch", Task.RERANK),
    ("GET", "/info", "tei", Task.INFO),
    ("GET", "/health", "tei", Task.HEALTH),
    ("HEAD", "/health", "tei", Task.HEALTH),
    ("GET", "/v1/models", "vllm-rerank", Task.MODELS),
]
BELOW = [
    ("POST", "/cohere", "/v1/rerank", "cohere-v1", Task.RERANK),
    ("POST", "/cohere", "/v2/rerank", "cohere-v2", Task.RERANK),
    ("POST", "/jina", "/v1/rerank", "jina", Task.RERANK),
    ("POST", "/jina", "/rerank", "jina", Task.RERANK),
    ("POST", "/voyage", "/v1/rerank", "voyage", Task.RERANK),
    ("POST", "/voyage", "/rerank", "voyage", Task.RERANK),
    ("POST", "/cloudflare", "/client/v4/accounts/0123/ai/run/@cf/baai/bge-reranker-base", "cloudflare", Task.RERANK),
    ("POST", "/cloudflare", "/ai/run/@cf/baai/bge-reranker-base", "cloudflare", Task.RERANK),
    ("POST", "/tei", "/rerank", "tei", Task.RERANK),
    ("GET", "/tei", "/info", "tei", Task.INFO),
    ("GET", "/tei", "/health", "tei", Task.HEALTH),
    ("POST", "/infinity", "/rerank", "infinity", Task.RERANK),
    ("POST", "/infinity", "/v1/rerank", "infinity", Task.RERANK),
    ("GET", "/infinity", "/models", "infinity", Task.MODELS),
    ("GET", "/infinity", "/v1/models", "infinity", Task.MODELS),
    ("GET", "/infinity", "/health", "infinity", Task.HEALTH),
    ("POST", "/vllm", "/rerank", "vllm-rerank", Task.RERANK),
    ("POST", "/vllm", "/v1/rerank", "vllm-rerank", Task.RERANK),
    ("POST", "/vllm", "/v2/rerank", "vllm-rerank", Task.RERANK),
    ("POST", "/vllm", "/score", "vllm-score", Task.RERANK),
    ("POST", "/vllm", "/v1/score", "vllm-score", Task.RERANK),
    ("GET", "/vllm", "/v1/models", "vllm-rerank", Task.MODELS),
    ("GET", "/vllm", "/health", "vllm-rerank", Task.HEALTH),
]


@pytest.mark.parametrize(("method", "target", "name", "task"), PATHS)
def test_rule_2_a_path_of_one_api(method, target, name, task):
    request = Request(method, target)
    choice = choose(request, b'{"texts":[],"top_k":1}')
    assert (choice.shape.name, choice.task, choice.request) == (name, task, request)


@pytest.mark.parametrize(("method", "prefix", "target", "name", "task"), BELOW)
def test_what_is_below_a_prefix(method, prefix, target, name, task):
    choice = choose(Request(method, prefix + target), b"")
    assert (choice.shape.name, choice.task, choice.request) == (name, task, Request(method, target))


def test_every_route_is_tested():
    tested = {*SHARED, *(target for _, target, *_ in PATHS)}
    assert all(any(route.pattern.fullmatch(path.partition("?")[0]) for path in tested) for route in ROUTES)
    below = {
        (prefix[1:], route)
        for _, prefix, target, *_ in BELOW
        for route in PREFIXED[prefix[1:]]
        if route.pattern.fullmatch(target)
    }
    assert below == {(prefix, route) for prefix, routes in PREFIXED.items() for route in routes}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/rerank/",
        "/v3/rerank",
        "/v1/rerank/x",
        "//rerank",
        "/tei",
        "/tei/",
        "/tei/v1/rerank",
        "/tei/tei/rerank",
        "/jina/v2/rerank",
        "/cohere/rerank",
        "/TEI/rerank",
        "/_inference",
        "/_inference/sparse_embedding/mini",
        "/_inference/rerank/a/b",
        "/client/v4/accounts/a/b/ai/run/@cf/x",
        "/ai/run/",
        "/models",
    ],
)
def test_nothing_is_served_elsewhere(path):
    with pytest.raises(UnknownPathError, match="nothing is served at"):
        choose(Request("POST", path), b"")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/rerank", ("POST",)),
        ("HEAD", "/rerank", ("POST",)),
        ("PUT", "/tei/rerank", ("POST",)),
        ("PUT", "/_inference/rerank/mini", ("POST",)),
        ("DELETE", "/ai/run/@cf/x", ("POST",)),
        ("post", "/v2/rerank", ("POST",)),
        ("POST", "/info", ("GET", "HEAD")),
        ("POST", "/vllm/health", ("GET", "HEAD")),
        ("OPTIONS", "/v1/models", ("GET", "HEAD")),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(method, path, allowed):
    with pytest.raises(MethodNotAllowedError, match="is not served at") as caught:
        choose(Request(method, path), b"")
    assert caught.value.allowed == allowed


@pytest.mark.parametrize(
    ("method", "target", "headers", "name"),
    [
        ("POST", "/v1/rerank", (), "cohere-v1"),
        ("GET", "/v1/rerank", (), "cohere-v1"),
        ("POST", "/v2/rerank", (), "cohere-v2"),
        ("POST", "/rerank", (), "infinity"),
        ("POST", "/v1/rerank", (("X-Fern-SDK-Name", "voyageai"),), "voyage"),
        ("POST", "/tei/rerank", (), "tei"),
        ("POST", "/voyage/nowhere", (), "voyage"),
        ("POST", "/nowhere", (), "cohere-v1"),
        ("POST", "/_inference/a/b/c", (), "elasticsearch"),
        ("POST", "/info", (), "tei"),
    ],
)
def test_errors_are_told_by_the_api_that_is_most_likely_meant(method, target, headers, name):
    assert likely(Request(method, target, Headers(headers))).shape.name == name


def test_errors_at_a_shared_path_are_told_by_its_default():
    assert likely(Request("POST", "/v1/rerank"), for_default("/v1/rerank", "jina")).shape.name == "jina"
    assert likely(Request("POST", "/nowhere"), for_default("/v1/rerank", "jina")).shape.name == "jina"
