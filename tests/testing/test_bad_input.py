"""No Docker engine, no image, no answer: the error names the image, the last log lines and what to set."""

import re
import time

import pytest
from testing.images import flag, image

from searchrerank.errors import ConfigurationError
from searchrerank.testing import ContainerError, SearchRerankContainer

pytest_plugins = ["pytester"]

CLUSTER = "def test_it(opensearch_cluster): pass"
SETTABLE = (
    "*--searchrerank-opensearch-image, SEARCHRERANK_TEST_OPENSEARCH_IMAGE or the ini option searchrerank_opensearch_image"
)


def told(project, *options, outcome="errors"):
    """What a run of pytest says that fails."""
    done = project.runpytest_subprocess(*options)
    done.assert_outcomes(**{outcome: 1})
    assert "Traceback" not in done.stdout.str()
    return done.stdout


def test_no_docker_engine(project, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    project.makepyfile(CLUSTER)
    told(project, "--searchrerank-opensearch-version=2.19.6").fnmatch_lines(
        [
            "opensearch_cluster: opensearchproject/opensearch:2.19.6 needs a Docker engine, and none answers at unix:///*",
            "*set DOCKER_HOST*",
            SETTABLE,
            "*--searchrerank-opensearch-url, *",
            "The fixture embedded_engine needs no Docker.",
        ]
    )


def test_no_docker_engine_by_network(project, monkeypatch, unused_tcp_port):
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{unused_tcp_port}")
    project.makepyfile(CLUSTER)
    told(project).fnmatch_lines([f"*needs a Docker engine, and none answers at tcp://127.0.0.1:{unused_tcp_port} *"])


def test_the_proxy_s_container_without_a_docker_engine(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    with pytest.raises(ContainerError, match="searchrerank:2 needs a Docker engine, and none answers at unix:///nowhere"):
        SearchRerankContainer("searchrerank:2")


@pytest.mark.docker
def test_an_image_that_cannot_be_pulled(project, monkeypatch):
    image("proxy")  # a Docker engine answers
    monkeypatch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
    project.makepyfile(CLUSTER)
    told(project, "--searchrerank-opensearch-image=searchrerank-test/nothing:1").fnmatch_lines(
        ["opensearch_cluster: the image searchrerank-test/nothing:1 is not here and cannot be pulled: *", SETTABLE]
    )


@pytest.mark.docker
def test_a_reaper_that_cannot_be_pulled(project, monkeypatch):
    monkeypatch.setenv("TESTCONTAINERS_RYUK_DISABLED", "false")
    monkeypatch.setenv("RYUK_CONTAINER_IMAGE", "searchrerank-test/nothing:2")
    project.makepyfile(CLUSTER)
    told(project, flag("opensearch")).fnmatch_lines(
        ["*the image searchrerank-test/nothing:2 is not here and cannot be pulled: *", "*TESTCONTAINERS_RYUK_DISABLED=true *"]
    )


@pytest.mark.docker
def test_a_container_that_never_answers(project, without_reaper):
    """The proxy's image, which is no engine: it runs and listens, but not on the port that is asked."""
    project.makepyfile(CLUSTER)
    never = image("proxy")
    told(project, f"--searchrerank-opensearch-image={never}", "--searchrerank-startup-timeout=15s").fnmatch_lines(
        [
            f"opensearch_cluster: the container of {never} did not answer GET /_cluster/* within 15 s (last: *); its log ends:",
            "*listens on http://0.0.0.0:9280",
            "*--searchrerank-startup-timeout, SEARCHRERANK_TEST_STARTUP_TIMEOUT *",
        ]
    )


@pytest.mark.docker
def test_a_container_that_ends(without_reaper):
    proxy = SearchRerankContainer(image("proxy")).with_upstream("http://172.17.0.1:1").with_settings(rerank={"windw": 1})
    started = time.monotonic()
    with pytest.raises(ContainerError) as error, proxy:
        pass
    assert time.monotonic() - started < 170, "it was waited for though it had ended"
    assert re.match(r"the container of \S+ ended with status 1 before it answered; its log ends:\n", str(error.value))
    assert "config.toml: rerank.windw: no such key; did you mean 'window'?" in str(error.value)


@pytest.mark.docker
def test_a_proxy_in_a_container_that_never_answers(without_reaper):
    proxy = SearchRerankContainer(image("proxy")).with_upstream("http://172.17.0.1:1").with_model("constant")
    settings = {"rerank": {"window": 7}, "rule": [{"index": ["books"], "window": 9}]}
    with pytest.raises(ContainerError, match=r"did not answer GET / within 15 s \(last: status 502\); its log ends:") as error:
        proxy.with_settings(**settings).with_startup_timeout(15).__enter__()
    for line in (
        "configuration  config.toml",
        "upstream       http://172.17.0.1:1 ",
        "model          constant",
        "the first 7 hits",
    ):
        assert line in str(error.value)
    assert str(error.value).count("connection refused") < 10


@pytest.mark.docker
def test_what_to_set_where_the_fixture_s_proxy_in_a_container_never_answers(project, without_reaper):
    project.makepyfile("""
        def test_it(rerank_proxy):
            rerank_proxy("http://172.17.0.1:1", container=True)
    """)
    told(project, flag("proxy"), "--searchrerank-startup-timeout=1s", outcome="failed").fnmatch_lines(
        ["*did not answer GET / within 1 s*", "*--searchrerank-proxy-image, *", "*--searchrerank-startup-timeout, *"]
    )


def test_a_container_and_an_engine_of_this_machine_alone(rerank_proxy, embedded_engine):
    message = f"a proxy in a container cannot reach {embedded_engine.url}, an address of this machine alone"
    with pytest.raises(ContainerError, match=re.escape(message)):
        rerank_proxy(embedded_engine, container=True)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"rerank": {"windw": 1}}, "rerank_proxy: rerank.windw: no such key; did you mean 'window'?"),
        ({"rerank": {"window": 0}}, "rerank_proxy: rerank.window = 0: a whole number from 1 to 10000"),
        ({"rerang": {}}, "rerank_proxy: rerang: no such section; did you mean 'rerank'?"),
        ({"model": "no/such/model/at/all"}, "no/such/model/at/all"),
    ],
)
def test_a_setting_that_is_wrong(rerank_proxy, embedded_engine, settings, complaint):
    with pytest.raises(ConfigurationError, match=re.escape(complaint)):
        rerank_proxy(embedded_engine, **settings)


def test_a_url_that_is_none(rerank_proxy):
    with pytest.raises(ConfigurationError, match=r'rerank_proxy: upstream.url = "localhost:9200": an address with its scheme'):
        rerank_proxy("localhost:9200")


def test_a_time_that_is_none(project):
    project.makepyfile(CLUSTER)
    told(project, "--searchrerank-startup-timeout=soon").fnmatch_lines(
        ["*--searchrerank-startup-timeout, * = 'soon': a duration above zero with its unit*"]
    )
