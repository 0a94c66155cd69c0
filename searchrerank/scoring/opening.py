"""From a checkpoint on disk to a scorer that runs it."""

from pathlib import Path

from searchrerank.config import Model
from searchrerank.errors import ModelError, ScorerError
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.scoring import cores
from searchrerank.scoring.local import LocalScorer, logit
from searchrerank.scoring.onnx_runtime import OnnxSession
from searchrerank.scoring.pairs import PairEncoder

__all__ = ["open_scorer"]


def open_scorer(folder: Path, settings: Model) -> LocalScorer:
    """The scorer of the checkpoint in `folder`, warmed with a pair of the greatest length. Blocks; raises ModelError."""
    checkpoint = Checkpoint.read(folder)
    graph = checkpoint.graph(settings.precision)
    encoder = PairEncoder.read(checkpoint.tokenizer, min(settings.max_tokens, checkpoint.max_tokens))
    session = OnnxSession(graph.path)
    try:
        logit(encoder, session, encoder.query("warm"), "up " * encoder.max_tokens)
    except ScorerError as error:
        raise ModelError(f"{graph.path}: {error}") from error
    threads = settings.threads or cores.available()
    identity = f"{checkpoint.digest(graph.precision)}:{encoder.max_tokens}"
    return LocalScorer(
        settings.name,
        encoder,
        session,
        identity=identity,
        precision=graph.precision,
        threads=threads,
        max_queue=settings.max_queue or None,
    )
