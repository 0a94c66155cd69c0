"""One thing that two answers do not have in common."""

from dataclasses import dataclass

__all__ = ["Difference"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`where` is the part of the answer, such as `status`, `header Content-Type`, `body $.hits.total` or `body byte 17`.

    A side that lacks the part altogether is None; a value of a JSON body is written as the JSON that it is.
    """

    where: str
    upstream: str | None
    proxy: str | None
