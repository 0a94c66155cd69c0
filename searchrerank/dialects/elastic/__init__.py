"""The dialect of Elasticsearch and OpenSearch."""

from searchrerank.dialects.elastic.dialect import ElasticDialect
from searchrerank.dialects.elastic.filter_path import engine_keeps_empty

__all__ = ["ElasticDialect", "engine_keeps_empty"]
