"""What the search story asks of a dialect."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from searchrerank.config import Rerank, Rule
from searchrerank.errors import SearchrerankError
from searchrerank.message import Request, Response
from searchrerank.ranking import Ranked

__all__ = ["Dialect", "Passed", "Plan", "Refused", "Window"]


@dataclass(frozen=True, slots=True)
class Passed:
    """The search is left alone. `reason` is one hyphenated word, for the response header."""

    reason: str
    request: Request | None = None
    """What the engine is asked instead, where it would not take the search as it came."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The search is invalid by the rules of an engine that reranks, and `response` says so in that engine's words."""

    response: Response


@dataclass(frozen=True, slots=True)
class Plan:
    """A search that is reranked: what to ask the engine, and what the client is to get of it."""

    request: Request
    """The widened question: from rank 0 to the end of the window, or of the page where that lies further on."""
    query: str
    """The text that passages are scored against."""
    fields: tuple[str, ...]
    """The fields whose text is read, in order; empty reads all text of a hit."""
    start: int
    """The rank of the page's first hit."""
    size: int
    """The most hits on the page."""
    rerank: Rerank
    """The settings in force for this search."""
    engine_may_rerank: bool = False
    """Whether a processor of the engine's own may be at work, which answers 500 where what it reads was taken out."""


class Window(Protocol):
    """The hits of one answer, in the engine's order."""

    @property
    def total(self) -> int:
        """How many hits the answer holds, those past the window included."""

    @property
    def passages(self) -> Sequence[str | None]:
        """The text of each hit within the window; None where it has none. At most `total`."""


W = TypeVar("W", bound=Window)


class Dialect(Protocol[W]):
    """One engine family's way to spell a search."""

    def recognises(self, method: str, target: str) -> bool:
        """Whether the request is of a kind that may be reranked, so that its body is worth reading."""

    def plan(self, request: Request, body: bytes, rerank: Rerank, rules: Sequence[Rule]) -> Plan | Passed | Refused:
        """Decide what becomes of a recognised search. `body` is the request's body out of its content encoding."""

    def read(self, body: bytes, plan: Plan) -> W:
        """The hits of the engine's answer to `plan.request`; `body` is out of its content encoding.

        Raises UpstreamBrokenError where it is not an answer whose hits can be told apart.
        """

    def write(self, window: W, order: Sequence[Ranked] | None, plan: Plan) -> bytes:
        """The answer with the client's page of `order`; None keeps the engine's order and scores. Nothing else changes."""

    def failure(self, error: SearchrerankError) -> Response:
        """The engine's own way to tell a client of an error."""
