"""The calibration questions in a model's own tokens, and what a session makes of them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from searchrerank.errors import ModelError, ScorerError
from searchrerank.models.calibration import questions
from searchrerank.models.gate import Logits
from searchrerank.models.quantise.ranges import EXTREMES
from searchrerank.scoring.padding import Padding
from searchrerank.scoring.pairs import Pair, PairEncoder
from searchrerank.scoring.runtimes import open_onnx
from searchrerank.scoring.session import Session, run_pairs

__all__ = ["Calibration"]

_T = TypeVar("_T")


class Calibration:
    """Encoded once, and not before it is asked for: a start that remembers everything needs none of it.

    A `Ruler` for graphs that ONNX Runtime can run. threads: how many pairs are run at the same time.
    """

    def __init__(self, encoder: PairEncoder, threads: int) -> None:
        self.threads = threads
        self.max_tokens = encoder.max_tokens
        self._encoder = encoder

    @cached_property
    def grades(self) -> Sequence[Sequence[int]]:
        """See `Ruler.grades`."""
        return [question.grades for question in questions()]

    @cached_property
    def pairs(self) -> Sequence[Sequence[Pair]]:
        """Those of each question. Raises ScorerError."""
        return [
            [self._encoder.pair(query, passage) for passage in question.passages]
            for question in questions()
            for query in [self._encoder.query(question.text)]
        ]

    @property
    def all_pairs(self) -> list[Pair]:
        """Those of all questions. Raises ScorerError."""
        return [pair for row in self.pairs for pair in row]

    def logits(self, graph: Path, advance: Callable[[], None] = lambda: None, *, first: int | None = None) -> Logits:
        """See `Ruler.logits`. Raises ModelError."""
        return self.logits_of(open_onnx(graph), advance, first=first)

    def logits_of(
        self,
        session: Session,
        advance: Callable[[], None] = lambda: None,
        *,
        first: int | None = None,
        padding: Padding = Padding(),  # noqa: B008 - it cannot be changed
    ) -> Logits:
        """The logits that `session` gives to the pairs, each run by itself. Raises ModelError."""

        def run(pair: Pair) -> float:
            [value] = run_pairs(session, [pair], padding.width(len(pair.ids)))
            advance()
            return float(value)

        return [np.array(row) for row in self._each(run, first)]

    def watch(self, graph: Path, advance: Callable[[], None] = lambda: None) -> tuple[Logits, NDArray[np.float32]]:
        """See `Ruler.watch`. Raises ModelError."""
        session = open_onnx(graph)

        def run(pair: Pair) -> tuple[float, NDArray[np.float32]]:
            [value], seen = session.watch(pair.ids[None, :], pair.type_ids[None, :], EXTREMES)
            advance()
            return float(value), seen

        rows = self._each(run)
        return [np.array([value for value, _ in row]) for row in rows], np.array([seen for row in rows for _, seen in row])

    def _each(self, run: Callable[[Pair], _T], first: int | None = None) -> list[list[_T]]:
        with ThreadPoolExecutor(self.threads) as pool:
            try:
                return [list(pool.map(run, row)) for row in self.pairs[:first]]
            except ScorerError as error:
                raise ModelError(str(error)) from error
