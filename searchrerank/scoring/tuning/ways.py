"""The ways in which a model can be run: a runtime and a precision, from weights in fp32."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from searchrerank.config import Model
from searchrerank.errors import ModelError
from searchrerank.models.cpu import Cpu
from searchrerank.models.gate import Verdict
from searchrerank.models.variants import Variant, Variants
from searchrerank.scoring.runtimes import RuntimeName, halve, installed, open_session
from searchrerank.scoring.session import Session
from searchrerank.scoring.tuning.calibration import Calibration
from searchrerank.scoring.tuning.choice import RunPrecision

__all__ = ["Opened", "RefusedError", "Way", "Ways", "open_ways", "stored"]


class RefusedError(ModelError):
    """The gate let no int8 graph of the model pass."""


class Way(NamedTuple):
    """A runtime and a precision."""

    runtime: RuntimeName
    precision: RunPrecision

    def __str__(self) -> str:
        return f"{self.precision} in {self.runtime}"


_OPENVINO_INT8 = Way("openvino", "int8")
_OPENVINO_BF16 = Way("openvino", "bf16")
_OPENVINO_FP32 = Way("openvino", "fp32")
_ALL = (Way("onnxruntime", "int8"), Way("onnxruntime", "fp32"), _OPENVINO_INT8, _OPENVINO_BF16, _OPENVINO_FP32)


class Opened(NamedTuple):
    """A session, the graph that it runs, what that was made to (`Variant`) and how many bytes it has."""

    session: Session
    graph: Path
    digest: str
    verdict: Verdict | None
    stored: int


@dataclass(frozen=True, slots=True)
class Ways:
    """Opens sessions. gate: the least nDCG retention of an int8 graph."""

    variants: Variants
    calibration: Calibration
    gate: float

    def open(self, way: Way, threads: int) -> Opened:
        """A session; its graph is made first where it has to be. Raises ModelError (RefusedError)."""
        variant, cpu = self._variant(way), self.variants.cpu
        if variant.graph is None:
            raise RefusedError(f"int8 was refused: {variant.verdict}; asked are {self.gate:g}")
        bf16 = way.precision == "bf16" or (way == _OPENVINO_INT8 and cpu.bf16)
        session = open_session(way.runtime, variant.graph, variant.model, bf16=bf16, threads=threads)
        size = stored(variant.graph) if variant.model is None else len(variant.model)
        return Opened(session, variant.graph, variant.digest, variant.verdict, size)

    def _variant(self, way: Way) -> Variant:
        if way == _OPENVINO_INT8:
            found = self.variants.portable(self.calibration, self.gate)
            if found is None:
                raise RefusedError("int8 by ranges that are known beforehand was refused; OpenVINO takes no other")
            return found
        if way.precision == "int8":
            return self.variants.int8(self.calibration, self.gate)
        return self.variants.derived("halves", halve) if way.precision == "bf16" else self.variants.fp32()


def open_ways(settings: Model, cpu: Cpu) -> list[Way]:
    """What `[model]` and the machine leave open, where both runtime and precision may be `auto`. Raises ModelError if nothing.

    What OpenVINO runs in int8 or bf16 is left out where the CPU does not multiply bytes or bf16.
    """
    wanted = [
        way for way in _ALL if settings.runtime in {"auto", way.runtime} and settings.precision in {"auto", way.precision}
    ]
    multiplied = {_OPENVINO_INT8: cpu.vnni, _OPENVINO_BF16: cpu.bf16}
    found = [way for way in wanted if way.runtime in installed() and multiplied.get(way, True)]
    if settings.precision == "auto" and cpu.bf16:
        found = [way for way in found if way != _OPENVINO_FP32]
    if not found:
        raise ModelError(_closed(settings, wanted))
    return found


def stored(graph: Path) -> int:
    """Bytes of a graph, its external data included."""
    return sum(each.stat().st_size for each in graph.parent.glob(f"{graph.stem}.*"))


def _closed(settings: Model, wanted: list[Way]) -> str:
    asked = f"[model] runtime = {settings.runtime!r} with precision = {settings.precision!r}"
    if not wanted:
        return f"{asked}: right are int8 and fp32 in onnxruntime, int8, bf16 and fp32 in openvino"
    missing = {way.runtime for way in wanted} - set(installed())
    if missing:
        return f"{asked}: OpenVINO is not installed: install searchrerank[openvino]"
    return f"{asked}: this CPU does not multiply {'bytes' if settings.precision == 'int8' else 'bf16'}"
