"""How much is taken on: of one call, and of all calls under way. What is too much is refused before anything is scored."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from searchrerank.api.protocol import Call
from searchrerank.errors import ScorerOverloadedError, TooManyDocumentsError, TooManyTokensError

__all__ = ["Admission", "Claim", "check_documents", "check_tokens"]


def check_documents(call: Call, most: int) -> None:
    """Raises TooManyDocumentsError."""
    if len(call.texts) > most:
        raise TooManyDocumentsError(f"{len(call.texts)} texts in one call, more than {most}")


def check_tokens(tokens: Sequence[int], most: int) -> None:
    """Raises TooManyTokensError. tokens: those of each text."""
    if (total := sum(tokens)) > most:
        raise TooManyTokensError(f"{total} tokens in one call, more than {most}")


class Claim:
    """What one call holds of the room for bodies."""

    def __init__(self, admission: "Admission") -> None:
        self._admission = admission
        self.size = 0

    def take(self, size: int) -> None:
        """Hold so many bytes more. Raises ScorerOverloadedError where there is no room for them."""
        self._admission.take(size)
        self.size += size


class Admission:
    """Counts the calls under way and the bytes of their bodies, so that memory is bounded whatever clients send."""

    def __init__(self, max_calls: int, max_bodies: int) -> None:
        self._max_calls = max_calls
        self._max_bodies = max_bodies
        self.calls = 0
        self.bodies = 0

    @contextmanager
    def call(self) -> Iterator[Claim]:
        """One more call, until the context is left. Raises ScorerOverloadedError where it is one too many."""
        if self.calls >= self._max_calls:
            raise ScorerOverloadedError(f"{self.calls} calls are under way already")
        self.calls += 1
        claim = Claim(self)
        try:
            yield claim
        finally:
            self.calls -= 1
            self.bodies -= claim.size

    def take(self, size: int) -> None:
        """See `Claim.take`."""
        if self.bodies + size > self._max_bodies:
            raise ScorerOverloadedError(f"the bodies of the calls under way take {self.bodies} bytes already")
        self.bodies += size
