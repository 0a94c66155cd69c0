"""From a checkpoint on disk to a scorer that runs it."""

import gc
import logging
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from searchrerank.config import Model
from searchrerank.errors import ModelError, ScorerError
from searchrerank.models import models_folder
from searchrerank.models.built import built_folder
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.models.cpu import Cpu, this_cpu
from searchrerank.models.source import Source, find_source
from searchrerank.models.variants import NoRoomError, Variants
from searchrerank.scoring import cores
from searchrerank.scoring.local import LocalScorer, logit
from searchrerank.scoring.memory import forget_mapped, return_memory
from searchrerank.scoring.pairs import PairEncoder
from searchrerank.scoring.runtimes import installed, open_onnx
from searchrerank.scoring.session import Session
from searchrerank.scoring.tuning import Calibration, Choice, Tuner
from searchrerank.scoring.tuning.ways import RefusedError, Way, Ways, open_ways, stored
from searchrerank.scoring.workers import Workers

__all__ = ["open_scorer", "tuner_of"]

log = logging.getLogger(__name__)

_BESIDE_WEIGHTS = 64 * 2**20


class _Opened(NamedTuple):
    """A session, how it came about, what besides the CPU decides its scores, and how many bytes its graph has."""

    session: Session
    graph: Path
    choice: Choice
    why: str
    digest: str
    stored: int


def open_scorer(folder: Path, settings: Model, workers: Workers | None = None) -> LocalScorer:
    """The scorer of the checkpoint in `folder`, warmed with a pair of the greatest length.

    workers: the threads that it shares with other scorers; None for some of its own.
    Blocks, the first time for as long as graphs are made and ways to run them measured. Raises ModelError.
    """
    cpu = this_cpu()
    checkpoint = Checkpoint.read(folder)
    encoder = _encoder(checkpoint, settings)
    source = find_source(checkpoint)
    if source is None or settings.precision == "fp16":
        opened = _as_published(checkpoint, settings)
    else:
        opened = _made(_ways(source, settings, cpu, encoder), settings, cpu)
    gc.collect()  # what making and measuring took
    return_memory()
    try:
        logit(encoder, opened.session, encoder.query("warm"), "up " * encoder.max_tokens)
        opened.session.forget()  # few pairs are that long
    except ScorerError as error:
        raise ModelError(f"{opened.graph}: {error}") from error
    return_memory()
    forget_mapped(opened.graph.parent)  # weights, of which the runtime has made what it needs by now
    return LocalScorer(
        settings.name,
        encoder,
        opened.session,
        identity=_identity(opened, cpu, encoder),
        precision=opened.choice.precision,
        threads=opened.choice.threads,
        pairs_a_call=opened.choice.pairs_a_call,
        padding=opened.choice.padding(encoder.max_tokens),
        max_queue=settings.max_queue or None,
        weight=checkpoint.config.multiplications,
        nbytes=_nbytes(opened),
        how=f"{opened.choice.runtime}, {opened.why}",
        workers=workers,
    )


def tuner_of(folder: Path, settings: Model) -> Tuner:
    """What tunes the checkpoint in `folder`. Raises ModelError, also where it has no weights in fp32."""
    cpu = this_cpu()
    checkpoint = Checkpoint.read(folder)
    source = find_source(checkpoint)
    if source is None:
        raise ModelError(f"{folder}: there are no weights in fp32, so there is one way to run the model, and nothing to tune")
    return Tuner(_ways(source, settings, cpu, _encoder(checkpoint, settings)), settings, cpu)


def _encoder(checkpoint: Checkpoint, settings: Model) -> PairEncoder:
    return PairEncoder.read(checkpoint.tokenizer, min(settings.max_tokens, checkpoint.max_tokens))


def _ways(source: Source, settings: Model, cpu: Cpu, encoder: PairEncoder) -> Ways:
    home = built_folder(models_folder(settings.folder), source.digest)
    calibration = Calibration(encoder, settings.threads or cores.available())
    return Ways(Variants(source, home, cpu), calibration, settings.gate)


def _as_published(checkpoint: Checkpoint, settings: Model) -> _Opened:
    """A published fp16 or int8 file: there is nothing to compare it with, and one runtime for it."""
    if settings.runtime == "openvino" or settings.precision == "bf16":
        raise ModelError(f"{checkpoint.folder}: OpenVINO and bf16 need the weights in fp32, which the folder does not have")
    graph = checkpoint.graph(settings.precision)
    choice = Choice("onnxruntime", graph.precision, settings.threads or cores.available())
    return _Opened(
        open_onnx(graph.path),
        graph.path,
        choice,
        "the file as published",
        checkpoint.digest(graph.precision),
        stored(graph.path),
    )


def _made(ways: Ways, settings: Model, cpu: Cpu) -> _Opened:
    """A way that runs from the weights in fp32: the one that was asked for, else the fastest of those that are open."""
    tuner, threads = Tuner(ways, settings, cpu), settings.threads or cores.available()
    try:
        if settings.precision == "auto":
            tuned = tuner.tuned()
            choice, why, threads = tuned.choice, tuned.why, tuned.choice.threads
            opened = ways.open(Way(choice.runtime, choice.precision), threads)
        else:
            way = open_ways(settings, cpu)[0]
            opened = ways.open(way, threads)
            choice, why = tuner.settled(way, opened.session), "as configured"
    except (RefusedError, NoRoomError) as refusal:
        log.warning("%s: %s: the model runs in fp32", settings.name, refusal)
        way = Way("onnxruntime", "fp32")
        opened = ways.open(way, threads)
        choice, why = tuner.settled(way, opened.session), str(refusal)
    ways.variants.close()
    digest = f"{ways.variants.home.name}:{opened.digest[:16]}"
    return _Opened(opened.session, opened.graph, choice, why, digest, opened.stored)


def _identity(opened: _Opened, cpu: Cpu, encoder: PairEncoder) -> str:
    """Everything that decides a score to the bit. Not how many pairs share a call: that was proven not to."""
    choice, tokenizers = opened.choice, metadata.version("tokenizers")
    runtime = f"{choice.runtime}-{installed()[choice.runtime]}"
    length = f"{encoder.max_tokens}-longest-first/{choice.step}"
    return f"{opened.digest}:{choice.precision}:{runtime}:{cpu.digest}:tokenizers-{tokenizers}:{length}"


def _nbytes(opened: _Opened) -> int:
    """About what the model takes: its weights as stored, and what comes with them.

    OpenVINO keeps them as they were and as it needs them. The rest are tokenizer, token ids that are remembered, and the values
    between the layers while calls are made.
    """
    return opened.stored * (2 if opened.choice.runtime == "openvino" else 1) + _BESIDE_WEIGHTS
