"""Values that must not be seen."""

from dataclasses import dataclass
from typing import Literal, final

__all__ = ["Secret", "SecretReference"]


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a credential stands: in the environment variable `name`, or in the file `name`."""

    kind: Literal["env", "file"]
    name: str


@final
class Secret:
    """A credential. It cannot be printed, formatted or serialised by accident: only `reveal` gives it out.

    `reference` says where it was read from, for whoever has to show a configuration without its secrets.
    """

    __slots__ = ("_value", "reference")

    def __init__(self, value: str, reference: SecretReference | None = None) -> None:
        self._value = value
        self.reference = reference

    def reveal(self) -> str:
        """The credential itself."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "<hidden>"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not serialised")
