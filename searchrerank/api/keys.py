"""The keys that clients of the rerank APIs have. Only their hashes are kept, in memory and on disk.

A key is 256 random bits, so nobody finds it by trying, however fast its hash is to compute: SHA-256 will do, and a slow hash
made for passwords would only make each call slow.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from searchrerank.config.patterns import matches
from searchrerank.errors import UnauthorizedError

__all__ = ["Key", "KeyRing", "key_line", "new_key", "read_keys"]

_ENTRY = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,64})\s+sha256:(?P<digest>[0-9a-f]{64})(?P<options>(?:\s+\S+)*)")
_OPTION = re.compile(r"(?P<option>requests|tokens)=(?P<number>[1-9][0-9]{0,11})|models=(?P<models>[^\s,]+(?:,[^\s,]+)*)")
_NEEDED = "NAME sha256:HASH, then as needed requests=N, tokens=N (both a minute) and models=A,B"
_CREDENTIAL = re.compile(r"(?:Bearer|ApiKey) +(\S+) *", re.IGNORECASE)  # RFC 9110, section 11.4: schemes ignore case


@dataclass(frozen=True, slots=True)
class Key:
    """A key and what it may do.

    name: in metrics and log lines. digest: SHA-256 of the key. requests, tokens: the most in a minute; None: any number.
    models: patterns of names of models; none allows every model.
    """

    name: str
    digest: bytes = field(repr=False)
    requests: int | None = None
    tokens: int | None = None
    models: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, key: str) -> "Key":
        """A key that may do everything."""
        return cls(name, _digest(key))

    def allows(self, model: str) -> bool:
        """Whether it may use the model of that name."""
        return not self.models or matches(self.models, model)


class KeyRing:
    """All keys that are valid."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = tuple(keys)

    def find(self, authorization: str | None) -> Key:
        """The key of an Authorization field: `Bearer KEY`, or `ApiKey KEY` as Elasticsearch's clients write it.

        Raises UnauthorizedError. How long that takes tells nothing about the keys: all are compared, each in constant time.
        """
        if authorization is None:
            raise UnauthorizedError("a key is needed: Authorization: Bearer KEY")
        match = _CREDENTIAL.fullmatch(authorization)
        if match is None:
            raise UnauthorizedError("the Authorization header is not of the form: Bearer KEY")
        digest = _digest(match[1])
        found = [key for key in self._keys if hmac.compare_digest(key.digest, digest)]
        if not found:
            raise UnauthorizedError("the key is not valid")
        return found[0]


def read_keys(text: str) -> tuple[Key, ...]:
    """The keys of a file: one a line; empty lines and what follows a `#` do not count.

    Raises ValueError with a line for each line that is wrong, or where there is no key at all. No line is repeated in it: a key
    may stand there by mistake.
    """
    keys: dict[str, Key] = {}
    wrong = []
    for number, line in enumerate(text.splitlines(), 1):
        if entry := line.partition("#")[0].strip():
            key = _key(entry)
            if key is None:
                wrong.append(f"line {number}: not of the form: {_NEEDED}")
            elif key.name in keys:
                wrong.append(f"line {number}: a second key is called {key.name}")
            else:
                keys[key.name] = key
    if not keys and not wrong:
        wrong.append("there is no key in it")
    if wrong:
        raise ValueError("\n".join(wrong))
    return tuple(keys.values())


def new_key() -> str:
    """A fresh key: `sr-` and 256 random bits."""
    return f"sr-{secrets.token_urlsafe(32)}"


def key_line(name: str, key: str) -> str:
    """What stands for it in a file of keys. Raises ValueError for a name that cannot stand there."""
    line = f"{name} sha256:{_digest(key).hex()}"
    if _ENTRY.fullmatch(line) is None:
        raise ValueError("up to 64 letters, digits, dots, hyphens and underscores")
    return line


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def _key(entry: str) -> Key | None:
    match = _ENTRY.fullmatch(entry)
    if match is None:
        return None
    numbers: dict[str, int] = {}
    models: tuple[str, ...] = ()
    for word in match["options"].split():
        option = _OPTION.fullmatch(word)
        if option is None:
            return None
        if option["models"]:
            models = tuple(option["models"].split(","))
        else:
            numbers[option["option"]] = int(option["number"])
    return Key(match["name"], bytes.fromhex(match["digest"]), numbers.get("requests"), numbers.get("tokens"), models)
