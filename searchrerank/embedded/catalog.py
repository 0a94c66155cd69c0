"""The indexes of the engine, by name, and the expressions that requests name them with."""

import fnmatch
from collections.abc import Iterable, Mapping
from typing import Any

from searchrerank.embedded.errors import RefusedError, index_not_found
from searchrerank.embedded.index import Index

__all__ = ["Catalog"]

_FORBIDDEN = frozenset('\\/*?"<>| ,#:')


class Catalog:
    """Every index. Its methods may be called from any thread: each is one step of a dict, which is atomic."""

    def __init__(self) -> None:
        self._indexes: dict[str, Index] = {}

    def create(self, name: str, settings: Mapping[str, Any], mappings: Mapping[str, Any]) -> Index:
        """Make an index. Raises RefusedError where the name is taken or not allowed, or for what it may not contain."""
        _check_name(name)
        index = Index.make(name, settings, mappings)
        kept = self._indexes.setdefault(name, index)
        if kept is not index:
            details = {"index": name, "index_uuid": kept.uuid}
            reason = f"index [{name}/{kept.uuid}] already exists"
            raise RefusedError(400, "resource_already_exists_exception", reason, details=details)
        return index

    def get_for_document(self, name: str) -> Index:
        """The index of exactly that name, to read or delete a document. Raises RefusedError (404) where there is none."""
        try:
            return self._indexes[name]
        except KeyError:
            raise index_not_found(name, "index_expression") from None

    def get_or_create(self, name: str) -> Index:
        """The index, made on the first document that is written to it."""
        _check_name(name)
        return self._indexes.get(name) or self._indexes.setdefault(name, Index.make(name, {}, {}))

    def select(self, expression: str, *, ignore_unavailable: bool = False, allow_no_indices: bool = True) -> list[Index]:
        """The indexes that a comma-separated list of names and `*` patterns names, in the order of their names.

        A name with a leading `-` takes away from what stands before it. Raises RefusedError (404) for a name without an index.
        """
        chosen: dict[str, Index] = {}
        for part in expression.split(","):
            if part.startswith("-") and chosen:
                for name in fnmatch.filter(list(chosen), part[1:]):
                    del chosen[name]
            elif part in ("_all", "*", "") or "*" in part:
                chosen |= self._matching("*" if part in ("_all", "") else part)
            elif part in self._indexes:
                chosen[part] = self._indexes[part]
            elif not ignore_unavailable:
                raise index_not_found(part)
        if not chosen and not allow_no_indices:
            raise index_not_found(expression)
        return [chosen[name] for name in sorted(chosen)]

    def delete(self, indexes: Iterable[Index]) -> None:
        """Remove indexes with their documents."""
        for index in indexes:
            self._indexes.pop(index.name, None)

    def _matching(self, pattern: str) -> dict[str, Index]:
        return {name: self._indexes[name] for name in fnmatch.filter(list(self._indexes), pattern)}


def _check_name(name: str) -> None:
    problem = None
    if name.startswith(("_", "-", "+")):
        problem = "must not start with '_', '-', or '+'"
    elif name != name.lower():
        problem = "must be lowercase"
    elif name in (".", "..", "") or _FORBIDDEN & set(name):
        problem = 'must not contain the following characters [ , ", *, \\, <, |, ,, >, /, ?]'
    elif len(name.encode()) > 255:
        problem = f"index name is too long, ({len(name.encode())} > 255)"
    if problem:
        details = {"index": name, "index_uuid": "_na_"}
        reason = f"Invalid index name [{name}], {problem}"
        raise RefusedError(400, "invalid_index_name_exception", reason, details=details)
