"""What OpenSearch's own tests find is the same through the proxy, whether it may rerank or not."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from conformance.api import Api
from conformance.artifact import published_suite
from conformance.expected import CHANGED_BY_DESIGN, SCORES_SEEN, SLICE
from conformance.suite import Case, read_suite
from conformance.three_ways import ClusterInUseError, Run, Ways, run, ways_to
from conformance.wire import node_client
from engines import EngineUnavailableError, skip_or_fail


@dataclass(frozen=True)
class Suite:
    cases: list[Case]
    api: Api


@pytest.fixture(scope="module")
def suite() -> Suite:
    try:
        folder = published_suite(os.environ)
    except EngineUnavailableError as error:
        skip_or_fail(str(error), os.environ)
    return Suite(read_suite(folder / "test"), Api(folder / "api"))


@pytest.fixture(params=["opensearch2", "opensearch3"])
def node(request):
    return request.getfixturevalue(request.param)


def check(cases: list[Case], suite: Suite, node, folder: Path, *, reranked: int) -> None:
    """reranked: how many searches must have been, at least."""
    with ways_to(node, folder) as ways:
        done = run(cases, suite.api, node, ways)
    assert done.passing == done.direct
    differing = {name for name, outcome in done.direct.items() if done.reranking[name] != outcome}
    assert differing == {name for name in done.direct if name in SCORES_SEEN}, _told(done, differing)
    check_traffic(ways, reranked)


def _told(done: Run, names: set[str]) -> dict[str, tuple[str, str]]:
    return {name: (str(done.direct[name]), str(done.reranking[name])) for name in sorted(names)}


def check_traffic(ways: Ways, reranked: int) -> None:
    """Every request that was meant for a proxy went through it, and enough of them were reranked."""
    assert ways.direct.reports.total() == 0
    assert ways.passing.reports == {"passed": ways.passing.asked}
    assert ways.reranking.reports.total() == ways.reranking.asked >= ways.direct.asked * 0.9
    assert ways.reranking.reports["reranked"] >= reranked
    assert [(call, each) for call, each in ways.reranking.differences if not CHANGED_BY_DESIGN.fullmatch(each.where)] == []


def test_a_slice_behaves_the_same_through_the_proxy(suite, node, tmp_path):
    cases = [case for case in suite.cases if {case.folder, case.file} & SLICE]
    assert len(cases) >= 60
    check(cases, suite, node, tmp_path, reranked=35)


@pytest.mark.slow
def test_the_whole_suite_behaves_the_same_through_the_proxy(suite, node, tmp_path):
    assert len(suite.cases) >= 1459
    check(suite.cases, suite, node, tmp_path, reranked=90)


def test_an_engine_that_holds_something_is_left_alone(suite, node, tmp_path):
    with node_client(node.url) as client, ways_to(node, tmp_path) as ways:
        client.put("/precious").raise_for_status()
        try:
            with pytest.raises(ClusterInUseError, match="holds /precious"):
                run(suite.cases[:1], suite.api, node, ways)
            assert client.head("/precious").status_code == 200
            assert ways.direct.asked == 0
        finally:
            client.delete("/precious").raise_for_status()
