"""Every test over three ways to the same engine: directly, through a proxy that may not rerank, and through one that does.

The reranking proxy has the constant scorer, which changes no order: of what a client sees, only the scores differ.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from conformance.api import Api
from conformance.cluster import stored, wipe
from conformance.runner import Outcome, Runner
from conformance.suite import Case
from conformance.wire import Way, node_client
from engines import EngineNode
from serving import serving

NOTHING_IS_RERANKED = '[[rule]]\nname = "nothing is reranked"\npath = ["*"]\nenabled = false\n'


class ClusterInUseError(Exception):
    """The engine holds something already, and a run would delete it."""


@dataclass(frozen=True)
class Ways:
    """The three ways to one engine."""

    direct: Way
    passing: Way
    reranking: Way


@dataclass
class Run:
    """What became of each test, by its name, over each way."""

    direct: dict[str, Outcome] = field(default_factory=dict)
    passing: dict[str, Outcome] = field(default_factory=dict)
    reranking: dict[str, Outcome] = field(default_factory=dict)


@contextmanager
def ways_to(node: EngineNode, folder: Path) -> Iterator[Ways]:
    """Both proxies, started. folder: where a configuration may be written."""
    rules = folder / "nothing.toml"
    rules.write_text(NOTHING_IS_RERANKED, encoding="utf-8")
    with ExitStack() as stack:
        straight = stack.enter_context(node_client(node.url))
        passing = stack.enter_context(serving(node.url, "--config", str(rules)))
        reranking = stack.enter_context(serving(node.url))
        yield Ways(
            *(
                stack.enter_context(way)
                for way in (
                    Way("direct", node.url),
                    Way("passing", passing.url),
                    Way("reranking", reranking.url, direct=straight),
                )
            )
        )


def run(cases: Iterable[Case], api: Api, node: EngineNode, ways: Ways) -> Run:
    """Run each test three times, one way after the other.

    Raises:
        ClusterInUseError: The engine is not empty.
    """
    done = Run()
    with node_client(node.url) as client:
        if found := stored(client):
            raise ClusterInUseError(f"{node.url} holds {', '.join(found[:5])}; these tests delete everything there is")
        runner = Runner(api, node.version, client)
        try:
            for case in cases:
                done.direct[case.name] = runner.run(case, ways.direct)
                done.passing[case.name] = runner.run(case, ways.passing)
                done.reranking[case.name] = runner.run(case, ways.reranking)
        finally:
            wipe(client)
    return done
