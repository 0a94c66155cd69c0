"""Sniffing: a client asks the cluster where its nodes are, and from then on goes there, past any proxy.

Sources: `/_nodes/_all/http` of elastic-transport-python (`Transport.sniff`) and opensearch-py (`Transport._get_sniff_data`);
`HttpInfo.toXContent` of the engines.
"""

import msgspec

from searchrerank.dialects.json_spans import Span, UnreadableError, members, replace
from searchrerank.errors import UpstreamBrokenError

__all__ = ["asks_for_nodes", "with_publish_address"]


def asks_for_nodes(method: str, target: str) -> bool:
    """Whether the request is for the HTTP addresses of nodes: `/_nodes/http` or `/_nodes/{nodes}/http`."""
    segments = [segment for segment in target.partition("?")[0].split("/") if segment]
    return method == "GET" and 2 <= len(segments) <= 3 and segments[0] == "_nodes" and segments[-1] == "http"


def with_publish_address(body: bytes, address: str) -> bytes:
    """The answer with this as each node's `publish_address`, and nothing else changed. Raises UpstreamBrokenError."""
    try:
        edits = [
            (http["publish_address"], msgspec.json.encode(address))
            for node in members(body, members(body)["nodes"]).values()
            if (span := members(body, node).get("http")) is not None and "publish_address" in (http := members(body, span))
        ]
    except (UnreadableError, KeyError) as error:
        raise UpstreamBrokenError(f"the engine's answer is not that of its nodes: {error}") from error
    return replace(body, Span(0, len(body)), edits)
