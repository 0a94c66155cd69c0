"""searchrerank: put it in front of Elasticsearch, OpenSearch or Solr, and searches come back reranked by a cross-encoder."""

from importlib.metadata import PackageNotFoundError, version

__all__ = ["__version__"]

try:
    __version__ = version("searchrerank")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
