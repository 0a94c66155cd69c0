"""What one request asks of searchrerank itself, in headers or under `ext.searchrerank`. Neither reaches the engine."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

import msgspec

from searchrerank.config import Duration, Rerank
from searchrerank.errors import BadRequestError
from searchrerank.message import Headers

__all__ = ["HEADERS", "Control", "control_of"]

Mode = Literal["on", "off", "shadow"]


@dataclass(frozen=True, slots=True)
class Control:
    """The wishes of one request; None where it has none.

    mode: `on` reranks even where a rule says not to, `off` passes the search through, `shadow` scores and reports, but answers
    in the engine's order. model: the one that the client counts on. The others stand instead of their settings in `[rerank]`.
    """

    mode: Mode | None = None
    model: str | None = None
    window: int | None = None
    budget: Duration | None = None
    fields: tuple[str, ...] | None = None

    def over(self, rerank: Rerank) -> Rerank:
        """The settings with the wishes in their place."""
        wishes = {"window": self.window, "budget": self.budget, "fields": self.fields}
        return msgspec.structs.replace(rerank, **{name: value for name, value in wishes.items() if value is not None})


_NAMES = tuple(field.name for field in fields(Control))
HEADERS = ("X-Searchrerank", *(f"X-Searchrerank-{name.capitalize()}" for name in _NAMES if name != "mode"))


def control_of(headers: Headers, extension: Any, allowed: Collection[str]) -> Control:
    """Read a request's wishes. A header is stronger than the body's extension.

    extension: the decoded member `ext.searchrerank`, None where there is none. allowed: the names that clients may use.
    Raises BadRequestError, which names the header or the member and what would be right.
    """
    control = Control()
    if extension is not None:
        if not isinstance(extension, Mapping):
            raise BadRequestError("[ext.searchrerank] must be an object")
        for name, value in extension.items():
            control = _with(control, f"[ext.searchrerank.{name}]", name, value, allowed)
    for header, name in zip(HEADERS, _NAMES, strict=True):
        if (value := headers.get(header)) is not None:
            control = _with(control, f"the header [{header}]", name, value, allowed)
    return control


def _with(control: Control, where: str, name: str, value: Any, allowed: Collection[str]) -> Control:
    if name not in _NAMES:
        raise BadRequestError(f"{where} is unknown; known are {', '.join(_NAMES)}")
    if name not in allowed:
        raise BadRequestError(f"{where} is not allowed here; the configuration's [control] allow names what is")
    try:
        return replace(control, **{name: _READ[name](value)})
    except ValueError as error:
        raise BadRequestError(f"{where} is [{value}]; right is {error}") from None


def _mode(value: Any) -> Mode:
    if value not in get_args(Mode):
        raise ValueError("on, off or shadow")
    mode: Mode = value
    return mode


def _model(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a model's name")
    return value


def _window(value: Any) -> int:
    try:
        number = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else 0
    except ValueError:
        number = 0
    if not 1 <= number <= 10_000:
        raise ValueError("a whole number from 1 to 10000")
    return number


def _budget(value: Any) -> Duration:
    return Duration.parse(value if isinstance(value, str) else "")


def _fields(value: Any) -> tuple[str, ...]:
    listed = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed or not all(isinstance(name, str) and name for name in listed):
        raise ValueError("one or more names of fields")
    return tuple(listed)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "mode": _mode,
    "model": _model,
    "window": _window,
    "budget": _budget,
    "fields": _fields,
}
