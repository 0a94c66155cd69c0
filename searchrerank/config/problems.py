"""How a wrong setting is told: where it stands, its key, its value, and what would be right. One line each."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

from searchrerank.config.toml import literal

__all__ = ["refusal", "suggestion"]

_LONGEST = 80
_NEAR = 0.81  # a slip of one letter or two; "port" and "report" are at 0.8
_CREDENTIALS = re.compile(r'"(https?://|)[^@]*:.*@', re.IGNORECASE)
_QUERY = re.compile(r'"(https?://[^?]*\?).*"', re.IGNORECASE)
_PEM = re.compile(r"-----BEGIN.*")


def refusal(place: str, key: str, value: object, right: str) -> str:
    """`value` of `key` is not what it should be. place: the file, the variable or "command line"."""
    return f"{place}: {key} = {_shown(value)}: {right}"


def suggestion(word: str, words: Iterable[str], spelt: Callable[[str], str] = str) -> str:
    """The one of `words` that `word` was meant to be, or all of them where none is near; shown as `spelt` writes them."""
    known = tuple(words)
    near = get_close_matches(word, known, n=1, cutoff=_NEAR)
    return f"did you mean '{spelt(near[0])}'?" if near else f"known: {', '.join(map(spelt, known))}"


def _shown(value: object) -> str:
    """`value` on one line, without what people paste where it does not belong: a password in an address, a private key."""
    text = literal(value)
    text = _CREDENTIALS.sub(r'"\1<hidden>@', text)
    text = _QUERY.sub(r'"\1<hidden>"', text)
    text = _PEM.sub("<hidden>", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
