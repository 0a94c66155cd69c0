"""Which settings hold for one search."""

from collections.abc import Iterable

from msgspec import UNSET
from msgspec.structs import fields, replace

from searchrerank.config.patterns import matches
from searchrerank.config.settings import Rerank, Rule

__all__ = ["resolve"]

_INHERITED = tuple(field.name for field in fields(Rerank))


def resolve(rules: Iterable[Rule], rerank: Rerank, *, indices: tuple[str, ...], path: str) -> Rerank | None:
    """`rerank` with the overrides of the first rule that matches; None where that rule has `enabled = false`.

    A rule matches when its `path` patterns match `path` (the request's raw path, without the query) and its `index` patterns
    match every one of `indices`, the comma-separated members of the request's index expression; none means all indices.
    A search over indices of two rules therefore matches neither.
    """
    names = _names(indices)
    rule = next((rule for rule in rules if matches(rule.path, path) and _covers_all(rule, names)), None)
    if rule is None:
        return rerank
    return _overridden(rerank, rule) if rule.enabled else None


def _overridden(rerank: Rerank, rule: Rule) -> Rerank:
    overrides = {name: value for name in _INHERITED if (value := getattr(rule, name)) is not UNSET}
    return replace(rerank, **overrides)


def _covers_all(rule: Rule, names: tuple[str, ...]) -> bool:
    patterns = tuple({"_all": "*", "-_all": "-*"}.get(pattern, pattern) for pattern in rule.index)
    return all(matches(patterns, name) for name in names)


def _names(indices: tuple[str, ...]) -> tuple[str, ...]:
    """The indices searched, `*` for all of them. An exclusion (`-logs-debug*`) only narrows what the others name."""
    names = (_local(index) for index in indices)
    return tuple("*" if name == "_all" else name for name in names if name and not name.startswith("-")) or ("*",)


def _local(index: str) -> str:
    """`index` without its cluster (`cluster:index`) and its selector (`index::failures`); date math holds colons of its own."""
    name = index.partition("::")[0]
    if name.startswith("<"):
        return name
    return name.partition(":")[2] or name
