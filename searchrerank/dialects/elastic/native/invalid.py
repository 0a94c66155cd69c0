"""What is wrong with a request, by the names that the engines give to it: the answer's `type` is made of the class's name."""

from searchrerank.errors import ClientError

__all__ = ["ActionRequestValidationError", "IllegalArgumentError", "XContentParseError"]


class IllegalArgumentError(ClientError):
    """A value that makes no sense."""


class XContentParseError(ClientError):
    """A member that is unknown, or of another type."""


class ActionRequestValidationError(ClientError):
    """Members that do not go together."""

    def __init__(self, *problems: str) -> None:
        """Each problem is one sentence, without its full stop."""
        numbered = (f"{number}: {problem};" for number, problem in enumerate(problems, 1))
        super().__init__(f"Validation Failed: {''.join(numbered)}")
