"""Values by path in an answer, and values that a test keeps for later."""

import base64
import json
import re
from typing import Any

_DOT = re.compile(r"(?<!\\)\.")
_EMBEDDED = re.compile(r"\$\{([^}]+)\}")
_CREDENTIALS = re.compile(r"#base64EncodeCredentials\(([^,]+),([^)]+)\)")


class Stash:
    """What `set` keeps, and what `$name` stands for."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def keep(self, name: str, value: Any) -> None:
        self._values[name] = value

    def filled(self, value: Any) -> Any:
        """The value with each `$name` and `${name}` in it, keys included, replaced. Raises KeyError for an unknown one."""
        if isinstance(value, dict):
            return {str(self.filled(key)): self.filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if not isinstance(value, str):
            return value
        if re.fullmatch(r"\$\w+", value):
            return self._values[value[1:]]
        return _EMBEDDED.sub(lambda found: str(self._values[found[1]]), value)

    def path(self, path: str) -> list[str]:
        """The steps of a dotted path; `\\.` is a dot within one."""
        steps = _DOT.split(path) if path else []
        return [str(self.filled(step.replace("\\.", "."))) for step in steps]


def value_at(answer: Any, steps: list[str]) -> Any:
    """The value there; None where there is none. `_arbitrary_key_` is an object's first key."""
    for step in steps:
        if isinstance(answer, dict):
            answer = next(iter(answer), None) if step == "_arbitrary_key_" else answer.get(step)
        elif isinstance(answer, list) and step.isdecimal():
            answer = answer[int(step)] if int(step) < len(answer) else None
        else:
            return None
    return answer


def transformed(answer: Any, expression: str, stash: Stash) -> Any:
    """`#base64EncodeCredentials(user,password)` of the answer's two members; anything else as it is."""
    found = _CREDENTIALS.fullmatch(expression)
    if found is None:
        return expression
    user, password = (value_at(answer, stash.path(part)) for part in found.groups())
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def java_text(value: Any) -> str:
    """The value as the engines' own runner prints it, which `catch: /…/` is matched against."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={java_text(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(java_text, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)
