"""What is served, as the APIs that tell of it need to know it."""

from dataclasses import dataclass

__all__ = ["Capacity", "Served"]


@dataclass(frozen=True, slots=True)
class Served:
    """One model.

    name: as clients name it. source: what it was made of: a repository on the Hub, or the name of a folder. revision: the
    source's commit; None where there is none. dtype: of the weights that are multiplied: `int8`, `bfloat16`, `float32`.
    max_tokens: of a pair, special tokens included. created: when it was loaded or configured, in seconds since 1970.
    """

    name: str
    source: str
    revision: str | None
    dtype: str
    max_tokens: int
    created: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the server takes.

    concurrent_calls: at most, before it says that it is overloaded. documents, tokens: of one call. workers: threads that
    tokenise and score. version: of this program.
    """

    concurrent_calls: int
    documents: int
    tokens: int
    workers: int
    version: str
