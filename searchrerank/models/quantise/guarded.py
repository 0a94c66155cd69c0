"""Quantising behind the gate: where the rankings suffer, the MatMuls that hurt most stay in fp32, as few as will do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import onnx
from numpy.typing import NDArray

from searchrerank.models.gate import Logits, Verdict, compare
from searchrerank.models.graph import save_graph
from searchrerank.models.quantise.int8 import activations, products, quantised, with_int8_tables
from searchrerank.models.quantise.ranges import Range, ranges, watched

__all__ = ["Guarded", "Meter", "guarded_int8"]

_PROBED = 1
_FEW = (1, 2, 3, 4)
_MORE = (6, 8, 12, 16, 24, 32, 48)


class Meter(Protocol):
    """Runs graphs over the calibration questions. told: for people, what it is that runs."""

    def logits(self, model: onnx.ModelProto, told: str, first: int | None = None) -> Logits:
        """The logits of a graph over all questions, or over so many of the first."""

    def watch(self, model: onnx.ModelProto, told: str) -> tuple[Logits, NDArray[np.float32]]:
        """The logits of a graph that is `watched`, and what it saw, shape [pairs, activations, 2]."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """The int8 graph that passed, or None where none does; which MatMuls stay in fp32; and the verdict, the last one's.

    ranges: those of the activations, by which they are rounded; None where each call finds them.
    """

    model: onnx.ModelProto | None
    ranges: Mapping[str, Range] | None
    excluded: tuple[str, ...]
    verdict: Verdict


def guarded_int8(
    model: onnx.ModelProto, base: Path, meter: Meter, grades: Sequence[Sequence[int]], *, largest: int, least: float
) -> Guarded:
    """`model` in int8: the fastest of what brings the retention to `least`.

    That is all of it with fixed ranges, else all of it, else with as few MatMuls in fp32 as will do, at most half of them.
    base, largest: as `quantised` takes them. least: of `Verdict.passes`; at 0 whatever comes out is taken.
    """
    reference, known = _reference(model, meter)
    model = _with_int8_tables(model, base)

    def attempt(exclude: Sequence[str], fixed: Mapping[str, Range] | None = None) -> Guarded:
        candidate = quantised(model, base, largest=largest, exclude=frozenset(exclude), ranges=fixed)
        told = "int8, fixed ranges" if fixed else f"int8, {len(exclude)} MatMuls in fp32" if exclude else "int8"
        verdict = compare(reference, meter.logits(candidate, told), grades)
        return Guarded(candidate if verdict.passes(least) else None, fixed, tuple(exclude), verdict)

    if known is not None and (fixed := attempt((), known)).model is not None:
        return fixed
    whole = attempt(())
    if whole.model is not None:
        return whole
    worst = _by_harm(model, base, meter, reference[:_PROBED], largest)
    most = len(worst) // 2
    few = (attempt(worst[:count]) for count in _FEW if count < most)
    if found := next((each for each in few if each.model is not None), None):
        return found
    last = attempt(worst[:most])
    if last.model is None:  # then fewer will not do either
        return last
    more = (attempt(worst[:count]) for count in _MORE if count < most)
    return next((each for each in more if each.model is not None), last)


def _reference(model: onnx.ModelProto, meter: Meter) -> tuple[Logits, Mapping[str, Range] | None]:
    """The logits in fp32, and the ranges of the activations; None where there are none, or where one has no end."""
    names = activations(model.graph)
    if not names:
        return meter.logits(model, "fp32"), None
    logits, extremes = meter.watch(watched(model, names), "fp32")
    return logits, ranges(names, extremes) if np.isfinite(extremes).all() else None


def _with_int8_tables(model: onnx.ModelProto, base: Path) -> onnx.ModelProto:
    """Once for all candidates, which then refer to one file for them."""
    small = with_int8_tables(model, base)
    if small is not model:
        save_graph(small, base / "tables.onnx")
    return small


def _by_harm(model: onnx.ModelProto, base: Path, meter: Meter, reference: Logits, largest: int) -> list[str]:
    """The names of the `products`, the one first that moves the logits most when it alone is quantised."""
    names = [each.name for each in products(model.graph)]
    harm = {}
    for at, name in enumerate(names):
        alone = quantised(model, base, largest=largest, exclude=frozenset(names) - {name})
        found = meter.logits(alone, f"MatMul {at + 1} of {len(names)}", len(reference))
        drift = [np.abs(one - other).mean() for one, other in zip(reference, found, strict=True)]
        harm[name] = float(np.mean(drift)) if np.isfinite(drift).all() else float("inf")
    return sorted(names, key=harm.__getitem__, reverse=True)
