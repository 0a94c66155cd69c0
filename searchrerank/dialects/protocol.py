"""What the search story asks of a dialect."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from searchrerank.config import Rerank, Rule, resolve
from searchrerank.control import Control
from searchrerank.errors import SearchrerankError
from searchrerank.message import Request, Response
from searchrerank.ranking import Policy, Ranked
from searchrerank.texts import HitText, Markup

__all__ = ["Dialect", "Directives", "Passed", "Plan", "Window"]


@dataclass(frozen=True, slots=True)
class Passed:
    """The search is left alone. `reason` is one hyphenated word, for the response header."""

    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A search that is reranked: what to ask the engine, and what the client is to get of it."""

    request: Request
    """The widened question: from rank 0 to the end of the window, or of the page where that lies further on."""
    query: str
    """The text that passages are scored against."""
    fields: tuple[str, ...]
    """The fields whose text is read, in order, without weights; empty reads all text of a hit."""
    start: int
    """The rank of the page's first hit."""
    size: int
    """The most hits on the page."""
    rerank: Rerank
    """The settings in force for this search."""
    markup: Markup = field(default_factory=Markup)
    """What the engine adds to the fragments that it highlights."""
    model: str = ""
    """The name of the model that scores."""
    shadow: bool = False
    """Whether the hits are only scored, and answered in the engine's order."""

    @property
    def policy(self) -> Policy:
        """What these settings say of scores and order."""
        return Policy(
            scores=self.rerank.scores,
            min_score=self.rerank.min_score,
            blend=self.rerank.blend,
            engine_weight=self.rerank.engine_weight,
            rrf_rank_constant=self.rerank.rrf_rank_constant,
            keep_top=self.rerank.keep_top,
        )


@dataclass(frozen=True, slots=True)
class Directives:
    """What holds for a search besides what it says itself: the configuration, and the wishes of its client."""

    rerank: Rerank
    rules: Sequence[Rule]
    model: str
    control: Control

    def settings(self, indices: tuple[str, ...], path: str) -> Rerank | None:
        """The settings in force for a search over `indices`, its own wishes included; None where it is to be left alone."""
        if self.control.mode == "off":
            return None
        settings = resolve(self.rules, self.rerank, indices=indices, path=path)
        if settings is None and self.control.mode is not None:
            settings = self.rerank
        return None if settings is None else self.control.over(settings)


class Window(Protocol):
    """The hits of one answer, in the engine's order."""

    @property
    def total(self) -> int:
        """How many hits the answer holds, those past the window included."""

    @property
    def texts(self) -> Sequence[HitText | None]:
        """What is scored of each hit within the window; None where it has no text. At most `total`."""

    @property
    def engine_scores(self) -> Sequence[float | None]:
        """The engine's score of each hit within the window; None where it is no finite number. As many as `texts`."""


W = TypeVar("W", bound=Window)
P = TypeVar("P", bound=Plan)


class Dialect(Protocol[W, P]):
    """One engine family's way to spell a search."""

    def recognises(self, method: str, target: str) -> bool:
        """Whether the request is of a kind that may be reranked, so that its body is worth reading."""

    def without_extension(self, request: Request, body: bytes) -> tuple[Any, Request, bytes]:
        """What the body asks of searchrerank itself (None: nothing), and the request and its plain body without that."""

    def plan(self, request: Request, body: bytes, directives: Directives) -> P | Passed:
        """Decide what becomes of a recognised search. `body` is the request's body out of its content encoding."""

    def read(self, body: bytes, plan: P) -> W:
        """The hits of the engine's answer to `plan.request`; `body` is out of its content encoding.

        Raises UpstreamBrokenError where it is not an answer whose hits can be told apart.
        """

    def write(self, window: W, order: Sequence[Ranked] | None, plan: P) -> bytes:
        """The answer with the client's page of `order`; None keeps the engine's order and scores.

        Where `plan.policy.min_score` leaves hits out of `order`, the total is that of the hits left. Nothing else changes.
        Raises UpstreamBrokenError where it cannot be written as the engine itself would.
        """

    def failure(self, error: SearchrerankError) -> Response:
        """The engine's own way to tell a client of an error."""
