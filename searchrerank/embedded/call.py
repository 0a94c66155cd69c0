"""One request as a handler sees it, and its answer: values, so that handlers need neither aiohttp nor an event loop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from searchrerank.embedded.errors import RefusedError, unparsable

__all__ = ["Call", "Reply", "json_reply", "parse_json"]

JSON = "application/json; charset=UTF-8"
TEXT = "text/plain; charset=UTF-8"
_decoder = msgspec.json.Decoder(float_hook=float)


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose route is known: `path` holds the variables of its path, `parameters` those of its query string."""

    path: Mapping[str, str]
    parameters: Mapping[str, str]
    body: bytes = b""

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean parameter; present without a value, it is true. Raises RefusedError for anything else."""
        value = self.parameters.get(name)
        if value is None:
            return default
        if value in ("", "true"):
            return True
        if value == "false":
            return False
        raise RefusedError(
            400,
            "illegal_argument_exception",
            f"Failed to parse value [{value}] as only [true] or [false] are allowed.",
        )

    def integer(self, name: str) -> int | None:
        """An integer parameter, or None. Raises RefusedError where it is no integer."""
        value = self.parameters.get(name)
        try:
            return None if value is None else int(value)
        except ValueError:
            raise RefusedError(
                400,
                "illegal_argument_exception",
                f"Failed to parse int parameter [{name}] with value [{value}]",
                cause={"type": "number_format_exception", "reason": f'For input string: "{value}"'},
            ) from None

    def names(self, name: str) -> tuple[str, ...] | None:
        """A comma-separated list, or None where it is not given."""
        value = self.parameters.get(name)
        return None if value is None else tuple(part for part in value.split(",") if part)

    def json_object(self) -> dict[str, Any]:
        """The body, which is an object; empty where there is none. Raises RefusedError for anything else."""
        if not self.body.strip():
            return {}
        value = parse_json(self.body)
        if not isinstance(value, dict):
            found = "START_ARRAY" if isinstance(value, list) else "VALUE"
            raise unparsable(f"Expected [START_OBJECT] but found [{found}]")
        return value


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(value: Any, status: int = 200) -> Reply:
    """`value` as JSON; what is msgspec.Raw goes out as the bytes it is."""
    return Reply(msgspec.json.encode(value), status)


def parse_json(text: bytes | str) -> Any:
    """Any JSON value; a float beyond the range of a double becomes infinite. Raises RefusedError."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(400, "json_parse_exception", str(error)) from error
