"""Values that must not be seen."""

from typing import final

__all__ = ["Secret"]


@final
class Secret:
    """A credential. It cannot be printed, formatted or serialised by accident: only `reveal` gives it out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The credential itself."""
        return self._value

    def __repr__(self) -> str:
        return "<hidden>"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not serialised")
