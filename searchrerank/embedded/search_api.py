"""`_search` and `_count`."""

import time

from searchrerank.embedded.call import Call, Reply, json_reply
from searchrerank.embedded.catalog import Catalog
from searchrerank.embedded.errors import unparsable
from searchrerank.embedded.index import Index
from searchrerank.embedded.search import SearchRequest, query_of, shards
from searchrerank.embedded.search import count as count_matches
from searchrerank.embedded.search import search as find

__all__ = ["count", "search"]


def search(catalog: Catalog, call: Call) -> Reply:
    """`GET` or `POST /{index}/_search` and `/_search`."""
    began = time.monotonic()
    request = SearchRequest.of(call)
    answer = find(_indexes(catalog, call), request)
    return json_reply({"took": int((time.monotonic() - began) * 1000), **answer})


def count(catalog: Catalog, call: Call) -> Reply:
    """`GET` or `POST /{index}/_count` and `/_count`."""
    body = call.json_object()
    for name in body.keys() - {"query"}:
        raise unparsable(f"request does not support [{name}]")
    indexes = _indexes(catalog, call)
    return json_reply({"count": count_matches(indexes, query_of(body, call)), "_shards": shards(len(indexes))})


def _indexes(catalog: Catalog, call: Call) -> list[Index]:
    return catalog.select(
        call.path.get("index", "_all"),
        ignore_unavailable=call.flag("ignore_unavailable"),
        allow_no_indices=call.flag("allow_no_indices", default=True),
    )
