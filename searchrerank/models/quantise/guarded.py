"""Quantising behind the gate: where the rankings suffer, the MatMuls that hurt most stay in fp32, as few as will do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import onnx
from numpy.typing import NDArray

from searchrerank.models.gate import Logits, Verdict, compare
from searchrerank.models.graph import save_graph
from searchrerank.models.quantise.attention import attention_matmuls
from searchrerank.models.quantise.int8 import activations, products, quantised, with_int8_tables
from searchrerank.models.quantise.integers import FULL_RANGE
from searchrerank.models.quantise.ranges import Channels, Range, Reach, ranges, reached, watched
from searchrerank.models.quantise.units import feed_forwards, outliers, with_units_apart

__all__ = ["Guarded", "Meter", "Recipe", "guarded_int8"]

_PROBED = 1
_FEW = (1, 2, 3, 4)
_MORE = (6, 8, 12, 16, 24, 32, 48)


class Meter(Protocol):
    """Runs graphs over the calibration questions. told: for people, what it is that runs."""

    def logits(self, model: onnx.ModelProto, told: str, first: int | None = None) -> Logits:
        """The logits of a graph over all questions, or over so many of the first."""

    def watch(self, model: onnx.ModelProto, told: str) -> tuple[Logits, NDArray[np.float32]]:
        """The logits of a graph that is `watched`, and what it saw, shape [pairs, rows, 2]."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make int8 of a graph.

    excluded: the MatMuls that stay in fp32. ranges: those of the activations, by which they are rounded; None where each call
    finds them. units: those of feed-forward networks that are apart (`with_units_apart`).
    """

    excluded: tuple[str, ...] = ()
    ranges: Mapping[str, Range] | None = None
    units: Channels = field(default_factory=dict)

    def __str__(self) -> str:
        fixed = ["fixed ranges"] if self.ranges is not None else []
        apart = ["units apart"] if self.units else []
        exact = [f"{len(self.excluded)} MatMuls in fp32"] if self.excluded else []
        return ", ".join(["int8", *fixed, *apart, *exact])


@dataclass(frozen=True, slots=True)
class Guarded:
    """The int8 graph that passed, or None where none does; and the recipe and the verdict, of the last one tried."""

    model: onnx.ModelProto | None
    recipe: Recipe
    verdict: Verdict


def guarded_int8(
    model: onnx.ModelProto, base: Path, meter: Meter, grades: Sequence[Sequence[int]], *, largest: int, least: float
) -> Guarded:
    """`model` in int8: the fastest of what brings the retention to `least`.

    That is all of it with fixed ranges and `outliers` apart, else so with queries and keys in fp32, else all of it with the
    ranges of each call, else with as few MatMuls in fp32 as will do, at most half of them.
    base, largest: as `quantised` takes them. least: of `Verdict.passes`; at 0 whatever comes out is taken.
    """
    reference, reach = _reference(model, meter)
    model = _with_int8_tables(model, base)

    def attempt(recipe: Recipe) -> Guarded:
        parted = with_units_apart(model, base, recipe.units)
        candidate = quantised(parted, base, largest=largest, exclude=frozenset(recipe.excluded), ranges=recipe.ranges)
        verdict = compare(reference, meter.logits(candidate, str(recipe)), grades)
        return Guarded(candidate if verdict.passes(least) else None, recipe, verdict)

    known = _with_known_ranges(model.graph, reach, largest) if reach is not None else ()
    if found := next((each for each in map(attempt, known) if each.model is not None), None):
        return found
    whole = attempt(Recipe())
    if whole.model is not None:
        return whole
    worst = _by_harm(model, base, meter, reference[:_PROBED], largest)
    most = len(worst) // 2
    few = (attempt(Recipe(worst[:count])) for count in _FEW if count < most)
    if found := next((each for each in few if each.model is not None), None):
        return found
    last = attempt(Recipe(worst[:most]))
    if last.model is None:  # then fewer will not do either
        return last
    more = (attempt(Recipe(worst[:count])) for count in _MORE if count < most)
    return next((each for each in more if each.model is not None), last)


def _with_known_ranges(graph: onnx.GraphProto, reach: Reach, largest: int) -> Iterator[Recipe]:
    """The faster first."""
    units = outliers(graph, reach)
    known = Recipe(ranges=ranges(reach, units), units=units)
    yield known
    if largest == FULL_RANGE and (attention := tuple(each.name for each in attention_matmuls(graph))):
        yield replace(known, excluded=attention)


def _reference(model: onnx.ModelProto, meter: Meter) -> tuple[Logits, Reach | None]:
    """The logits in fp32, and how far the activations reach; None where there are none, or where one has no end."""
    names = activations(model.graph)
    if not names:
        return meter.logits(model, "fp32"), None
    channels = {each.values: each.units for each in feed_forwards(model.graph)}
    logits, extremes = meter.watch(watched(model, names, channels), "fp32")
    return logits, reached(names, extremes, channels) if np.isfinite(extremes).all() else None


def _with_int8_tables(model: onnx.ModelProto, base: Path) -> onnx.ModelProto:
    """Once for all candidates, which then refer to one file for them."""
    small = with_int8_tables(model, base)
    if small is not model:
        save_graph(small, base / "tables.onnx")
    return small


def _by_harm(model: onnx.ModelProto, base: Path, meter: Meter, reference: Logits, largest: int) -> tuple[str, ...]:
    """The names of the `products`, the one first that moves the logits most when it alone is quantised."""
    names = [each.name for each in products(model.graph)]
    harm = {}
    for at, name in enumerate(names):
        alone = quantised(model, base, largest=largest, exclude=frozenset(names) - {name})
        found = meter.logits(alone, f"MatMul {at + 1} of {len(names)}", len(reference))
        drift = [np.abs(one - other).mean() for one, other in zip(reference, found, strict=True)]
        harm[name] = float(np.mean(drift)) if np.isfinite(drift).all() else float("inf")
    return tuple(sorted(names, key=harm.__getitem__, reverse=True))
