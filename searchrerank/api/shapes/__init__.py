"""The shapes of rerank APIs, one a file: bytes and values in, bytes and values out."""
