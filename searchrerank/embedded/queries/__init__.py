"""OpenSearch's query DSL on tantivy."""

from searchrerank.embedded.queries.build import build_query
from searchrerank.embedded.queries.scope import Marks, Scope

__all__ = ["Marks", "Scope", "build_query"]
