"""What can go wrong, by whose fault it is.

Each class says who is to blame and which HTTP status tells a client so. Foreign exceptions (aiohttp's, onnxruntime's, the
operating system's) are translated into these at one boundary each, and nowhere else.
"""

from collections.abc import Sequence

__all__ = [
    "BadCallError",
    "BadRequestError",
    "BodyTooLargeError",
    "ClientError",
    "ConfigurationError",
    "DeadlineExceededError",
    "EmptyCallError",
    "ForbiddenError",
    "MalformedCallError",
    "MethodNotAllowedError",
    "ModelError",
    "RateLimitedError",
    "ScorerError",
    "ScorerOverloadedError",
    "SearchrerankError",
    "TooLongError",
    "TooManyDocumentsError",
    "TooManyTokensError",
    "UnauthorizedError",
    "UnknownModelError",
    "UnknownPathError",
    "UpstreamBrokenError",
    "UpstreamError",
    "UpstreamTimeoutError",
    "UpstreamUnreachableError",
]


class SearchrerankError(Exception):
    """The root. `status` is the HTTP status for a client that must be told."""

    status: int = 500


class ClientError(SearchrerankError):
    """The client sent what cannot be served."""

    status = 400


class BadRequestError(ClientError):
    """The request cannot be forwarded without changing its meaning."""


class BodyTooLargeError(ClientError):
    """A body grew past the limit that was set for it."""

    status = 413


class BadCallError(ClientError):
    """A call of a rerank API asks for what cannot be done. Each API has a status of its own for each kind."""


class MalformedCallError(BadCallError):
    """No JSON, or JSON that is not what the API takes: a field is missing, unknown or of the wrong type.

    field: a path to it, such as `documents[2].text`; empty where the body as a whole is meant.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class EmptyCallError(BadCallError):
    """An empty query, or nothing to score."""


class TooManyDocumentsError(BadCallError):
    """More texts than one call may have."""


class TooManyTokensError(BadCallError):
    """More tokens than one call may have."""


class TooLongError(BadCallError):
    """A text is longer than the model takes, and the client forbids to cut it."""


class UnknownModelError(ClientError):
    """No model of that name is served."""

    status = 404


class UnknownPathError(ClientError):
    """Nothing is served there."""

    status = 404


class MethodNotAllowedError(UnknownPathError):
    """Something is served there, but not by this method. allowed: the methods that are (RFC 9110, section 10.2.1)."""

    status = 405

    def __init__(self, message: str, allowed: Sequence[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class UnauthorizedError(ClientError):
    """No key, or one that nobody was given."""

    status = 401


class ForbiddenError(ClientError):
    """A key that may not do this."""

    status = 403


class RateLimitedError(ClientError):
    """A key asks for more than it may. retry_after: in seconds."""

    status = 429

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UpstreamError(SearchrerankError):
    """The search engine, or the way to it, is at fault."""

    status = 502


class UpstreamUnreachableError(UpstreamError):
    """No connection could be made: refused, unknown host, TLS failure."""


class UpstreamTimeoutError(UpstreamError):
    """The engine did not answer in the time allowed."""

    status = 504


class UpstreamBrokenError(UpstreamError):
    """The engine's answer broke off or broke HTTP's rules."""


class ScorerError(SearchrerankError):
    """The model could not score. A search fails open on it; `reason` is the word that tells a client why."""

    status = 503
    reason: str = "scorer-error"


class ScorerOverloadedError(ScorerError):
    """Too much is waiting to be scored already."""

    reason = "overloaded"


class DeadlineExceededError(ScorerError):
    """The budget was spent before every pair was scored."""

    status = 504
    reason = "deadline"

    def __init__(self, message: str, logits: Sequence[float | None] = ()) -> None:
        """logits: that of each pair of the call, None for one that was not scored in time; empty where none was."""
        super().__init__(message)
        self.logits = logits


class ConfigurationError(SearchrerankError):
    """The operator's settings are wrong. Each line of the message names a setting, its value and what would be right."""


class ModelError(ConfigurationError):
    """A model is missing or broken. The message says which file and what is wrong with it."""
