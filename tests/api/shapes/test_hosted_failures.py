"""Errors that do not come of reading a body: each has the status, the shape and the header fields that its API documents."""

import json

import pytest
from api.shapes.exchange import posted

from searchrerank import errors
from searchrerank.api.shapes.answers import nearest
from searchrerank.api.shapes.cloudflare import Cloudflare
from searchrerank.api.shapes.cohere import CohereV1, CohereV2
from searchrerank.api.shapes.jina import Jina
from searchrerank.api.shapes.voyage import Voyage
from searchrerank.errors import SearchrerankError

SHAPES = (CohereV1(), CohereV2(), Jina(), Voyage(), Cloudflare())
JSON = ("content-type", "application/json")

# an error, the header fields that it adds; and for each API its status and what tells it from others
FAILURES = [
    (errors.TooManyDocumentsError("x"), (), (400, 400, (422, None), 400, (400, 5006))),
    (errors.TooManyTokensError("x"), (), (400, 400, (400, "INPUT_TOKEN_LIMIT_EXCEEDED"), 400, (400, 5006))),
    (errors.TooLongError("x"), (), (400, 400, (400, "INPUT_TOKEN_LIMIT_EXCEEDED"), 400, (400, 5006))),
    (errors.BadRequestError("x"), (), (400, 400, (400, None), 400, (400, 3003))),
    (
        errors.UnauthorizedError("x"),
        (("www-authenticate", "Bearer"),),
        (401, 401, (401, "AUTH_MISSING_API_KEY"), 401, (401, 10000)),
    ),
    (errors.ForbiddenError("x"), (), (403, 403, (403, None), 403, (403, 5018))),
    (errors.UnknownModelError("x"), (), (404, 404, (400, "INPUT_MODEL_NOT_FOUND"), 400, (400, 5007))),
    (errors.UnknownPathError("x"), (), (404, 404, (404, "RESOURCE_NOT_FOUND"), 404, (404, 7003))),
    (
        errors.MethodNotAllowedError("x", ["GET", "HEAD"]),
        (("allow", "GET, HEAD"),),
        (405, 405, (405, "RESOURCE_NOT_FOUND"), 405, (405, 7003)),
    ),
    (errors.BodyTooLargeError("x"), (), (413, 413, (413, None), 413, (413, 3006))),
    (
        errors.RateLimitedError("x", 1.2),
        (("retry-after", "2"),),
        (429, 429, (429, "RATE_REQUEST_LIMIT_EXCEEDED"), 429, (429, 3036)),
    ),
    (
        errors.RateLimitedError("x", 0.0),
        (("retry-after", "1"),),
        (429, 429, (429, "RATE_REQUEST_LIMIT_EXCEEDED"), 429, (429, 3036)),
    ),
    (
        errors.ScorerOverloadedError("x"),
        (("retry-after", "1"),),
        (503, 503, (503, "SERVICE_UNAVAILABLE"), 503, (503, 3040)),
    ),
    (errors.ScorerError("x"), (), (503, 503, (503, "SERVICE_UNAVAILABLE"), 503, (503, 3043))),
    (errors.DeadlineExceededError("x"), (), (504, 504, (504, "SERVICE_TIMEOUT"), 504, (504, 3007))),
    (errors.ModelError("x"), (), (500, 500, (500, "INTERNAL_ERROR"), 500, (500, 3043))),
    (SearchrerankError("x"), (), (500, 500, (500, "INTERNAL_ERROR"), 500, (500, 3043))),
]


@pytest.mark.parametrize(("error", "added", "told"), FAILURES, ids=lambda value: type(value).__name__)
def test_each_api_has_its_own_words_for_an_error(error, added, told):
    v1, v2, (jina, code), voyage, (cloudflare, number) = told
    detail = b'{"detail":"x"}' if code is None else b'{"detail":"x","code":"%s"}' % code.encode()
    if jina == 422:
        detail = b'{"detail":"x","errors":[]}'
    message = b"AiError: Bad input: Error: x" if number == 5006 else b"x"
    envelope = b'{"result":{},"success":false,"errors":[{"code":%d,"message":"%s"}],"messages":[]}' % (number, message)
    expected = [
        (v1, b'{"message":"x"}'),
        (v2, b'{"message":"x"}'),
        (jina, detail),
        (voyage, b'{"detail":"x"}'),
        (cloudflare, envelope),
    ]
    for shape, (status, body) in zip(SHAPES, expected, strict=True):
        response = shape.failure(error, posted(b""))
        assert (response.status, response.body) == (status, body), shape.name
        assert response.headers.pairs == (JSON, *added), shape.name


def test_jina_tells_a_wrong_key_from_none():
    request = posted(b"", headers=(("Authorization", "Bearer x"),))
    response = Jina().failure(errors.UnauthorizedError("x"), request)
    assert response.body == b'{"detail":"x","code":"AUTH_INVALID_API_KEY"}'


# what else an error is made of
MORE = {errors.RateLimitedError: (1.0,), errors.MethodNotAllowedError: (("POST",),)}


def kinds(kind: type[SearchrerankError]) -> set[type[SearchrerankError]]:
    """All but those of the embedded engine, which other tests of the session import and no API ever meets."""
    below = (each for each in kind.__subclasses__() if not each.__module__.startswith("searchrerank.embedded"))
    return {kind}.union(*map(kinds, below))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_error_there_is_can_be_told(shape):
    for kind in kinds(SearchrerankError):
        error = kind("x", *MORE.get(kind, ()))
        response = shape.failure(error, posted(b""))
        assert isinstance(json.loads(response.body), dict)
        blamed = range(400, 500) if isinstance(error, errors.ClientError) else range(500, 600)
        assert response.status in blamed, kind
        assert response.reason


def test_the_nearest_entry_is_the_one_of_the_class_or_of_the_first_above_it():
    table = {SearchrerankError: 1, errors.ClientError: 2, errors.BadCallError: 3}
    assert nearest(table, errors.TooLongError("x")) == 3
    assert nearest(table, errors.ForbiddenError("x")) == 2
    assert nearest(table, errors.ScorerError("x")) == 1
