"""The dialect of Elasticsearch and OpenSearch."""

from searchrerank.dialects.elastic.dialect import ElasticDialect

__all__ = ["ElasticDialect"]
