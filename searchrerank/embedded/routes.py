"""Every request that the engine answers: its methods, its path, who answers it and which parameters it may have."""

from collections.abc import Callable
from dataclasses import dataclass

from searchrerank.embedded import bulk_api, cluster_api, documents_api, indices_api, search_api
from searchrerank.embedded.call import Call, Reply
from searchrerank.embedded.catalog import Catalog
from searchrerank.embedded.words import words

__all__ = ["COMMON", "NOT_SERVED", "ROUTES", "Handler", "Route"]

Handler = Callable[[Catalog, Call], Reply]

COMMON = frozenset(("pretty", "human", "error_trace", "source", "source_content_type"))
"""Parameters of every request."""

_WAITING = "timeout cluster_manager_timeout master_timeout wait_for_active_shards"
_INDICES = "ignore_unavailable allow_no_indices expand_wildcards"
_SOURCE = "_source _source_includes _source_excludes"
_SEARCH = (
    "q df default_operator lenient analyze_wildcard from size sort track_total_hits track_scores rest_total_hits_as_int"
    f" {_SOURCE} {_INDICES} preference request_cache typed_keys batched_reduce_size ccs_minimize_roundtrips"
    " max_concurrent_shard_requests pre_filter_shard_size allow_partial_search_results timeout cancel_after_time_interval"
    " search_type"
)
_WRITE = f"refresh timeout wait_for_active_shards op_type require_alias routing {_SOURCE}"

NOT_SERVED = words(
    "analyzer docvalue_fields explain filter_path if_primary_term if_seq_no pipeline profile scroll search_pipeline "
    "seq_no_primary_term stats stored_fields suggest_field suggest_mode suggest_size suggest_text terminate_after version "
    "version_type"
)
"""Parameters that OpenSearch has and this engine has not."""


@dataclass(frozen=True, slots=True)
class Route:
    """`path` is in aiohttp's notation."""

    methods: tuple[str, ...]
    path: str
    handler: Handler
    parameters: frozenset[str]


def _route(methods: str, path: str, handler: Handler, parameters: str = "") -> Route:
    path = path.replace("{index}", "{index:[^_/][^/]*|_all}").replace("{id}", "{id:[^/]+}")
    return Route(tuple(methods.split()), path, handler, frozenset(parameters.split()))


ROUTES = (
    _route("GET HEAD", "/", cluster_api.root),
    _route("GET", "/_cluster/health", cluster_api.health, f"{_WAITING} level local wait_for_status wait_for_nodes"),
    _route("GET", "/_cat/indices", cluster_api.cat_indices, f"{_WAITING} v h format bytes local expand_wildcards"),
    _route("GET", "/_cat/indices/{index}", cluster_api.cat_indices, f"{_WAITING} v h format bytes local expand_wildcards"),
    _route("GET POST", "/_search", search_api.search, _SEARCH),
    _route("GET POST", "/{index}/_search", search_api.search, _SEARCH),
    _route("GET POST", "/_count", search_api.count, f"q df default_operator lenient analyze_wildcard preference {_INDICES}"),
    _route(
        "GET POST", "/{index}/_count", search_api.count, f"q df default_operator lenient analyze_wildcard preference {_INDICES}"
    ),
    _route("POST PUT", "/_bulk", bulk_api.bulk, _WRITE),
    _route("POST PUT", "/{index}/_bulk", bulk_api.bulk, _WRITE),
    _route("GET POST", "/_refresh", indices_api.refresh, _INDICES),
    _route("GET POST", "/{index}/_refresh", indices_api.refresh, _INDICES),
    _route("GET", "/_mapping", indices_api.mapping, f"{_WAITING} {_INDICES} local"),
    _route("GET", "/{index}/_mapping", indices_api.mapping, f"{_WAITING} {_INDICES} local"),
    _route("POST", "/{index}/_doc", documents_api.index, _WRITE),
    _route("PUT POST", "/{index}/_doc/{id}", documents_api.index, _WRITE),
    _route("GET HEAD", "/{index}/_doc/{id}", documents_api.get, f"{_SOURCE} realtime refresh preference routing"),
    _route("DELETE", "/{index}/_doc/{id}", documents_api.delete, _WRITE),
    _route("PUT POST", "/{index}/_create/{id}", documents_api.create, _WRITE),
    _route("PUT", "/{index:[^/]+}", indices_api.create, _WAITING),
    _route("GET", "/{index:[^/]+}", indices_api.describe, f"{_WAITING} {_INDICES} local flat_settings include_defaults"),
    _route("HEAD", "/{index:[^/]+}", indices_api.exists, f"{_WAITING} {_INDICES} local flat_settings include_defaults"),
    _route("DELETE", "/{index:[^/]+}", indices_api.delete, f"{_WAITING} {_INDICES}"),
)
