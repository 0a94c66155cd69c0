"""What every scorer promises."""

from collections.abc import Sequence
from typing import Protocol

__all__ = ["Scorer"]


class Scorer(Protocol):
    """Scores how well each passage answers a query."""

    @property
    def name(self) -> str:
        """The model's short name, as it is shown in headers and log lines: no spaces, commas or semicolons."""

    @property
    def identity(self) -> str:
        """What decides a score: scorers of one identity give a pair the same logit to the bit."""

    @property
    def max_tokens(self) -> int:
        """The longest pair that the model reads whole, special tokens included."""

    @property
    def precision(self) -> str:
        """What the model computes in: fp32, fp16, bf16 or int8; empty where there is no model."""

    def describe(self) -> str:
        """One line for people: the model and how it is run."""

    async def score(self, query: str, passages: Sequence[str], *, deadline: float | None = None) -> list[float]:
        """One finite logit for each passage, in the order of `passages`; larger is more relevant.

        deadline: on the clock of `time.monotonic`, in seconds; None waits as long as it takes.
        Never blocks the event loop. Cancelling the call stops the work after the pairs that are being scored.
        Raises DeadlineExceededError when the deadline passes first, ScorerOverloadedError when the work was not accepted,
        ScorerError for anything else that keeps it from scoring every passage.
        """

    async def lengths(self, query: str, passages: Sequence[str], *, deadline: float | None = None) -> list[int]:
        """How many tokens each pair has, special tokens included, in the order of `passages`.

        Exact where the model reads the pair whole. Where it would cut the end of a text off, the length is above its limit, but
        not by how much. Far cheaper than `score`, and scoring the same passages next does not read them again.
        Waits, ends and raises as `score` does.
        """

    async def split(
        self, texts: Sequence[str], *, tokens: int, stride: int, most: int, deadline: float | None = None
    ) -> list[list[str]]:
        """The passages of each text, in the order of `texts`: windows that overlap, each a part of the text as it stands.

        tokens: a window's length, in the model's tokens; less where a pair has no room for so many beside a long query.
        stride: the tokens from one window's start to the next's, at most `tokens`. most: the most windows of a text, from its
        beginning on; at least one comes back, even of an empty text.
        Waits, ends and raises as `score` does.
        """

    async def close(self) -> None:
        """Stop the threads and release the model. Called once; scores that are under way fail with ScorerError."""
