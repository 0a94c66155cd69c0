"""A scorer without a model."""

from collections.abc import Sequence

__all__ = ["ConstantScorer"]

_NO_LIMIT = 2**31 - 1


class ConstantScorer:
    """Gives every passage the same logit, so that a stable order leaves a page as the engine ordered it.

    For trying a setup out and for tests: whatever then differs from the engine's own answer is not the model's doing.
    """

    def __init__(self, logit: float = 0.0) -> None:
        self._logit = logit

    @property
    def name(self) -> str:
        """Always "constant"."""
        return "constant"

    @property
    def identity(self) -> str:
        """See `Scorer.identity`."""
        return f"constant:{self._logit!r}"

    @property
    def nbytes(self) -> int:
        """It takes no memory to speak of."""
        return 0

    @property
    def max_tokens(self) -> int:
        """More than any text has: nothing is ever cut."""
        return _NO_LIMIT

    @property
    def precision(self) -> str:
        """None."""
        return ""

    def describe(self) -> str:
        """See `Scorer.describe`."""
        return f"constant: every passage has the logit {self._logit:g}"

    async def score(self, query: str, passages: Sequence[str], *, deadline: float | None = None) -> list[float]:  # noqa: ARG002 - the protocol's
        """The one logit, once for each passage, at once."""
        return [self._logit] * len(passages)

    async def lengths(self, query: str, passages: Sequence[str], *, deadline: float | None = None) -> list[int]:  # noqa: ARG002 - the protocol's
        """Words between white space, and three as special tokens: there is no tokenizer."""
        words = len(query.split()) + 3
        return [words + len(passage.split()) for passage in passages]

    async def split(
        self,
        texts: Sequence[str],
        *,
        tokens: int,  # noqa: ARG002 - the protocol's, and so are those below
        stride: int,  # noqa: ARG002
        most: int,  # noqa: ARG002
        deadline: float | None = None,  # noqa: ARG002
    ) -> list[list[str]]:
        """Each text whole: there is no tokenizer."""
        return [[text] for text in texts]

    async def close(self) -> None:
        """Nothing is held."""
