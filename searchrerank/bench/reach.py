"""What the project aims at, by ratio: the one place where these numbers stand."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["AIMS", "Aim", "Verdict", "judge"]


@dataclass(frozen=True, slots=True)
class Aim:
    """key: of the number that is judged. families: the `model_type`s that it holds for; none means all, or no model at all."""

    key: str
    text: str
    at_least: float | None = None
    at_most: float | None = None
    families: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """An aim, the number that was found (None where it was not measured), and whether it is met."""

    aim: Aim
    found: float | None

    @property
    def met(self) -> bool:
        """False also where nothing was measured."""
        if self.found is None:
            return False
        return (self.aim.at_least is None or self.found >= self.aim.at_least) and (
            self.aim.at_most is None or self.found <= self.aim.at_most
        )

    @property
    def wanted(self) -> str:
        """The bound, as it is written."""
        return f"≥ {self.aim.at_least:g}" if self.aim.at_least is not None else f"≤ {self.aim.at_most:g}"


_DEBERTA = frozenset({"deberta-v2"})
_BERT = frozenset({"bert", "roberta", "xlm-roberta"})

AIMS = (
    Aim("int8", "pairs/s at 128 tokens: times the best peer on the published int8 graph", at_least=2.5, families=_DEBERTA),
    Aim("int8", "pairs/s at 128 tokens: times the best peer on the published int8 graph", at_least=1.25, families=_BERT),
    Aim("openvino", "pairs/s at 128 tokens: times OpenVINO on the published graph", at_least=1.8, families=_DEBERTA),
    Aim("openvino", "pairs/s at 128 tokens: times OpenVINO on the published graph", at_least=1.15, families=_BERT),
    Aim("fp32", "fp32, the least over all lengths: times onnxruntime on the published fp32 graph", at_least=1),
    Aim("window", "a window of 50 real texts: times as fast as the best peer", at_least=3),
    Aim("repeated", "traffic of which 90 % is repeated: times as fast as new traffic", at_least=5),
    Aim("event loop", "event-loop lag while scoring at full load, p99, ms", at_most=5),
    Aim("memory", "peak memory beyond the weights, MB", at_most=300, families=_DEBERTA),
    Aim("relay", "pass-through requests/s, 16 connections: share of a bare aiohttp relay's", at_least=0.8),
    Aim("nginx", "pass-through requests per second of CPU, 16 connections: share of nginx's", at_least=0.15),
    Aim("added", "pass-through, 1 connection: p50 added to a direct connection, ms", at_most=0.3),
    Aim("api", "rerank APIs, 50 documents of 128 tokens: p50 added to the scorer alone, ms", at_most=2),
    Aim("busy", "rerank APIs, 64 clients: share of the time that the scoring threads have work", at_least=0.95),
    Aim("refused", "rerank APIs, ten times what is admitted: share of calls told 200, 429 or 503", at_least=1),
    Aim("grown", "rerank APIs, ten times what is admitted: growth of memory, MB", at_most=64),
)


def judge(found: Mapping[str, float | None], *, family: str | None = None) -> list[Verdict]:
    """A verdict for each aim whose key is in `found` and that holds for models of the family."""
    held = (aim for aim in AIMS if aim.key in found and (not aim.families or family in aim.families))
    return [Verdict(aim, found[aim.key]) for aim in held]
