"""A request as it goes to the engine."""

from typing import NamedTuple

from searchrerank.control import HEADERS as CONTROL_HEADERS
from searchrerank.errors import BadRequestError
from searchrerank.message import Headers, Request
from searchrerank.server.body import Relay, Whole
from searchrerank.server.hops import HOP_BY_HOP, is_chunked, nominated

__all__ = ["Question", "question"]

_OURS = frozenset(name.lower() for name in CONTROL_HEADERS)
_MINDED = HOP_BY_HOP | _OURS | {"content-length", "expect", "host"}


class Question(NamedTuple):
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
    target = prefix + _path(request.target)
    if not isinstance(body, Relay):
        return Question(request.method, target, _fields(request.headers, host, len(request.body)), body, chunked=False)
    fields = _fields(request.headers, host, None)
    chunked = is_chunked(request.headers.all("transfer-encoding"))
    if chunked:
        fields.append(("Transfer-Encoding", "chunked"))
    return Question(request.method, target, fields, body, chunked)


def _fields(headers: Headers, host: str, length: int | None) -> list[tuple[str, str]]:
    """What goes on of the client's fields, in its order; Host and Content-Length at the end where there were none.

    length: the body's, which is told where there is a body or the client told one; None leaves Content-Length as it is.
    """
    instead = {"host": host} if length is None else {"host": host, "content-length": str(length)}
    missing = ["Host", "Content-Length"] if length else ["Host"]
    fields: list[tuple[str, str]] = []
    dropped: set[str] = set()
    for pair in headers.pairs:
        name = pair[0].lower()
        if name not in _MINDED:
            fields.append(pair)
        elif name in instead:
            fields.append((pair[0], instead[name]))
            missing = [each for each in missing if each.lower() != name]
        elif name == "connection":
            dropped |= nominated(pair[1])
        # Two hops that wait for each other would be stuck: a client that waits to be told to go on is told so by us.
        elif name == "content-length" or (name == "expect" and pair[1].lower() != "100-continue"):
            fields.append(pair)
    if dropped:
        fields = [pair for pair in fields if pair[0].lower() not in dropped]
    fields += [(name, instead[name.lower()]) for name in missing]
    return fields


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
