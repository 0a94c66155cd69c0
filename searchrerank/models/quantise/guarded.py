"""Quantising behind the gate: where the rankings suffer, the MatMuls that hurt most stay in fp32, as few as will do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from searchrerank.models.gate import Logits, Verdict, compare
from searchrerank.models.graph import save_graph
from searchrerank.models.quantise.dynamic_int8 import quantised, with_int8_tables
from searchrerank.models.quantise.matmuls import weight_matmuls

__all__ = ["Guarded", "guarded_int8"]

Measure = Callable[[onnx.ModelProto, str, int | None], Logits]
"""The logits of a graph over the calibration questions, or over so many of the first; the text tells people what it is."""

_PROBED = 1
_FEW = (1, 2, 3, 4)
_MORE = (6, 8, 12, 16, 24, 32, 48)


@dataclass(frozen=True, slots=True)
class Guarded:
    """The int8 graph that passed, or None where none does; which MatMuls stay in fp32; and the verdict, the last one's."""

    model: onnx.ModelProto | None
    excluded: tuple[str, ...]
    verdict: Verdict


def guarded_int8(
    model: onnx.ModelProto, base: Path, measure: Measure, grades: Sequence[Sequence[int]], *, largest: int, least: float
) -> Guarded:
    """`model` in int8, with as few MatMuls in fp32 as bring the retention to `least`; at most half of them.

    base, largest: as `quantised` takes them. least: of `Verdict.passes`; at 0 whatever comes out is taken.
    """
    reference = measure(model, "fp32", None)
    model = _with_int8_tables(model, base)

    def attempt(exclude: Sequence[str]) -> Guarded:
        candidate = quantised(model, base, largest=largest, exclude=frozenset(exclude))
        told = f"int8, {len(exclude)} MatMuls in fp32" if exclude else "int8"
        verdict = compare(reference, measure(candidate, told, None), grades)
        return Guarded(candidate if verdict.passes(least) else None, tuple(exclude), verdict)

    whole = attempt(())
    if whole.model is not None:
        return whole
    worst = _by_harm(model, base, measure, reference[:_PROBED], largest)
    most = len(worst) // 2
    few = (attempt(worst[:count]) for count in _FEW if count < most)
    if found := next((each for each in few if each.model is not None), None):
        return found
    last = attempt(worst[:most])
    if last.model is None:  # then fewer will not do either
        return last
    more = (attempt(worst[:count]) for count in _MORE if count < most)
    return next((each for each in more if each.model is not None), last)


def _with_int8_tables(model: onnx.ModelProto, base: Path) -> onnx.ModelProto:
    """Once for all candidates, which then refer to one file for them."""
    small = with_int8_tables(model, base)
    if small is not model:
        save_graph(small, base / "tables.onnx")
    return small


def _by_harm(model: onnx.ModelProto, base: Path, measure: Measure, reference: Logits, largest: int) -> list[str]:
    """The names of the weight MatMuls, the one first that moves the logits most when it alone is quantised."""
    names = [each.name for each in weight_matmuls(model.graph)]
    harm = {}
    for at, name in enumerate(names):
        alone = quantised(model, base, largest=largest, exclude=frozenset(names) - {name})
        found = measure(alone, f"MatMul {at + 1} of {len(names)}", len(reference))
        drift = [np.abs(one - other).mean() for one, other in zip(reference, found, strict=True)]
        harm[name] = float(np.mean(drift)) if np.isfinite(drift).all() else float("inf")
    return sorted(names, key=harm.__getitem__, reverse=True)
