"""The dialect of Apache Solr."""

from searchrerank.dialects.solr.dialect import SolrDialect

__all__ = ["SolrDialect"]
