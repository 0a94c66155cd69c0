"""What was chosen, why, and under which conditions it holds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from searchrerank.models.gate import Verdict
from searchrerank.models.records import write_record
from searchrerank.scoring.padding import Padding
from searchrerank.scoring.runtimes import RuntimeName

__all__ = ["CALLS", "Calls", "Choice", "Conditions", "Contender", "Tuned", "read_tuned", "write_tuned"]

RunPrecision: TypeAlias = Literal["fp32", "fp16", "bf16", "int8"]


class Calls(NamedTuple):
    """What a runtime's calls may be.

    alone: to a multiple of how many tokens pairs are padded that are alone in their calls. shared: likewise those that share
    them. tokens, scores: see `Padding`.
    """

    alone: int
    shared: int
    tokens: int
    scores: int

    def padding(self, step: int, longest: int) -> Padding:
        """To a multiple of so many tokens, but no longer than `longest` for it."""
        return Padding(step, longest, self.tokens, self.scores)


CALLS: Mapping[RuntimeName, Calls] = {
    "onnxruntime": Calls(1, 4, 512, 40_000),
    "openvino": Calls(16, 16, 1024, 80_000),  # a shape costs more there, and scores in bf16 half as many bytes
}


class Choice(msgspec.Struct, frozen=True):
    """One way of running a model.

    pairs_a_call: the most pairs of one length that share a call. step: they are padded to a multiple of so many tokens.
    """

    runtime: RuntimeName
    precision: RunPrecision
    threads: int
    pairs_a_call: int = 1
    step: int = 1

    def padding(self, longest: int) -> Padding:
        """How far pairs are padded, at most to `longest`, and how many share a call."""
        return CALLS[self.runtime].padding(self.step, longest)

    def __str__(self) -> str:
        together = f", {self.pairs_a_call} pairs a call" if self.pairs_a_call > 1 else ""
        padded = f" padded by {self.step}" if self.step > 1 else ""
        return f"{self.precision} in {self.runtime}, {self.threads} threads{together}{padded}"


class Contender(msgspec.Struct, frozen=True):
    """A row of the table. speed: pairs a second, None for one that was out before the race; out: why."""

    choice: Choice
    speed: float | None = None
    verdict: Verdict | None = None
    out: str = ""


class Conditions(msgspec.Struct, frozen=True):
    """What the choice was made for: anything else, and it is made anew.

    asked: the keys of `[model]` that limit the field. calls: what they were to be, by runtime (`CALLS`).
    """

    recipe: int
    cpu: str
    cores: int
    versions: Mapping[str, str]
    asked: Mapping[str, str]
    calls: Mapping[RuntimeName, Calls]


class Tuned(msgspec.Struct, frozen=True):
    """A finished tuning. contenders: the chosen one first, then the others that raced, the fastest first."""

    conditions: Conditions
    choice: Choice
    contenders: tuple[Contender, ...]

    @property
    def why(self) -> str:
        """In words, for the start's banner."""
        raced = [each for each in self.contenders if each.speed is not None]
        other = next((each for each in raced if _system(each) != _system(raced[0])), None)
        if other is None:
            return "the only way that is open"
        times = (raced[0].speed or 0) / (other.speed or 1)
        larger = ", which takes more memory" if times < 1 else ""
        return f"measured: {times:.2f} times as fast as {other.choice.precision} in {other.choice.runtime}{larger}"


def _system(contender: Contender) -> tuple[str, str]:
    return contender.choice.runtime, contender.choice.precision


def read_tuned(path: Path, conditions: Conditions) -> Tuned | None:
    """What was found under these conditions; None where nothing was, or where the file can't be read."""
    try:
        tuned = msgspec.json.decode(path.read_bytes(), type=Tuned)
    except (OSError, msgspec.MsgspecError):
        return None
    return tuned if tuned.conditions == conditions else None


def write_tuned(path: Path, tuned: Tuned) -> None:
    """Write it whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_record(path, tuned)
