"""The search request: reading it, running it, writing its answer."""

from searchrerank.embedded.search.execute import count, search, shards
from searchrerank.embedded.search.request import SearchRequest, query_of
from searchrerank.embedded.search.source_filter import SourceFilter

__all__ = ["SearchRequest", "SourceFilter", "count", "query_of", "search", "shards"]
