"""What is wrong with a request, by the names that the engines give to it: the answer's `type` is made of the class's name.

One that is caused by another (`raise … from …`) tells that one too, as the engines do.
"""

from searchrerank.errors import ClientError

__all__ = [
    "ActionRequestValidationError",
    "ClassCastError",
    "IllegalArgumentError",
    "IllegalStateError",
    "InvalidError",
    "NullPointerError",
    "NumberFormatError",
    "ParseError",
    "ValidationError",
    "XContentParseError",
]


class InvalidError(ClientError):
    """The root. `at`: the offset in the body of the token at which the engine would give up."""

    at: int = 0


class IllegalArgumentError(InvalidError):
    """A value that makes no sense."""


class IllegalStateError(InvalidError):
    """A token where the engine's reader stands elsewhere."""


class ParseError(InvalidError):
    """Nothing to read."""


class XContentParseError(InvalidError):
    """A member that is unknown, of another type, or whose value is wrong."""


class NumberFormatError(InvalidError):
    """A text that is no number."""


class NullPointerError(InvalidError):
    """A null that the engine does not expect."""


class ClassCastError(InvalidError):
    """A value of a type that the engine does not expect."""


class ValidationError(InvalidError):
    """Settings that are wrong."""

    def __init__(self, *problems: str) -> None:
        """Each problem is one sentence, without its full stop."""
        self.problems = problems
        numbered = (f"{number}: {problem};" for number, problem in enumerate(problems, 1))
        super().__init__(f"Validation Failed: {''.join(numbered)}")


class ActionRequestValidationError(ValidationError):
    """Members that do not go together."""
