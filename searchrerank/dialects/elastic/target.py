"""The target of a search: which indices, which parameters; and the same target with other parameters.

Sources: `RestUtils.decodeQueryString` and `RestSearchAction` of Elasticsearch and OpenSearch. A parameter overrides the body's
member of its name, so that a page is widened by its parameters alone and the body's bytes stay the client's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, unquote_plus

__all__ = ["SearchTarget"]


@dataclass(frozen=True, slots=True)
class SearchTarget:
    """A target that names a search, or several. `parameters` are decoded, the last of equal names wins, as in the engines."""

    path: str
    indices: tuple[str, ...]
    raw_parameters: tuple[str, ...]
    parameters: dict[str, str]

    @classmethod
    def parse(cls, target: str, route: str = "_search") -> "SearchTarget | None":
        """Read `/{route}` or `/{index}/{route}`; None for any other target. Empty path segments count for nothing."""
        path, _, query = target.partition("?")
        segments = [unquote(segment) for segment in path.split("/") if segment]
        last = route.split("/")
        before = segments[: -len(last)]
        if segments[-len(last) :] != last or len(before) > 1:
            return None
        expression = before[0] if before else "_all"
        if expression.startswith("_") and expression != "_all":
            return None
        indices = () if expression in {"_all", "*"} else tuple(filter(None, expression.split(",")))
        raw = tuple(part for part in query.split("&") if part)
        return cls(path, indices, raw, dict(map(_decoded, raw)))

    @property
    def readable(self) -> bool:
        """Whether the parameters are sure to mean to the engine what they mean here: some engines split at `;` too."""
        return not any(";" in part or "\ufffd" in _decoded(part)[1] for part in self.raw_parameters)

    def without(self, *names: str) -> "SearchTarget":
        """The same target less these parameters."""
        kept = tuple(part for part in self.raw_parameters if _decoded(part)[0] not in names)
        return SearchTarget(self.path, self.indices, kept, dict(map(_decoded, kept)))

    def replacing(self, parameters: Mapping[str, str | int | None]) -> str:
        """The target with these parameters (None: without it) instead of any of their names, all others as they were spelt."""
        kept = self.without(*parameters).raw_parameters
        new = [f"{name}={quote(str(value), safe=',*')}" for name, value in parameters.items() if value is not None]
        query = "&".join([*kept, *new])
        return f"{self.path}?{query}" if query else self.path


def _decoded(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return unquote_plus(name), unquote_plus(value)
