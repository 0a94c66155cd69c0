"""A question to the engine in place of the client's: asked, its answer opened and closed, and what becomes of a bad one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

from searchrerank.errors import BodyTooLargeError, UpstreamBrokenError
from searchrerank.message import Request, Response
from searchrerank.proxy.report import Report
from searchrerank.proxy.services import Sender
from searchrerank.server.encoding import EncodingError, decode, encode

__all__ = ["AskAgainError", "Outcome", "aside", "ask", "closed", "opened", "read"]

P = ParamSpec("P")
T = TypeVar("T")

# From this size on, an answer is read and written in a thread, so that other requests go on meanwhile.
_LARGE = 256 * 1024


class AskAgainError(Exception):
    """The widened question's answer is of no use: the client's own question is to be asked, and its answer passed on."""

    def __init__(self, reason: str, *, as_it_came: bool = False) -> None:
        """as_it_came: whether the question is to be asked with everything that was meant for searchrerank still in it."""
        super().__init__(reason)
        self.reason = reason
        self.as_it_came = as_it_came


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer for the client, and what the report header says of it."""

    response: Response
    report: Report


async def ask(widened: Request, request: Request, upstream: Sender, limit: int) -> Response:
    """The engine's answer to the widened question; an error of its own is for the client, as it is.

    request: what the client asked. limit: the most bytes of the answer's body, in its content encoding.
    Raises UpstreamError; and AskAgainError for an answer that is too large, and for a refusal of what the client did not ask:
    it may be of the widening alone, so that the client's own question decides.
    """
    try:
        answer = await upstream.send(widened, limit=limit)
    except BodyTooLargeError as error:
        raise AskAgainError("answer-too-large") from error
    if widened != request and 400 <= answer.status < 500 and answer.status != 429:
        raise AskAgainError("upstream-refused")
    return answer


async def opened(answer: Response, limit: int) -> bytes:
    """The answer's body out of its content encoding, of at most `limit` bytes. Raises AskAgainError."""
    try:
        return await aside(answer.body, decode, answer.body, answer.headers.get("content-encoding"), limit)
    except BodyTooLargeError as error:
        raise AskAgainError("answer-too-large") from error
    except EncodingError as error:
        raise AskAgainError("unreadable-answer") from error


async def read(body: bytes, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` reads in `body`. Raises AskAgainError where it finds the engine's answer broken."""
    try:
        return await aside(body, work, *args, **kwargs)
    except UpstreamBrokenError as error:
        raise AskAgainError("unreadable-answer") from error


async def closed(answer: Response, body: bytes) -> Response:
    """The same answer with another body, in the same content encoding."""
    packed = await aside(body, encode, body, answer.headers.get("content-encoding"))
    return replace(answer, body=packed, headers=answer.headers.replacing("Content-Length", str(len(packed))))


async def aside(sized: bytes, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do the work here, or in a thread where `sized` is large."""
    if len(sized) < _LARGE:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
