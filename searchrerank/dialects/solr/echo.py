"""`responseHeader.params`: the parameters, which Solr repeats as they were sent (`echoParams=explicit`) or in force (`all`).

Source: `RequestHandlerBase` and `SolrCore.setResponseHeaderValues` of Solr.
"""

from collections.abc import Sequence
from typing import TypeVar

from searchrerank.dialects.solr.hash_order import capacity_for, hash_order
from searchrerank.dialects.solr.notation import Entry, Notation
from searchrerank.dialects.solr.plan import SolrPlan
from searchrerank.dialects.solr.told import NAME, Told

__all__ = ["told_in", "with_own_params"]

N = TypeVar("N")

_OURS = frozenset({NAME, "json.limit", "json.offset", "json.fields"})
_ORIGINALS = {"rows": "limit", "start": "offset"}
_PUT = {"q": "query", "rows": "limit", "start": "offset", "fl": "fields", "fq": "filter", "sort": "sort"}
_REQUEST_ID = "rid"
"""Solr's own number for a request, which it keeps beside the parameters."""


def told_in(notation: Notation[N], header: N | None) -> Told | None:
    """What the repeated parameters tell, where they are those in force."""
    for entry in _params(notation, header):
        if entry.name == NAME:
            return Told.read("".join(notation.texts(entry.node, numbers=False)))
    return None


def with_own_params(notation: Notation[N], header: N, plan: SolrPlan) -> N:
    """The header with none but the client's parameters, in the order that they would have come in."""
    found = _params(notation, header)
    if not any(entry.name == NAME for entry in found):
        return header
    in_force = told_in(notation, header)
    kept = [own for entry in found if (own := _own(notation, entry, in_force, plan)) is not None]
    ordered = _ordered([entry.name for entry in found], kept, plan, in_force)
    return notation.with_entries(
        header,
        [
            entry._replace(node=notation.with_entries(entry.node, ordered)) if entry.name == "params" else entry
            for entry in notation.entries(header)
        ],
    )


def _params(notation: Notation[N], header: N | None) -> list[Entry[N]]:
    if header is None:
        return []
    params = next((entry.node for entry in notation.entries(header) if entry.name == "params"), None)
    return [] if params is None else notation.entries(params)


def _own(notation: Notation[N], entry: Entry[N], told: Told | None, plan: SolrPlan) -> Entry[N] | None:
    """A parameter as it would be without the widening; None where it would not be. told: as for `_ordered`."""
    if entry.name in _OURS:
        return _less(notation, entry, 1)
    if told is None:
        return entry
    if entry.name == "fl":
        return _less(notation, entry, len(plan.added))
    if entry.name in _ORIGINALS:
        own = plan.search.json.get(_ORIGINALS[entry.name], getattr(told, entry.name))
        return entry._replace(node=notation.with_text(entry.node, str(own))) if own != "" else None
    return entry


def _less(notation: Notation[N], entry: Entry[N], last: int) -> Entry[N] | None:
    """The parameter less the last of its values; None where none is left."""
    values = notation.items(entry.node)
    left = values[:-last] if values is not None else []
    if not left:
        return None
    if len(left) == 1:
        return entry._replace(node=notation.in_place_of(entry.node, left[0]))
    return entry._replace(node=notation.with_items(entry.node, left))


def _ordered(came: Sequence[str], kept: Sequence[Entry[N]], plan: SolrPlan, told: Told | None) -> list[Entry[N]]:
    """What is kept, in the order of a map without what was added; as it came where that map's order cannot be told.

    told: what was in force where the parameters are those; None where they are as they were sent.
    """
    apart = [entry for entry in kept if entry.name == _REQUEST_ID]
    names = [name for name in plan.search.sent if any(entry.name == name for entry in kept)]
    names += [entry.name for entry in kept if entry.name not in {*names, _REQUEST_ID}]
    came = [name for name in came if name != _REQUEST_ID]
    if told is None:
        known = hash_order([*names, *came]) == came
        own = hash_order(names)
    else:
        known = any(hash_order(came, 2**exponent) == came for exponent in range(1, 12))
        own = hash_order(hash_order(names), capacity_for([name for name in names if not _was_put_later(name, plan, told)]))
    if not known:
        return list(kept)
    return [*sorted((entry for entry in kept if entry not in apart), key=lambda entry: own.index(entry.name)), *apart]


def _was_put_later(name: str, plan: SolrPlan, told: Told) -> bool:
    """Whether Solr made a parameter of the JSON's members, after it had made its map of the others."""
    if name.startswith("_tt"):
        return True
    member = _PUT.get(name)
    return member is not None and member in plan.search.json and name not in plan.search.sent and not getattr(told, name, "")
