"""HTTP messages as values: what came in and what goes out, with nothing normalised.

A target is kept as its raw bytes spelt it (never requoted) and headers are kept as ordered pairs, so that a message that
is only passed on leaves as it arrived (RFC 9110, section 7.6; RFC 9112, section 3.2).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

__all__ = ["Headers", "Request", "Response"]

_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "es-secondary-authorization"})


@dataclass(frozen=True, slots=True, repr=False)
class Headers:
    """Header fields in the order, case and number in which they were sent. Names compare without case."""

    pairs: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """The first value of `name`, or None."""
        wanted = name.lower()
        return next((value for key, value in self.pairs if key.lower() == wanted), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of `name`, in order."""
        wanted = name.lower()
        return tuple(value for key, value in self.pairs if key.lower() == wanted)

    def tokens(self, name: str) -> frozenset[str]:
        """The lower-cased members of the comma-separated list `name`, its fields joined (RFC 9110, section 5.6.1)."""
        listed = ",".join(self.all(name)).split(",")
        return frozenset(token for item in listed if (token := item.strip().lower()))

    def without(self, *names: str) -> "Headers":
        """The same fields less those called one of `names`."""
        dropped = {name.lower() for name in names}
        return Headers(tuple(pair for pair in self.pairs if pair[0].lower() not in dropped))

    def adding(self, name: str, value: str) -> "Headers":
        """The same fields with one more at the end."""
        return Headers((*self.pairs, (name, value)))

    def replacing(self, name: str, value: str) -> "Headers":
        """`name` once, with `value`: in the place and the spelling of its first field, or at the end where there was none."""
        wanted = name.lower()
        kept: list[tuple[str, str]] = []
        done = False
        for key, old in self.pairs:
            if key.lower() != wanted:
                kept.append((key, old))
            elif not done:
                kept.append((key, value))
                done = True
        return Headers(tuple(kept) if done else (*kept, (name, value)))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __repr__(self) -> str:
        """Credentials cannot be printed: their values show as `<hidden>`."""
        shown = ((key, "<hidden>" if key.lower() in _SECRET else value) for key, value in self.pairs)
        return f"Headers({tuple(shown)!r})"


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request. `target` is the origin-form target, raw: path and query as they were sent."""

    method: str
    target: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The raw path: the target up to its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The raw query string without its question mark; empty where there is none."""
        return self.target.partition("?")[2]

    def with_target(self, target: str) -> "Request":
        """The same request for another target."""
        return replace(self, target=target)

    def with_body(self, body: bytes) -> "Request":
        """The same request with another body, in no content encoding and framed by its length."""
        headers = self.headers.without("content-encoding", "transfer-encoding").replacing("Content-Length", str(len(body)))
        return replace(self, headers=headers, body=body)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole response. `body` is as it was sent: still in its content encoding."""

    status: int
    reason: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
