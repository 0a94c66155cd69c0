"""The state of a cluster: SolrJ's CloudSolrClient asks for it, and from then on goes to the nodes named there, past any proxy.

Sources: `BaseHttpClusterStateProvider` and `CloudSolrClient.sendRequest` of SolrJ, which take nodes from `live_nodes` and from
each replica's `node_name` and `base_url`; `ClusterStatus` of Solr. A node's name is its address and `_solr`.
"""

from typing import TypeVar
from urllib.parse import parse_qs

from searchrerank.dialects.solr.notation import Entry, Notation, UnreadableError, notation_of
from searchrerank.errors import UpstreamBrokenError

__all__ = ["asks_for_nodes", "with_publish_address"]

N = TypeVar("N")


def asks_for_nodes(method: str, target: str) -> bool:
    """Whether the request is for the state of the cluster: `/solr/admin/collections?action=CLUSTERSTATUS`."""
    path, _, query = target.partition("?")
    actions = parse_qs(query).get("action", [""])
    return method == "GET" and path.rstrip("/") == "/solr/admin/collections" and actions[0].lower() == "clusterstatus"


def with_publish_address(body: bytes, address: str) -> bytes:
    """The answer with this as each node's address, and nothing else changed. Raises UpstreamBrokenError."""
    try:
        notation = notation_of(body)
        return notation.write(_published(notation, notation.read(body), address), body)
    except (UnreadableError, RecursionError) as error:
        raise UpstreamBrokenError(f"the engine's answer is not that of its cluster: {error}") from error


def _published(notation: Notation[N], node: N, address: str) -> N:
    """A map with the address in it and in the maps below."""
    try:
        entries = notation.entries(node)
    except UnreadableError:
        return node
    if not entries:
        return node
    return notation.with_entries(node, [_published_entry(notation, entry, address) for entry in entries])


def _published_entry(notation: Notation[N], entry: Entry[N], address: str) -> Entry[N]:
    name = f"{address}_solr"
    match entry.name:
        case "node_name":
            node = notation.with_text(entry.node, name)
        case "base_url":
            scheme = "".join(notation.texts(entry.node, numbers=False)).partition("://")[0]
            node = notation.with_text(entry.node, f"{scheme}://{address}/solr")
        case "live_nodes":
            nodes = notation.items(entry.node) or []
            node = notation.with_items(entry.node, [notation.with_text(each, name) for each in nodes[:1]])
        case _:
            node = _published(notation, entry.node, address)
    return entry._replace(node=node)
