from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from scoring.gated import GatedSession
from stand_ins import make

import searchrerank.models
from searchrerank.config import Model
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.scoring import LocalScorer, open_scorer
from searchrerank.scoring.onnx_runtime import OnnxSession
from searchrerank.scoring.pairs import PairEncoder

PASSAGES = (
    "Volcanoes form where magma from within the mantle rises through the crust.",
    "The stock market fell on Tuesday.",
    "",
    "Magma rises at plate boundaries, and lava builds a cone layer by layer. " * 12,
    "A volcano.",
    "Rivers carry sediment to the sea; over long ages it hardens into rock. " * 60,
)


@pytest.fixture(scope="session")
def stand_in() -> Callable[[str], Path]:
    return make.stand_in


@pytest.fixture(scope="session")
def bundled() -> Path:
    return Path(searchrerank.models.__file__).parent / "bundled" / "searchrerank-mini-en"


@pytest.fixture
def passages() -> Sequence[str]:
    return PASSAGES


@pytest.fixture
async def scorer(bundled):
    """The bundled model on two threads."""
    opened = open_scorer(bundled, Model(threads=2))
    yield opened
    await opened.close()


@pytest.fixture
def build(stand_in):
    """Puts a scorer together around the tiny BERT, with a session of the test's own where it brings one."""

    def build(session=None, *, threads=2, **bounds) -> LocalScorer:
        checkpoint = Checkpoint.read(stand_in("tiny-bert"))
        encoder = PairEncoder.read(checkpoint.tokenizer, checkpoint.max_tokens)
        session = session or OnnxSession(checkpoint.graph("fp32").path)
        return LocalScorer("tiny-bert", encoder, session, identity="tiny-bert", precision="fp32", threads=threads, **bounds)

    return build


@pytest.fixture
def gated(stand_in):
    """A session with its gate shut, opened in the end so that no thread waits for ever."""
    session = GatedSession(stand_in("tiny-bert") / "onnx" / "model.onnx", is_open=False)
    yield session
    session.open()
