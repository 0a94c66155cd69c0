"""A small keyword engine for demos and tests: OpenSearch's HTTP API, as much of it as they need, on tantivy.

It stands behind the proxy and is reached over HTTP, like any other engine.
"""

from searchrerank.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
