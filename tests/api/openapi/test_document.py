"""The OpenAPI document: valid, of all that is served and nothing else, and true of every request and answer of the goldens."""

import json
import os
import subprocess
import sys

import pytest
from api.openapi.validation import answer_of, body_of, fits, operations, resolved
from api.shapes.exchange import answered, posted
from api.shapes.test_hosted_docs import FAILURES
from api.shapes.test_hosted_goldens import GOLDENS as HOSTED
from api.shapes.test_local_goldens import ALL as LOCAL
from openapi_spec_validator import OpenAPIV31SpecValidator

from searchrerank.api.openapi import document
from searchrerank.api.openapi.parameters import filled
from searchrerank.api.routes import DEFAULTS, PREFIXED, ROUTES, SHAPES, Route, Task, choose
from searchrerank.message import Request

OPEN = document(model="mini")
KEYED = document(model="mini", keyed=True)
SERVED = [("", route) for route in ROUTES] + [(f"/{prefix}", route) for prefix, routes in PREFIXED.items() for route in routes]
CALLED = [(prefix, route) for prefix, route in SERVED if route.task is Task.RERANK]
# infinity and vLLM take numbers and booleans as strings, as pydantic does; neither says so in its own document.
LAX = {"white space around texts, the name for no model, values as pydantic takes them", "top_n as a string"}
GOLDENS = [
    *(pytest.param(*each.values, False, id=each.id) for each in HOSTED),
    *(pytest.param(shape, exchange, name in LAX, id=f"{shape.name}-{name}") for shape, _, (name, exchange) in LOCAL),
]
OWN_PATHS = {shape.name: path for shape, path, _ in LOCAL if path is not None}


def operation_at(prefix, route, told=OPEN):
    (operation,) = told["paths"][prefix + route.template].values()
    return operation


def where(shape, path):
    """Everywhere that a golden's request may be sent to."""
    found = [
        (prefix, route)
        for prefix, route in CALLED
        if shape.name in {each.name for each in route.shapes}
        and route.pattern.fullmatch(path.removeprefix("/cloudflare").partition("?")[0])
    ]
    assert found
    return found


@pytest.mark.parametrize("told", [OPEN, KEYED, document(model="a/b", in_front=True)], ids=["open", "keyed", "in front"])
def test_it_is_valid(told):
    OpenAPIV31SpecValidator(told).validate()


def test_it_has_all_that_is_served_and_nothing_else():
    told = {(method.upper(), path) for path, method, _ in operations(OPEN)}
    assert told == {(route.methods[0], prefix + route.template) for prefix, route in SERVED}


def test_in_front_of_an_engine_the_engines_own_inference_api_is_not_in_it():
    ours = {prefix + route.template for prefix, route in SERVED if not route.template.startswith("/_inference")}
    assert document(model="m", in_front=True)["paths"].keys() == ours


def test_each_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for _, _, operation in operations(OPEN)]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() for name in names)


@pytest.mark.parametrize(("shape", "exchange", "lax"), GOLDENS)
def test_every_golden_request_and_answer_is_as_declared(shape, exchange, lax):
    path = OWN_PATHS.get(shape.name, exchange.path)
    call = shape.read(posted(exchange.body, path, exchange.headers), exchange.body)
    answer = answered(shape, call, exchange.scores)
    for prefix, route in where(shape, path):
        operation = operation_at(prefix, route)
        assert fits(OPEN, body_of(operation)["schema"], json.loads(exchange.body)) is not lax
        assert fits(OPEN, answer_of(OPEN, operation, 200)["schema"], json.loads(answer.body))


@pytest.mark.parametrize("error", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize(("prefix", "route"), CALLED, ids=lambda value: value.template if isinstance(value, Route) else value)
def test_every_error_of_a_call_is_as_declared(prefix, route, error):
    operation = operation_at(prefix, route, KEYED)
    for shape in route.shapes:
        if error is FAILURES["nothing is served there"]:
            continue  # not at a path that is served
        response = shape.failure(error, Request("POST", filled(route, "mini")))
        told = resolved(KEYED, operation["responses"][str(response.status)])
        assert fits(KEYED, told["content"]["application/json"]["schema"], json.loads(response.body))
        assert response.headers.get("retry-after") is None or "retry-after" in told["headers"]


@pytest.mark.parametrize(("prefix", "route"), CALLED, ids=lambda value: value.template if isinstance(value, Route) else value)
def test_the_examples_of_requests_are_taken_as_what_they_are(prefix, route):
    operation = operation_at(prefix, route)
    media = body_of(operation)
    assert len(media["examples"]) == len(route.shapes)
    for example in media["examples"].values():
        body = json.dumps(example["value"]).encode()
        target = prefix + filled(route, "mini")
        for parameter in operation["parameters"]:
            assert parameter["in"] != "path" or parameter["example"] in target
        choice = choose(posted(body, target), body)
        assert choice.shape.read(choice.request, body).model in {None, "mini"}
        assert fits(OPEN, media["schema"], example["value"])


def test_the_examples_of_answers_are_as_declared():
    for _, _, operation in operations(KEYED):
        for status in operation["responses"]:
            media = answer_of(KEYED, operation, int(status))
            if media is not None:
                examples = [each["value"] for each in media.get("examples", {}).values()]
                examples += [media["example"]] if "example" in media else []
                assert all(fits(KEYED, media["schema"], example) for example in examples)


@pytest.mark.parametrize(("path", "name"), DEFAULTS.items())
def test_a_shared_path_tells_its_default_and_may_have_another(path, name):
    for default in [shape.name for route in ROUTES if route.template == path for shape in route.shapes]:
        told = document(model="m", defaults={**DEFAULTS, path: default})["paths"][path]["post"]
        first = told["summary"].split(", ")[0]
        assert f"else it is {first}." in told["description"]
        assert first.lower().replace(" ", "-") in {default, default.removesuffix("-rerank")} or first == "vLLM rerank"
    assert name in SHAPES


def test_a_key_is_asked_for_where_one_is_needed():
    assert "securitySchemes" not in OPEN["components"]
    assert all(operation["security"] == [] for _, _, operation in operations(OPEN))
    assert not any({"401", "403", "429"} & operation["responses"].keys() for _, _, operation in operations(OPEN))
    for path, _, operation in operations(KEYED):
        schemes = [next(iter(each)) for each in operation["security"]]
        if path.endswith("/health"):
            assert schemes == []
        else:
            assert schemes == (["bearer", "apiKey"] if "_inference" in path else ["bearer"])
            assert "401" in operation["responses"]


def test_it_is_the_same_every_time():
    program = "import json; from searchrerank.api.openapi import document; print(json.dumps(document(model='m', keyed=True)))"
    written = [
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2", "3")
    ]
    assert written[0] == written[1] == written[2]
