"""A request as it goes to the engine."""

from dataclasses import dataclass

from searchrerank.control import HEADERS as CONTROL_HEADERS
from searchrerank.errors import BadRequestError
from searchrerank.message import Headers, Request
from searchrerank.proxy.body import Relay, Whole
from searchrerank.proxy.hops import end_to_end, is_chunked

__all__ = ["Question", "question"]

_OURS = frozenset(name.lower() for name in CONTROL_HEADERS)


@dataclass(frozen=True, slots=True)
class Question:
    """A request's head, and its body, which is framed by its length or `chunked`, as `fields` say."""

    method: str
    target: str
    fields: list[tuple[str, str]]
    body: Relay | Whole | None
    chunked: bool


def question(request: Request, body: Relay | Whole | None, *, prefix: str, host: str) -> Question:
    """The end-to-end fields, less those that are meant for searchrerank, and the body's own framing.

    body: what is sent instead of the request's own; a Relay keeps the framing that the client chose.
    prefix: what goes before the target; host: the value of Host. Raises BadRequestError for a target that is not a path.
    """
    fields = _fields(end_to_end(request.headers), host)
    chunked = isinstance(body, Relay) and is_chunked(request.headers.all("transfer-encoding"))
    if chunked:
        fields.append(("Transfer-Encoding", "chunked"))
    elif not isinstance(body, Relay):
        _set_length(fields, len(request.body))
    return Question(request.method, prefix + _path(request.target), fields, body, chunked)


def _fields(headers: Headers, host: str) -> list[tuple[str, str]]:
    """What goes on, with another Host in the place of the client's, or at the end where there was none."""
    fields = []
    hosted = False
    for name, value in headers.pairs:
        lower = name.lower()
        if lower == "host":
            if not hosted:
                fields.append((name, host))
            hosted = True
        # Two hops that wait for each other would be stuck: we answer a wish to be told to go on ourselves.
        elif lower not in _OURS and not (lower == "expect" and value.lower() == "100-continue"):
            fields.append((name, value))
    if not hosted:
        fields.append(("Host", host))
    return fields


def _set_length(fields: list[tuple[str, str]], length: int) -> None:
    """Where there is a body, or where the client told the length of one."""
    at = next((index for index, (name, _) in enumerate(fields) if name.lower() == "content-length"), None)
    if at is not None:
        fields[at] = (fields[at][0], str(length))
    elif length:
        fields.append(("Content-Length", str(length)))


def _path(target: str) -> str:
    """The target, where it is one that goes behind the upstream's URL as it stands. Raises BadRequestError.

    A path cannot name a host: absolute-form, the authority of CONNECT and `*` are refused. So is a fragment, which no request
    target has (RFC 9112, section 3.2) and which the next hop might cut off.
    """
    if not target.startswith("/"):
        raise BadRequestError("only a request target that is a path is passed on")
    if "#" in target or not target.isascii() or not target.isprintable() or " " in target:
        raise BadRequestError("the request target has characters that no URL has")
    return target
