"""How many optional clauses must match: `3`, `-1`, `75%`, `-25%`, `2<75%`, `2<-25% 9<-3`.

https://docs.opensearch.org/latest/query-dsl/minimum-should-match/; the arithmetic is that of
org.opensearch.common.lucene.search.Queries.calculateMinShouldMatch.
"""

import re

from searchrerank.embedded.errors import RefusedError

__all__ = ["minimum_should_match"]

_PLAIN = re.compile(r"[+-]?\d+%?")


def minimum_should_match(expression: str | int, clauses: int) -> int:
    """The number for so many optional clauses, from 0 to `clauses` and beyond. Raises RefusedError where unreadable."""
    text = str(expression).strip()
    if "<" not in text:
        return max(0, _plain(text, clauses))
    result = clauses
    for part in re.sub(r"\s*<\s*", "<", text).split():
        bound, _, value = part.partition("<")
        if not bound.isdecimal():
            raise _unreadable(text)
        if clauses <= int(bound):
            return result
        result = max(0, _plain(value, clauses))
    return result


def _plain(text: str, clauses: int) -> int:
    if not _PLAIN.fullmatch(text):
        raise _unreadable(text)
    if not text.endswith("%"):
        number = int(text)
        return clauses + number if number < 0 else number
    share = int(clauses * int(text[:-1]) / 100)
    return clauses + share if share < 0 or text.startswith("-") else share


def _unreadable(text: str) -> RefusedError:
    return RefusedError(400, "number_format_exception", f'For input string: "{text}"')
