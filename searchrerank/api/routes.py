"""Which API a request is of. Several share a path, so rules decide, each of which is tested for every pair of them.

Rule 1: a prefix that names an API (`/tei/rerank`) decides.
Rule 2: else the path does, where one API only lives there.
Rule 3: else a field that only one of its APIs has, whatever its value.
Rule 4: else the model's name, where it is one of a hosted API's own.
Rule 5: else the client's, as its headers tell it.
Rule 6: else the path's default, which the configuration may change.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import msgspec

from searchrerank.api.protocol import Shape
from searchrerank.api.shapes.cloudflare import Cloudflare
from searchrerank.api.shapes.cohere import CohereV1, CohereV2
from searchrerank.api.shapes.elasticsearch import ELASTICSEARCH
from searchrerank.api.shapes.infinity import INFINITY
from searchrerank.api.shapes.jina import Jina
from searchrerank.api.shapes.tei import TEI
from searchrerank.api.shapes.vllm import VLLM_RERANK, VLLM_SCORE
from searchrerank.api.shapes.voyage import Voyage
from searchrerank.errors import MethodNotAllowedError, UnknownPathError
from searchrerank.message import Headers, Request

__all__ = ["DEFAULTS", "OWN_FIELDS", "PREFIXED", "ROUTES", "SHAPES", "Choice", "Route", "Task", "choose", "likely"]


class Task(Enum):
    """What is asked: to score, or to tell of the server."""

    RERANK = "rerank"
    INFO = "info"
    HEALTH = "health"
    MODELS = "models"


@dataclass(frozen=True, slots=True)
class Route:
    """A path, and the shapes that live there. template: `{model}` stands for any text, another name in braces for a segment."""

    template: str
    shapes: tuple[Shape, ...]
    task: Task = Task.RERANK
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        literal = re.escape(self.template).replace(r"\{model\}", ".+")
        object.__setattr__(self, "pattern", re.compile(re.sub(r"\\{\w+\\}", "[^/]+", literal)))

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that it answers."""
        return ("POST",) if self.task is Task.RERANK else ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a request is. request: as the API itself would have seen it, without a prefix."""

    task: Task
    shape: Shape
    request: Request


COHERE_V1, COHERE_V2, JINA, VOYAGE, CLOUDFLARE = CohereV1(), CohereV2(), Jina(), Voyage(), Cloudflare()

SHAPES: Mapping[str, Shape] = {
    shape.name: shape
    for shape in (
        COHERE_V1,
        COHERE_V2,
        JINA,
        VOYAGE,
        CLOUDFLARE,
        TEI,
        INFINITY,
        VLLM_RERANK,
        VLLM_SCORE,
        ELASTICSEARCH,
    )
}
"""All shapes by their names."""

_CLOUDFLARE = (
    Route("/client/v4/accounts/{account}/ai/run/{model}", (CLOUDFLARE,)),
    Route("/ai/run/{model}", (CLOUDFLARE,)),
)

ROUTES = (
    Route("/v1/rerank", (COHERE_V1, JINA, VOYAGE, VLLM_RERANK, INFINITY)),
    Route("/v2/rerank", (COHERE_V2, VLLM_RERANK)),
    Route("/rerank", (INFINITY, TEI, VLLM_RERANK)),
    Route("/score", (VLLM_SCORE,)),
    Route("/v1/score", (VLLM_SCORE,)),
    *_CLOUDFLARE,
    Route("/_inference/rerank/{id}", (ELASTICSEARCH,)),
    Route("/_inference/{id}", (ELASTICSEARCH,)),
    Route("/info", (TEI,), Task.INFO),
    Route("/health", (TEI,), Task.HEALTH),
    Route("/v1/models", (VLLM_RERANK,), Task.MODELS),
)
"""What is served without a prefix. The first of a path's shapes is its default."""

PREFIXED: Mapping[str, tuple[Route, ...]] = {
    "cohere": (Route("/v1/rerank", (COHERE_V1,)), Route("/v2/rerank", (COHERE_V2,))),
    "jina": (Route("/v1/rerank", (JINA,)), Route("/rerank", (JINA,))),
    "voyage": (Route("/v1/rerank", (VOYAGE,)), Route("/rerank", (VOYAGE,))),
    "cloudflare": _CLOUDFLARE,
    "tei": (
        Route("/rerank", (TEI,)),
        Route("/info", (TEI,), Task.INFO),
        Route("/health", (TEI,), Task.HEALTH),
    ),
    "infinity": (
        Route("/rerank", (INFINITY,)),
        Route("/v1/rerank", (INFINITY,)),
        Route("/models", (INFINITY,), Task.MODELS),
        Route("/v1/models", (INFINITY,), Task.MODELS),
        Route("/health", (INFINITY,), Task.HEALTH),
    ),
    "vllm": (
        Route("/rerank", (VLLM_RERANK,)),
        Route("/v1/rerank", (VLLM_RERANK,)),
        Route("/v2/rerank", (VLLM_RERANK,)),
        Route("/score", (VLLM_SCORE,)),
        Route("/v1/score", (VLLM_SCORE,)),
        Route("/v1/models", (VLLM_RERANK,), Task.MODELS),
        Route("/health", (VLLM_RERANK,), Task.HEALTH),
    ),
}
"""What is served below `/{prefix}`."""

DEFAULTS: Mapping[str, str] = {route.template: route.shapes[0].name for route in ROUTES if len(route.shapes) > 1}
"""The shape of each shared path that rule 6 chooses, by its name."""

OWN_FIELDS: tuple[tuple[Shape, frozenset[str]], ...] = (
    (TEI, frozenset({"texts"})),
    (COHERE_V1, frozenset({"rank_fields", "max_chunks_per_doc"})),
    (VOYAGE, frozenset({"top_k", "truncation"})),  # its Python client always sends both
    (JINA, frozenset({"max_doc_length", "return_embeddings"})),
    (
        VLLM_RERANK,
        frozenset(
            {
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
            }
        ),
    ),
    (INFINITY, frozenset({"raw_scores"})),
)
"""Rule 3. The first API that has one of the body's fields is meant."""

# Rule 4: `rerank-english-v3.0`, `rerank-v3.5`; `jina-reranker-v2-base-multilingual`; `rerank-2.5-lite`, `rerank-lite-1`.
_MODELS: tuple[tuple[Shape, re.Pattern[str]], ...] = (
    (COHERE_V1, re.compile(r"rerank-(english|multilingual|v\d)")),
    (COHERE_V2, re.compile(r"rerank-(english|multilingual|v\d)")),
    (JINA, re.compile(r"jina-")),
    (VOYAGE, re.compile(r"rerank-(lite-)?\d")),
)

_ELSEWHERE = Route("/_inference/{model}", (ELASTICSEARCH,))

_body = msgspec.json.Decoder(dict[str, msgspec.Raw])


def choose(request: Request, body: bytes, defaults: Mapping[str, str] = DEFAULTS) -> Choice:
    """What a request is, by the rules above.

    body: in no content encoding; one that is no JSON object has no fields. defaults: shapes' names by path, for those of
    `DEFAULTS`. Raises UnknownPathError, MethodNotAllowedError.
    """
    routes, request = _routes(request)
    route = _route(routes, request)
    if request.method not in route.methods:
        raise MethodNotAllowedError(f"{request.method} is not served at {request.path}", route.methods)
    return Choice(route.task, _shape(route, request.headers, body, defaults), request)


def likely(request: Request, defaults: Mapping[str, str] = DEFAULTS) -> Choice:
    """What a request most likely is, its body unread: what errors are told by where nothing could be chosen."""
    routes, request = _routes(request)
    try:
        route = _route(routes, request)
    except UnknownPathError:
        route = _ELSEWHERE if routes is ROUTES and request.path.startswith("/_inference") else routes[0]
    return Choice(route.task, _shape(route, request.headers, b"", defaults), request)


def _routes(request: Request) -> tuple[Sequence[Route], Request]:
    """Those that a request's path may be one of, and the request without the prefix that names them: rule 1."""
    prefix, slash, rest = request.target[1:].partition("/")
    if slash and prefix in PREFIXED:
        return PREFIXED[prefix], request.with_target(f"/{rest}")
    return ROUTES, request


def _route(routes: Sequence[Route], request: Request) -> Route:
    for route in routes:
        if route.pattern.fullmatch(request.path):
            return route
    raise UnknownPathError(f"nothing is served at {request.path}")


def _shape(route: Route, headers: Headers, body: bytes, defaults: Mapping[str, str]) -> Shape:
    if len(route.shapes) == 1:  # rule 2
        return route.shapes[0]
    fields = _fields(body)
    for ruled in (_by_field(fields), _by_model(fields), _by_client(headers)):  # rules 3 to 5
        for shape in ruled:
            if shape in route.shapes:
                return shape
    return SHAPES[defaults.get(route.template, route.shapes[0].name)]  # rule 6


def _fields(body: bytes) -> Mapping[str, msgspec.Raw]:
    try:
        return _body.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def _by_field(fields: Mapping[str, Any]) -> list[Shape]:
    return [shape for shape, own in OWN_FIELDS if not own.isdisjoint(fields)]


def _by_model(fields: Mapping[str, msgspec.Raw]) -> list[Shape]:
    try:
        model = msgspec.json.decode(fields["model"], type=str)
    except (KeyError, msgspec.DecodeError):
        return []
    return [shape for shape, pattern in _MODELS if pattern.match(model)]


def _by_client(headers: Headers) -> list[Shape]:
    """Cohere's clients name themselves, and give the name of who uses them; Voyage's TypeScript one names itself."""
    client = (headers.get("x-fern-sdk-name") or headers.get("user-agent") or "").lower()
    if client.startswith("voyage"):
        return [VOYAGE]
    if client.startswith("cohere") or headers.get("x-client-name") is not None:
        return [COHERE_V1, COHERE_V2]
    return []
