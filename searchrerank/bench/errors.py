"""What keeps a benchmark from measuring."""

from searchrerank.errors import SearchrerankError

__all__ = ["BenchmarkError"]


class BenchmarkError(SearchrerankError):
    """A process that is measured does not start, does not answer, or answers wrongly."""
