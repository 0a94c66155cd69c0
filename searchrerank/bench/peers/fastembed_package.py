"""fastembed's own TextCrossEncoder on a model in a folder, at its defaults: batches of 64 as they come, each padded."""

from collections.abc import Sequence
from pathlib import Path

from fastembed.common.model_description import ModelSource
from fastembed.rerank.cross_encoder import TextCrossEncoder

from searchrerank.bench.peers.call import Call

__all__ = ["load"]

_NAME = "searchrerank/benchmark"


def load(folder: Path, graph: Path, *, threads: int | None, max_tokens: int) -> Call:  # noqa: ARG001 - it reads its own limit
    """threads: None leaves it to ONNX Runtime. The limit of a pair is tokenizer_config.json's `model_max_length`."""
    TextCrossEncoder.add_custom_model(
        model=_NAME, sources=ModelSource(hf=_NAME), model_file=graph.relative_to(folder).as_posix()
    )
    encoder = TextCrossEncoder(_NAME, threads=threads, specific_model_path=str(folder))

    def score(query: str, passages: Sequence[str]) -> list[float]:
        return [float(each) for each in encoder.rerank(query, passages)]

    return score
