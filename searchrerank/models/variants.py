"""The variants of a model that are made here: its graph in fp32, and in int8 behind the gate."""

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import onnx
from google.protobuf.message import EncodeError  # type: ignore[import-untyped]  # its stubs are another package
from numpy.typing import NDArray
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from searchrerank.errors import ModelError
from searchrerank.models.built import GRAPH, Built, Record, built, in_temporary_folder
from searchrerank.models.cpu import Cpu
from searchrerank.models.gate import Logits, Verdict
from searchrerank.models.graph import save_graph
from searchrerank.models.progress import progress_bars
from searchrerank.models.quantise import FULL_RANGE, REDUCED_RANGE, Guarded, guarded_int8, portable, with_units_apart
from searchrerank.models.source import Source

__all__ = ["RECIPE", "NoRoomError", "Ruler", "Variant", "Variants"]

log = logging.getLogger(__name__)

RECIPE = 10
"""To be raised when the code comes to make another graph of the same weights."""


class Variant(NamedTuple):
    """graph: its file, None where the gate refused. digest: of what was made. verdict: the gate's, if it was asked.

    model: the graph itself where no disk had room for it; `graph` then only says where it is from.
    """

    graph: Path | None
    digest: str
    verdict: Verdict | None
    model: bytes | None = None


class NoRoomError(ModelError):
    """There is nowhere to write to."""


class Ruler(Protocol):
    """Runs graphs over the calibration questions."""

    @property
    def grades(self) -> Sequence[Sequence[int]]:
        """The judgements, as `compare` takes them."""

    def logits(self, graph: Path, advance: Callable[[], None], *, first: int | None = None) -> Logits:
        """The logits of the graph; of the first questions only, where told so. Calls `advance` after each pair."""

    def watch(self, graph: Path, advance: Callable[[], None]) -> tuple[Logits, NDArray[np.float32]]:
        """The logits of a graph that is `watched`, and what it saw, shape [pairs, rows, 2]."""


@dataclass(frozen=True, slots=True)
class Variants:
    """What can be made of `source`, each made once and kept in `home` (`built_folder`).

    Where `home` cannot be written, a variant is made anew in a temporary folder, for this process alone, until `close`; where
    that cannot be written either, the graph in fp32 is held in memory. Each such step is told as a warning.
    Methods block, and raise ModelError where the source is broken.
    """

    source: Source
    home: Path
    cpu: Cpu
    progress: bool = True
    _kept: list[tempfile.TemporaryDirectory[str]] = field(default_factory=list)

    def fp32(self) -> Variant:
        """The graph as it is: the published file, or the one that is built from the safetensors."""
        if self.source.published is not None:
            return Variant(self.source.published, "published", None)
        try:
            return _variant(self._built(f"fp32-{RECIPE}", self._write_fp32))
        except NoRoomError as error:
            log.warning("%s: the graph in fp32 is held in memory", error)
            return self._in_memory()

    def derived(self, name: str, derive: Callable[[Path, Path], None]) -> Variant:
        """The graph that `derive` makes, always the same, of the file in fp32, given first, in a folder, given second.

        Where it cannot be written anywhere, that in fp32. Its digest is that of how it is made: a runtime may write the same
        graph with other names.
        """
        variant = f"{name}-{RECIPE}"
        try:
            found = self._derived(variant, derive)
        except NoRoomError as error:
            log.warning("%s: the graph in fp32 is used", error)
            return self.fp32()
        return Variant(found.graph, hashlib.sha256(variant.encode()).hexdigest(), None)

    def int8(self, ruler: Ruler, least: float) -> Variant:
        """The graph in int8, if one keeps `least` of the reference's nDCG (`Verdict.passes`); without a graph if none does.

        Raises NoRoomError where it cannot be written anywhere.
        """
        return _variant(self._int8(ruler, least))

    def portable(self, ruler: Ruler, least: float) -> Variant | None:
        """That of `int8` in operators of the ONNX standard; None where each call finds its ranges, which these cannot say.

        Raises NoRoomError where it cannot be written anywhere.
        """
        guarded = self._int8(ruler, least)
        record = guarded.record
        if guarded.graph is None:
            return _variant(guarded)
        if record.ranges is None:
            return None
        ranges = record.ranges

        def derive(exact: Path, draft: Path) -> None:
            light = onnx.load(exact, load_external_data=False)
            light = with_units_apart(light, exact.parent, record.units)
            made = portable(light, exact.parent, largest=self._largest, ranges=ranges, exclude=record.excluded)
            onnx.load_external_data_for_model(made, str(exact.parent))
            save_graph(made, draft / GRAPH)

        return _variant(self._derived(f"portable-{self._key(least)}", derive))

    def close(self) -> None:
        """Remove the temporary folders: graphs that are loaded hold what they need of them."""
        while self._kept:
            self._kept.pop().cleanup()

    @property
    def _largest(self) -> int:
        """The largest weight in int8."""
        return REDUCED_RANGE if self.cpu.saturates else FULL_RANGE

    def _key(self, least: float) -> str:
        """What a graph in int8 depends on besides the model."""
        return f"{RECIPE}-{self._largest}-{self.cpu.digest}-{least:g}"

    def _int8(self, ruler: Ruler, least: float) -> Built:
        def build(draft: Path) -> Record:
            guarded = self._guarded(draft, ruler, least)
            log.info("int8 of %s: %s", self.source.checkpoint.folder.name, _told(guarded, least))
            recipe = guarded.recipe
            return Record(excluded=recipe.excluded, ranges=recipe.ranges, units=recipe.units, verdict=guarded.verdict)

        return self._built(f"int8-{self._key(least)}", build)

    def _derived(self, variant: str, derive: Callable[[Path, Path], None]) -> Built:
        """What `derive` makes (`derived`). Raises NoRoomError."""

        def build(draft: Path) -> Record:
            exact = self.fp32()
            if exact.graph is None or exact.model is not None:
                raise NoRoomError(f"{self.source.checkpoint.folder}: no disk has room for {variant}")
            derive(exact.graph, draft)
            return Record()

        return self._built(variant, build)

    def _in_memory(self) -> Variant:
        try:
            model = self.source.load().SerializeToString()
        except (ValueError, EncodeError) as error:
            told = f"{self.source.checkpoint.folder}: the model is too large to be held in memory"
            raise ModelError(f"{told}, and no folder can be written") from error
        return Variant(self.source.checkpoint.folder, hashlib.sha256(model).hexdigest(), None, model)

    def _write_fp32(self, draft: Path) -> Record:
        save_graph(self.source.load(), draft / GRAPH)
        return Record()

    def _guarded(self, draft: Path, ruler: Ruler, least: float) -> Guarded:
        """Search in a folder inside the draft, where candidates share the weights that stay; leave the winner's files."""
        with tempfile.TemporaryDirectory(dir=draft) as bench:
            base = Path(bench)
            save_graph(self.source.load(), base / GRAPH)
            light = onnx.load(base / GRAPH, load_external_data=False)
            with _bars(shown=self.progress) as bars:
                meter = _Meter(ruler, base, bars)
                guarded = guarded_int8(light, base, meter, ruler.grades, largest=self._largest, least=least)
            if guarded.model is not None:
                onnx.load_external_data_for_model(guarded.model, bench)
                save_graph(guarded.model, draft / GRAPH)
        return guarded

    def _built(self, variant: str, build: Callable[[Path], Record]) -> Built:
        try:
            return built(self.home, variant, build)
        except OSError as error:
            told = error.strerror or error
            log.warning("%s: cannot be written (%s): %s is made anew at each start", self.home, told, variant)
        try:
            found, folder = in_temporary_folder(build)
        except OSError as error:
            raise NoRoomError(f"{self.source.checkpoint.folder}: no disk has room for {variant} ({error.strerror})") from error
        self._kept.append(folder)
        return found


class _Meter:
    """Measures graphs with a ruler, with a bar for each (`Meter`)."""

    def __init__(self, ruler: Ruler, base: Path, bars: Progress) -> None:
        self._ruler = ruler
        self._base = base
        self._bars = bars

    def logits(self, model: onnx.ModelProto, told: str, first: int | None = None) -> Logits:
        with self._shown(told, first) as advance:
            return self._ruler.logits(self._saved(model), advance, first=first)

    def watch(self, model: onnx.ModelProto, told: str) -> tuple[Logits, NDArray[np.float32]]:
        with self._shown(told) as advance:
            return self._ruler.watch(self._saved(model), advance)

    def _saved(self, model: onnx.ModelProto) -> Path:
        path = self._base / "candidate.onnx"
        onnx.save(model, path)
        return path

    @contextmanager
    def _shown(self, told: str, first: int | None = None) -> Iterator[Callable[[], None]]:
        task = self._bars.add_task(told, total=sum(map(len, self._ruler.grades[:first])))
        try:
            yield lambda: self._bars.advance(task)
        finally:
            self._bars.remove_task(task)


def _variant(built: Built) -> Variant:
    return Variant(built.graph, built.digest, built.record.verdict)


def _bars(*, shown: bool) -> Progress:
    columns = (TextColumn("measuring {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return progress_bars(*columns, shown=shown)


def _told(guarded: Guarded, least: float) -> str:
    recipe = guarded.recipe
    if guarded.model is None:
        return f"refused, also with {len(recipe.excluded)} MatMuls in fp32 ({guarded.verdict}; asked are {least:g})"
    activations = "fixed ranges" if recipe.ranges else "the ranges of each call"
    if recipe.units:
        activations += f", {sum(map(len, recipe.units.values()))} units of feed-forward networks apart in fp32"
    return f"{guarded.verdict}; activations by {activations}; in fp32 stay {', '.join(recipe.excluded) or 'no MatMuls'}"
