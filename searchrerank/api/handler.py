"""The story of a call of a rerank API, from its head to its answer; and what else is served at the APIs' paths."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp.web import BaseRequest, StreamResponse

import searchrerank
from searchrerank.api.about import State, about
from searchrerank.api.keys import Key
from searchrerank.api.limits import Claim, check_documents, check_tokens
from searchrerank.api.outcome import outcome
from searchrerank.api.pages import Pages
from searchrerank.api.protocol import Shape
from searchrerank.api.routes import Choice, Task, choose, likely
from searchrerank.api.scored import measured, scored, tokens_of
from searchrerank.api.services import Services
from searchrerank.api.shapes.elasticsearch import ELASTICSEARCH
from searchrerank.api.shapes.served import Capacity
from searchrerank.errors import (
    BadRequestError,
    BodyTooLargeError,
    ClientError,
    DeadlineExceededError,
    ForbiddenError,
    ScorerError,
    SearchrerankError,
    UnknownPathError,
)
from searchrerank.message import Request, Response
from searchrerank.scoring import Scorer
from searchrerank.server import Handler, Render
from searchrerank.server.body import read_up_to
from searchrerank.server.convert import READ, request_headers, respond
from searchrerank.server.encoding import EncodingError, decode

__all__ = ["ApiHandler"]

_log = logging.getLogger(__name__)

_METRICS = "/metrics"
_LEFT = 499


@dataclass(slots=True)
class _Record:
    """What is known of a request so far. The key's name and the model's are empty where there is none."""

    shape: Shape
    is_call: bool = False
    body_read: bool = False
    key: str = ""
    model: str = ""
    documents: int = 0
    tokens: int = 0
    scoring: float = 0.0  # seconds
    status: int = _LEFT  # of a request that ends without an answer


class ApiHandler:
    """Answers the requests of rerank APIs; every other is the next handler's.

    following: in front of an engine, who answers the requests that are not ours, and who tells of their errors. None: there is
    no engine, and nothing but the APIs is served.
    """

    def __init__(self, services: Services, following: tuple[Handler, Render] | None = None) -> None:
        self._services = services
        self._following = following
        self._pages = Pages(
            model=services.served()[0].name,
            defaults=services.defaults,
            keyed=services.keys() is not None,
            in_front=following is not None,
        )

    def __call__(self, incoming: BaseRequest) -> Awaitable[StreamResponse]:
        """Answer one request."""
        if self._following is not None and not self._is_ours(Request(incoming.method, incoming.raw_path)):
            return self._following[0](incoming)
        return self._answered(incoming)

    def render(self, error: SearchrerankError, request: Request | None) -> Response:
        """What a client is told of an error outside of any handler. request: None where it could not be parsed."""
        if self._following is not None and (request is None or not self._is_ours(request)):
            return self._following[1](error, request)
        likeliest = likely(request or Request("POST", "/"), self._services.defaults)
        return likeliest.shape.failure(error, likeliest.request)

    def _is_ours(self, request: Request) -> bool:
        """In front of an engine. Its own inference API is not."""
        if (request.method, request.target) == ("GET", _METRICS) or self._pages.has(request.path):
            return True
        try:
            return choose(request, b"").shape is not ELASTICSEARCH
        except UnknownPathError:
            return False

    async def _answered(self, incoming: BaseRequest) -> StreamResponse:
        """Whatever becomes of a request, its client is told in the form of its API, and it is counted."""
        begun, request = time.monotonic(), Request(incoming.method, incoming.raw_path)
        record = _Record(likely(request, self._services.defaults).shape)
        try:
            response = await self._told(incoming, request, record)
            record.status = response.status
        finally:
            self._note(request, record, time.monotonic() - begun)
        answer = respond(response, report=self._report(record))
        if incoming.body_exists and not record.body_read:
            answer.force_close()  # whatever else it sends is not to be trusted to be a request
        return answer

    async def _told(self, incoming: BaseRequest, request: Request, record: _Record) -> Response:
        """The answer, or what the client is told instead."""
        try:
            request = incoming[READ] = replace(request, headers=request_headers(incoming))
            record.shape = likely(request, self._services.defaults).shape
            return await self._answer(incoming, request, record)
        except ConnectionError:
            raise
        except SearchrerankError as error:
            level = logging.INFO if isinstance(error, ClientError) else logging.WARNING
            _log.log(level, "%s %s: %s", request.method, request.path, error)
            told = error if isinstance(error, ClientError | ScorerError) else _ours()  # it may name files of this machine
        except Exception:  # noqa: BLE001  (whatever is wrong here, the client is to be told)
            _log.exception("%s %s: unexpected error", request.method, request.path)
            told = _ours()
        return record.shape.failure(told, likely(request, self._services.defaults).request)

    async def _answer(self, incoming: BaseRequest, request: Request, record: _Record) -> Response:
        if self._pages.has(request.path):
            return self._pages.answer(request)
        if request.method == "GET" and request.path == _METRICS:
            self._key(request)
            return self._services.metrics.exposition(request.headers.get("accept") or "")
        choice = choose(request, b"", self._services.defaults)
        if choice.task is Task.RERANK:
            record.is_call = True
            return await self._reranked(incoming, request, record)
        return self._about(choice)

    async def _reranked(self, incoming: BaseRequest, request: Request, record: _Record) -> Response:
        """The story of a call."""
        services, settings = self._services, self._services.settings
        key = self._key(request)
        if key is not None:
            record.key = key.name
            services.rates.take_request(key, time.monotonic())
        with services.admission.call() as claim:
            body = await self._body(incoming, request, claim)
            record.body_read = True
            choice = choose(request, body, services.defaults)
            record.shape = choice.shape
            call = choice.shape.read(choice.request, body)
            check_documents(call, settings.max_documents)
            begun = time.monotonic()
            deadline = begun + min(settings.budget, call.timeout or settings.budget)
            record.model = services.names.find(call.model)
            _check_allowed(key, record.model)
            async with self._scorer(record.model, deadline) as scorer:
                works = await measured(call, scorer, deadline)
                tokens = tokens_of(works, len(call.texts))
                check_tokens(tokens, settings.max_tokens)
                if key is not None:
                    services.rates.take_tokens(key, sum(tokens), time.monotonic())
                logits = await scored(works, len(call.texts), scorer, deadline)
            record.documents, record.tokens, record.scoring = len(logits), sum(tokens), time.monotonic() - begun
            now = int(time.time())
            found = outcome(call, logits, tokens, model=record.model, identifier=str(uuid.uuid4()), created=now)
            return self._timed(choice.shape.write(call, found), record)

    def _key(self, request: Request) -> Key | None:
        """Who asks; None where anyone may. Raises UnauthorizedError."""
        ring = self._services.keys()
        return None if ring is None else ring.find(request.headers.get("authorization"))

    async def _body(self, incoming: BaseRequest, request: Request, claim: Claim) -> bytes:
        """The body, in no content encoding. Raises BodyTooLargeError, BadRequestError and what `read_up_to` raises."""
        most = self._services.settings.max_body
        body, whole = await read_up_to(incoming, most, self._services.server.body_timeout, holding=claim.take)
        if not whole:
            raise BodyTooLargeError(f"the body is larger than {int(most)} bytes")
        try:
            decoded = decode(body, request.headers.get("content-encoding"), most)
        except EncodingError as error:
            raise BadRequestError(str(error)) from error
        claim.take(len(decoded) - len(body))
        return decoded

    @asynccontextmanager
    async def _scorer(self, model: str, deadline: float) -> AsyncIterator[Scorer]:
        """The model's scorer. Raises DeadlineExceededError where it is not loaded in time; loading goes on."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    scorer = await stack.enter_async_context(self._services.models.use(model))
            except TimeoutError as error:
                raise DeadlineExceededError(f"the model {model} was not loaded in time") from error
            yield scorer

    def _about(self, choice: Choice) -> Response:
        """What is told of the server itself. Whether it is well, anyone may ask."""
        services, settings = self._services, self._services.settings
        key = None if choice.task is Task.HEALTH else self._key(choice.request)
        served = [each for each in services.served() if key is None or key.allows(each.name)]
        capacity = Capacity(
            concurrent_calls=settings.max_calls,
            documents=settings.max_documents,
            tokens=settings.max_tokens,
            workers=services.workers,
            version=searchrerank.__version__,
        )
        return about(choice, State(served, capacity, healthy=True, now=time.time()))

    def _timed(self, response: Response, record: _Record) -> Response:
        if not self._services.server.report:
            return response
        return replace(response, headers=response.headers.adding("Server-Timing", f"rerank;dur={record.scoring * 1000:.1f}"))

    def _report(self, record: _Record) -> str | None:
        """The value of X-Searchrerank, for an answer with scores."""
        if not (record.documents and self._services.server.report):
            return None
        return f"reranked; scored={record.documents}; model={record.model}"

    def _note(self, request: Request, record: _Record, seconds: float) -> None:
        """Count a call that ended, and log it."""
        if not record.is_call:
            return
        metrics, who = self._services.metrics, {"model": record.model, "key": record.key}
        metrics.ended(shape=record.shape.name, status=record.status, seconds=seconds, **who)
        if record.documents:
            metrics.answered(documents=record.documents, tokens=record.tokens, **who)
        _log.debug(
            "%s %s: %d in %.1f ms; shape=%s model=%s key=%s documents=%d tokens=%d",
            *(request.method, request.path, record.status, seconds * 1000, record.shape.name, record.model, record.key),
            *(record.documents, record.tokens),
        )


def _ours() -> SearchrerankError:
    return SearchrerankError("an unexpected error in searchrerank; its log says more")


def _check_allowed(key: Key | None, model: str) -> None:
    if key is not None and not key.allows(model):
        raise ForbiddenError(f"this key may not use the model {model}")
