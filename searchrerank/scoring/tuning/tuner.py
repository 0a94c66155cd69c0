"""From what may be tried to what is chosen: each way is held against the gate, then those that are left race."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from searchrerank.config import Model
from searchrerank.errors import ModelError, ScorerError
from searchrerank.models.cpu import Cpu
from searchrerank.models.gate import Logits, Verdict, compare
from searchrerank.models.variants import RECIPE, NoRoomError
from searchrerank.scoring import cores
from searchrerank.scoring.padding import Padding
from searchrerank.scoring.runtimes import installed
from searchrerank.scoring.session import Session
from searchrerank.scoring.tuning.calibration import Calibration
from searchrerank.scoring.tuning.choice import CALLS, Choice, Conditions, Contender, Tuned, read_tuned, write_tuned
from searchrerank.scoring.tuning.mates import alike, mates
from searchrerank.scoring.tuning.race import Entrant, race, windows
from searchrerank.scoring.tuning.ways import RefusedError, Way, Ways, open_ways

__all__ = ["Tuner"]

log = logging.getLogger(__name__)

_SECONDS = 6.0
_TOGETHER = 32
_LENGTHS = 8
_FEW_LENGTHS = 4  # where nothing is measured: a start that cannot remember has to be quick
_MANY_CORES = 4
_EXACT = Way("onnxruntime", "fp32")
_CLEARLY = 1.3
"""Times as fast. In minutes that are slow for ONNX Runtime alone, OpenVINO was found 1.28 times as fast, in others 0.85."""


@dataclass(frozen=True, slots=True)
class Tuner:
    """Finds the fastest way of running a model.

    settings: precision, runtime, threads and gate limit what is tried. What was found is remembered beside the model's
    variants, and holds until something of the model, the machine, the versions or these settings changes.
    """

    ways: Ways
    settings: Model
    cpu: Cpu

    def tuned(self, *, again: bool = False) -> Tuned:
        """What was found before or, `again` or the first time, now: that blocks for seconds, a minute with a large model.

        Where it can't be written down, it is found again at the next start. Raises ModelError.
        """
        return self._found("tuned", self._contenders, again=again)

    def settled(self, way: Way, session: Session) -> Choice:
        """What is left to be found where the settings name the way: whether pairs may share calls of its session.

        They do where that leaves every logit as it is; what is the fastest is not measured. It is remembered as well. Raises
        ModelError.
        """

        def contender() -> list[Contender]:
            together, padding = _sharing(way, session, self.ways.calibration, _FEW_LENGTHS)
            return [Contender(Choice(way.runtime, way.precision, _threads(self.settings)[0], together, padding.step))]

        return self._found("settled", contender).choice

    def _found(self, name: str, find: Callable[[], list[Contender]], *, again: bool = False) -> Tuned:
        conditions, path = self._conditions(), self._path(name)
        if not again and (remembered := read_tuned(path, conditions)):
            return remembered
        try:
            contenders = find()
        except ScorerError as error:
            raise ModelError(str(error)) from error
        tuned = Tuned(conditions, contenders[0].choice, tuple(contenders))
        try:
            write_tuned(path, tuned)
        except OSError as error:
            log.warning("%s: cannot be written (%s): the next start tunes again", path, error.strerror)
        return tuned

    def _path(self, name: str) -> Path:
        return self.ways.variants.home / f"{name}-{self.settings.runtime}-{self.settings.precision}.json"

    def _conditions(self) -> Conditions:
        asked = {name: str(getattr(self.settings, name)) for name in ("precision", "runtime", "threads", "gate", "max_tokens")}
        cpu = f"{self.cpu.model} {self.cpu.digest}"
        return Conditions(
            recipe=RECIPE,
            cpu=cpu,
            cores=cores.available(),
            versions={str(name): version for name, version in installed().items()},
            asked=asked,
            calls=CALLS,
        )

    def _contenders(self) -> list[Contender]:
        """The table: those that raced (`_ranked`), then those that were out before. Raises ModelError, ScorerError."""
        threads = _threads(self.settings)
        start = _Start(self.ways, threads)
        for way in open_ways(self.settings, self.cpu):
            start.admit(way)
        if not start.entrants:
            raise ModelError("; ".join(f"{each.choice}: {each.out}" for each in start.out))
        speeds = race(start.entrants, windows(self.ways.calibration.all_pairs), _SECONDS if len(start.entrants) > 1 else 0)
        ranked = _ranked(speeds)
        raced = [Contender(each, speeds[each], start.verdicts[Way(each.runtime, each.precision)]) for each in ranked]
        return [*raced, *start.out]


@dataclass(slots=True)
class _Start:
    """Who takes part in the race, and who was turned away."""

    ways: Ways
    threads: Sequence[int]
    entrants: dict[Choice, Entrant] = field(default_factory=dict)
    verdicts: dict[Way, Verdict | None] = field(default_factory=dict)
    out: list[Contender] = field(default_factory=list)
    _reference: Logits | None = None

    def admit(self, way: Way) -> None:
        """Take the way in, with each number of threads; pairs share calls where that leaves every logit as it is."""
        most = max(self.threads)
        try:
            opened = self.ways.open(way, most)
            session = opened.session
            verdict = self._verdict(way, session) if way.runtime == "openvino" else opened.verdict
        except ModelError as error:
            if way.runtime == "onnxruntime" and not isinstance(error, (RefusedError, NoRoomError)):
                raise  # the model is broken, whatever runs it
            self.out.append(Contender(Choice(way.runtime, way.precision, most), out=str(error)))
            return
        self.verdicts[way] = verdict
        if verdict is not None and not verdict.passes(self.ways.gate):
            self.out.append(Contender(Choice(way.runtime, way.precision, most), verdict=verdict, out="refused by the gate"))
            return
        together, padding = _sharing(way, session, self.ways.calibration, _LENGTHS)
        if together == 1:
            choice = Choice(way.runtime, way.precision, most, _TOGETHER)
            self.out.append(Contender(choice, verdict=verdict, out="a logit depends on the other pairs of its call"))
        for threads in self.threads:
            choice = Choice(way.runtime, way.precision, threads, together, padding.step)
            self.entrants[choice] = Entrant(session, threads, together, padding)

    def _verdict(self, way: Way, session: Session) -> Verdict:
        """A runtime's own arithmetic, in bf16 or not, held against ONNX Runtime's in fp32."""
        if self._reference is None:
            opened = (entrant.session for each, entrant in self.entrants.items() if Way(each.runtime, each.precision) == _EXACT)
            reference = next(opened, None) or self.ways.open(_EXACT, max(self.threads)).session
            self._reference = self.ways.calibration.logits_of(reference)
        alone, _ = _paddings(way, session, self.ways.calibration)
        found = self.ways.calibration.logits_of(session, padding=alone)
        return compare(self._reference, found, self.ways.calibration.grades)


def _paddings(way: Way, session: Session, calibration: Calibration) -> tuple[Padding, Padding]:
    """Of pairs that are alone in their calls, and of those that share them."""
    calls, longest = CALLS[way.runtime], calibration.max_tokens
    alone, shared = (calls.alone, calls.shared) if session.masks else (1, 1)
    return calls.padding(alone, longest), calls.padding(shared, longest)


def _sharing(way: Way, session: Session, calibration: Calibration, lengths: int) -> tuple[int, Padding]:
    """How many pairs may share a call, and their padding: one where a logit depends on its mates. Raises ScorerError."""
    alone, shared = _paddings(way, session, calibration)
    work = mates(calibration.all_pairs, shared, _TOGETHER, lengths)
    return (_TOGETHER, shared) if alike(session, work, shared, calibration.threads) else (1, alone)


def _ranked(speeds: Mapping[Choice, float]) -> list[Choice]:
    """The fastest first; before it, ONNX Runtime in the same precision unless the fastest is clearly so.

    It takes far less memory, and less time for a shape that it has not met: real windows are full of them, a race is not. And
    a race is over within a minute, which may be one that slows it alone.
    """
    ranked = sorted(speeds, key=speeds.__getitem__, reverse=True)
    fastest = ranked[0]
    near = (each for each in ranked if (each.runtime, each.precision) == (_EXACT.runtime, fastest.precision))
    first = next((each for each in near if speeds[each] * _CLEARLY > speeds[fastest]), fastest)
    return [first, *(each for each in ranked if each != first)]


def _threads(settings: Model) -> Sequence[int]:
    """A thread for each core; with many, which may be two to a physical core, half of them as well."""
    if settings.threads:
        return (settings.threads,)
    available = cores.available()
    return (available, available // 2) if available >= _MANY_CORES else (available,)
