"""What is asked for and what came of it, whatever the shape; and what every shape promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from searchrerank.errors import SearchrerankError
from searchrerank.message import Request, Response

__all__ = ["Call", "Outcome", "Shape"]


@dataclass(frozen=True, slots=True)
class Call:
    """Texts to be scored against a query.

    model: as the client names it; None where it names none, which is the default model.
    queries: one for all texts, or one for each of them. texts: what is scored, in the client's order.
    top: the most results; None gives all.
    raw: whether the scores are the model's logits rather than their sigmoid.
    max_tokens: where a text is cut, in the model's tokens; None: where the model's own limit is. max_pair_tokens: the same for
    a query and its text together, special tokens included.
    max_chunks: a text that is longer than the model takes is scored in so many pieces at most, from its beginning, and the
    best of them counts; 1 scores its beginning alone.
    truncate: whether a text that is longer than all that may be cut; else it is an error.
    timeout: how long the client waits, in seconds; None where it does not say.
    own: the shape's own, for writing the answer.
    """

    model: str | None
    queries: tuple[str, ...]
    texts: tuple[str, ...]
    top: int | None = None
    raw: bool = False
    max_tokens: int | None = None
    max_pair_tokens: int | None = None
    max_chunks: int = 1
    truncate: bool = True
    timeout: float | None = None
    own: Any = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call. All its texts were scored.

    scores: that of each text, in the order of the call. order: indices of texts, the best first, equal ones in the order of the
    call, at most `Call.top`. tokens: what each text's pair, or its pairs together, took of the model. model: its name.
    identifier: of this answer, a UUID. created: in seconds since 1970.
    """

    scores: Sequence[float]
    order: Sequence[int]
    tokens: Sequence[int]
    model: str
    identifier: str
    created: int


class Shape(Protocol):
    """One API's way to ask and to answer. Pure."""

    @property
    def name(self) -> str:
        """As the documentation and the metrics call it: `cohere-v2`."""

    def read(self, request: Request, body: bytes) -> Call:
        """What is asked for.

        body: the request's, in no content encoding. Raises BadCallError for what the API refuses.
        """

    def write(self, call: Call, outcome: Outcome) -> Response:
        """The answer, without Content-Length."""

    def failure(self, error: SearchrerankError, request: Request) -> Response:
        """What a client of this API is told of an error, with the status that the API has for it."""
