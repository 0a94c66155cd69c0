"""Recorded requests, asked of an engine and of a proxy in front of it: where do the two answers differ?

The core is pure (`compare`, `mask`, `read_requests`); `replay` is the shell around it.
"""

from searchrerank.compare.answers import IGNORED_HEADERS, compare
from searchrerank.compare.difference import Difference
from searchrerank.compare.masking import SCORES, TOOK, mask
from searchrerank.compare.replay import Result, replay
from searchrerank.compare.requests import RequestsFileError, read_requests

__all__ = [
    "IGNORED_HEADERS",
    "SCORES",
    "TOOK",
    "Difference",
    "RequestsFileError",
    "Result",
    "compare",
    "mask",
    "read_requests",
    "replay",
]
