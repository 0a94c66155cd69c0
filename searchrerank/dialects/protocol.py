"""What the search story asks of a dialect."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from searchrerank.config import Rerank, Rule, resolve
from searchrerank.control import Control, control_of
from searchrerank.errors import BadRequestError, ScorerError, SearchrerankError
from searchrerank.message import Headers, Request, Response
from searchrerank.ranking import Policy, Ranked
from searchrerank.texts import HitText, Markup

__all__ = [
    "Answers",
    "Dialect",
    "Directives",
    "EvaluationPlan",
    "ManyPlan",
    "NestedPlan",
    "Passed",
    "Plan",
    "Ranking",
    "Refused",
    "Unrendered",
    "Window",
]


@dataclass(frozen=True, slots=True)
class Passed:
    """The search is left alone. `reason` is one hyphenated word, for the response header."""

    reason: str
    own: Request | None = None
    """What the engine is asked, where it would not take the search as it came; None: as it came."""


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
    """The text that passages are scored against; empty where they cannot be, and the client takes that."""
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
    own: Request | None = None
    """The client's own question, where the engine would not take it as it came; None: as it came."""
    whole_only: bool = False
    """Whether hits that were not scored are left out, so that a list which was scored in part cannot be ranked."""
    engine_may_rerank: bool = False
    """Whether a processor of the engine's own may be at work, which answers 500 where what it reads was taken out."""
    errors_repeat: bool = False
    """Whether the engine's errors repeat what it was asked, the widening included."""

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
    allowed: Collection[str] = ()
    """What clients may ask for themselves."""

    def wishing(self, headers: Headers, extension: Any) -> "Directives":
        """The same with the wishes of a request: its headers, and its decoded `ext.searchrerank` (None: there is none).

        Raises BadRequestError for a wish that is wrong, not allowed, or for a model that does not score here.
        """
        control = control_of(headers, extension, self.allowed)
        if control.model not in {None, self.model}:
            raise BadRequestError(f"the model [{control.model}] is not served here; [{self.model}] is")
        return replace(self, control=control)

    def settings(self, indices: tuple[str, ...], path: str) -> Rerank | None:
        """The settings in force for a search over `indices`, its own wishes included; None where it is to be left alone."""
        if self.control.mode == "off":
            return None
        settings = resolve(self.rules, self.rerank, indices=indices, path=path)
        if settings is None and self.control.mode is not None:
            settings = self.rerank
        return None if settings is None else self.control.over(settings)


@dataclass(frozen=True, slots=True)
class ManyPlan:
    """Several searches in one request, some of which are reranked, each as its own plan says."""

    request: Request
    """The widened question: all the searches, in their order."""
    searches: "tuple[Plan | NestedPlan | Refused | Passed, ...]"
    """In the place of one that is nested or refused, the engine is asked nothing that finds a hit."""
    own: Request | None = None
    """The client's own searches, where the engine would not take them as they came; None: as they came."""
    view: str | None = None
    """What the client wants to see of the answer as a whole, in its dialect's own words; None: all of it."""


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """Searches whose results are to be measured after they were reranked."""

    searches: ManyPlan
    evaluate: Callable[[Sequence[bytes]], bytes]
    """The whole answer, from that of each search. Raises UpstreamBrokenError where they do not fit together."""
    own: Request | None = None
    """The client's own question, where the engine would not take it as it came; None: as it came."""


@dataclass(frozen=True, slots=True)
class Unrendered:
    """A request with templates, which the engine has to render before anything can be planned."""

    renderings: tuple[Request, ...]
    """What to ask the engine, so that `Dialect.rendered` finds a search in each answer."""
    planned: Callable[[Sequence[bytes | None]], Plan | ManyPlan | EvaluationPlan | Refused | Passed]
    """The plan, from the search that each rendering gave; None where it gave none."""


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

    @property
    def passed(self) -> str | None:
        """The reason for which the engine's order stands, where only its answer gives it; None where there is none."""


W = TypeVar("W", bound=Window)
P = TypeVar("P", bound=Plan)

Ranking = tuple[W, Sequence[Ranked] | None]
"""A window and its new order; None where the engine's order stands."""


@dataclass(frozen=True, slots=True)
class NestedPlan:
    """A search around the rankings of other searches, which are asked and reranked first."""

    inner: tuple[Plan, ...]
    following: Callable[[Sequence[Ranking[Any]]], "Plan | NestedPlan | Passed | Refused"]
    """What is to be asked with these rankings, one for each of `inner`. `Passed.own` of it is always told."""
    own: Request
    """The search without any reranking, for an engine that would not take it as it came."""


class Answers(Protocol):
    """The answers to several searches, in one."""

    @property
    def bodies(self) -> Sequence[bytes]:
        """Each search's own answer, which `Dialect.read` reads where its status is 200."""

    @property
    def statuses(self) -> Sequence[int]:
        """The HTTP status that each search would have had by itself."""

    def joined(self, bodies: Sequence[bytes]) -> bytes:
        """The whole as the client asked to see it, with these in place of `bodies`. Nothing else changes.

        Raises UpstreamBrokenError where it cannot be written as the engine itself would.
        """

    def shown(self, whole: bytes, /) -> bytes:
        """What the client asked to see of an answer made of these. Raises UpstreamBrokenError, as `joined` does."""


class Dialect(Protocol[W, P]):
    """One engine family's way to spell a search."""

    def recognises(self, method: str, target: str) -> bool:
        """Whether the request is of a kind that may be reranked, so that its body is worth reading."""

    def without_extension(self, request: Request, body: bytes) -> tuple[Any, Request, bytes]:
        """What the body asks of searchrerank itself (None: nothing), and the request and its plain body without that."""

    def plan(
        self, request: Request, body: bytes, directives: Directives
    ) -> P | NestedPlan | ManyPlan | EvaluationPlan | Unrendered | Refused | Passed:
        """Decide what becomes of a recognised request. `body` is the request's body out of its content encoding."""

    def rendered(self, body: bytes) -> bytes | None:
        """The search in the engine's answer to a rendering; None where there is none."""

    def read(self, body: bytes, plan: P) -> W:
        """The hits of the engine's answer to `plan.request`; `body` is out of its content encoding.

        Raises UpstreamBrokenError where it is not an answer whose hits can be told apart.
        """

    def write(self, window: W, order: Sequence[Ranked] | None, plan: P) -> bytes:
        """The answer with the client's page of `order`; None keeps the engine's order and scores.

        Where `plan.policy.min_score` leaves hits out of `order`, the total is that of the hits left. Nothing else changes.
        Raises UpstreamBrokenError where it cannot be written as the engine itself would.
        """

    def error(self, body: bytes, plan: P) -> bytes:
        """The engine's error in answer to `plan.request`, as it would be to the client's own question.

        `body` is out of its content encoding; it is asked only where `plan.errors_repeat`, and what is no error stays as it is.
        """

    def split(self, body: bytes, plan: ManyPlan) -> Answers:
        """The engine's answer to `plan.request`, taken apart; `body` is out of its content encoding.

        Raises UpstreamBrokenError where it is not an answer to that many searches.
        """

    def as_item(self, body: bytes, status: int) -> bytes:
        """An answer to a search by itself, as it would be among the answers to several.

        Raises UpstreamBrokenError where it is no answer.
        """

    def failure(self, error: SearchrerankError, request: Request | None = None) -> Response:
        """The engine's own way to tell a client of an error. request: the one that it is about, as far as it was read."""

    def unscored(self, error: ScorerError, plan: P) -> Response:
        """The same for a search whose failure policy is "closed", and whose hits the scorer failed to score."""

    def asks_for_nodes(self, method: str, target: str) -> bool:
        """Whether the request is for the addresses of the engine's nodes, to which its client then goes by itself."""

    def with_publish_address(self, body: bytes, address: str) -> bytes:
        """The answer to such a request with this address, HOST:PORT, as each node's. Raises UpstreamBrokenError."""
