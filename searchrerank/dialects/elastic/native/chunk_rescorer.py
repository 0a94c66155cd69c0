"""The `chunk_rescorer` of `text_similarity_reranker`: only the best chunks of a text are scored, and the best of those counts.

Sources: `ChunkScorerConfig`, `TextSimilarityRerankingRankFeaturePhaseRankShardContext`, `MemoryIndexChunkScorer`.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from searchrerank.dialects.elastic.native.chunking_settings import read_chunking
from searchrerank.dialects.elastic.native.invalid import IllegalArgumentError
from searchrerank.dialects.elastic.native.object_parser import Member, ObjectParser, whole
from searchrerank.dialects.json_spans import Span
from searchrerank.texts import Chunking, best_chunks, chunks

__all__ = ["ChunkRescorer", "read_chunk_rescorer"]


@dataclass(frozen=True, slots=True)
class ChunkRescorer:
    """How many chunks are scored, and how a text is divided into them."""

    size: int
    chunking: Chunking

    def check(self) -> None:
        """Hold it to what the engine looks at only once all of a reranker is read. Raises IllegalArgumentError."""
        if self.size < 1:
            raise IllegalArgumentError(f"size must be greater than 0, was: {self.size}")

    def passages(self, text: str, query: str) -> tuple[str, ...]:
        """The chunks of a text to be scored against the query, at least one."""
        return best_chunks(chunks(text, self.chunking), query, self.size)


def read_chunk_rescorer(body: bytes, part: Span) -> ChunkRescorer:
    """Read the object at `part` of a search's body. Raises InvalidError, and ValueError as `ObjectParser.read` does."""
    read: ChunkRescorer = _PARSER.read(body, part, _built)
    return read


def _built(values: dict[str, Any]) -> ChunkRescorer:
    return ChunkRescorer(values.get("size", 1), read_chunking(values.get("chunking_settings")))


def _settings(body: bytes, part: Span) -> Any:
    return msgspec.json.decode(part.of(body))


_PARSER = ObjectParser(
    "chunk_rescorer",
    {
        "size": Member({"VALUE_NUMBER", "VALUE_STRING"}, whole),
        "chunking_settings": Member({"START_OBJECT", "VALUE_NULL"}, _settings),
    },
    ignores_unknown=True,
)
