"""The calibration questions in a model's own tokens, and what a session makes of them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from searchrerank.errors import ModelError, ScorerError
from searchrerank.models.calibration import questions
from searchrerank.models.gate import Logits
from searchrerank.scoring.onnx_runtime import OnnxSession
from searchrerank.scoring.pairs import Pair, PairEncoder
from searchrerank.scoring.session import Session

__all__ = ["Calibration"]


class Calibration:
    """Encoded once; a `Ruler` for graphs that ONNX Runtime can run. threads: how many pairs are run at the same time."""

    def __init__(self, encoder: PairEncoder, threads: int) -> None:
        self.threads = threads
        self.grades: Sequence[Sequence[int]] = [question.grades for question in questions()]
        self.pairs: Sequence[Sequence[Pair]] = [
            [encoder.pair(query, passage) for passage in question.passages]
            for question in questions()
            for query in [encoder.query(question.text)]
        ]

    def logits(self, graph: Path, advance: Callable[[], None] = lambda: None, *, first: int | None = None) -> Logits:
        """See `Ruler.logits`. Raises ModelError."""
        return self.logits_of(OnnxSession(graph), advance, first=first)

    def logits_of(self, session: Session, advance: Callable[[], None] = lambda: None, *, first: int | None = None) -> Logits:
        """The logits that `session` gives to the pairs, each run by itself. Raises ModelError."""

        def run(pair: Pair) -> float:
            [value] = session.run(pair.ids[None, :], pair.type_ids[None, :])
            advance()
            return float(value)

        with ThreadPoolExecutor(self.threads) as pool:
            try:
                return [np.array(list(pool.map(run, row))) for row in self.pairs[:first]]
            except ScorerError as error:
                raise ModelError(str(error)) from error
