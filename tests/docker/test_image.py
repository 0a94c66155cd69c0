"""The image by itself: what is in it, what it says of itself, and how it runs with everything taken away."""

import json
import os

import httpx
import pytest
from containers import IMAGE, ROOT, docker, run, running
from models.hub import Hub, Repository, serving
from stand_ins import make

import searchrerank

pytestmark = pytest.mark.docker

PYTHON_IMAGE = os.environ.get("PYTHON_IMAGE", "python:3.12-slim")
LEAST = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "12345")


@pytest.fixture(scope="module")
def inspected():
    return json.loads(docker("image", "inspect", IMAGE))[0]


def test_it_adds_350_megabytes_at_most_to_its_base(inspected):
    base = json.loads(docker("image", "inspect", PYTHON_IMAGE))[0]
    assert inspected["RootFS"]["Layers"][: len(base["RootFS"]["Layers"])] == base["RootFS"]["Layers"]
    assert inspected["Size"] - base["Size"] <= 350e6


def test_it_says_what_it_is(inspected):
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in inspected["Config"]["Labels"].items()}
    assert labels["title"] == "searchrerank"
    assert labels["licenses"] == "Apache-2.0"
    assert {"version", "revision"} <= labels.keys()
    for engine in ("Elasticsearch", "OpenSearch", "Solr"):
        assert engine in labels["description"]


def test_the_program_runs_and_is_this_one():
    assert docker("run", "--rm", IMAGE, "--version") == f"searchrerank {searchrerank.__version__}"


def test_nothing_can_be_built_or_installed_with_it():
    tools = "cc gcc g++ clang c++ ld as make cargo rustc"
    found = docker("run", "--rm", "--entrypoint", "sh", IMAGE, "-c", f"for tool in {tools}; do command -v $tool; done; true")
    assert found == ""
    pip = run("docker", "run", "--rm", "--entrypoint", "/opt/searchrerank/bin/python", IMAGE, "-m", "pip", "--version")
    assert "No module named pip" in pip.stderr
    installed = docker("run", "--rm", "--entrypoint", "sh", IMAGE, "-c", "ls /opt/searchrerank/lib/python3*/site-packages")
    unwanted = {"pip", "setuptools", "scipy", "torch", "pytest", "openvino", "ir_measures", "pytrec_eval"}
    assert unwanted.isdisjoint(installed.split())


def test_its_user_is_a_number_and_owns_the_models_only(inspected):
    assert inspected["Config"]["User"] == "10001:10001"
    find = r"find / -xdev \( -path /proc -o -path /dev -o -path /sys \) -prune -o -writable ! -type l -print"
    writable = docker("run", "--rm", "--entrypoint", "sh", IMAGE, "-c", f"{find} 2>/dev/null; true").split()
    everyone = {"/tmp", "/var/tmp", "/run/lock"}
    assert {path for path in writable if path not in everyone} == {"/var/lib/searchrerank", "/var/lib/searchrerank/models"}


def test_with_everything_taken_away_it_reranks(loaded, network):
    settings = ("-e", f"SEARCHRERANK_UPSTREAM_URL={loaded}", "-e", "SEARCHRERANK_RERANK_BUDGET=60s")
    with running(*LEAST, "--network", network, *settings, IMAGE) as proxy:
        proxy.until(lambda: "reranks" in proxy.log, "start")
        assert docker("exec", proxy.id, "id", "-u") == "12345"
        search = {"query": {"match": {"text": "in what year was an engine indicator first in use?"}}}
        answer = httpx.post(f"http://{proxy.address}:9280/xquad/_search", json=search, timeout=60)
        assert answer.headers["x-searchrerank"].startswith("reranked;"), answer.headers
        written = docker("diff", proxy.id)
        assert written == ""
        assert "Traceback" not in proxy.log
        docker("stop", "-t", "60", proxy.id)
        assert proxy.state["ExitCode"] == 0
        assert "WARNING" not in proxy.log


HEALTH_SOON = ("--health-interval", "1s", "--health-start-period", "0s", "--health-retries", "2")


def test_its_health_is_that_of_the_way_to_the_engine(loaded, network):
    with running(*HEALTH_SOON, "--network", network, "-e", f"SEARCHRERANK_UPSTREAM_URL={loaded}", IMAGE) as proxy:
        proxy.until(lambda: proxy.health == "healthy", "good health")
    with running(*HEALTH_SOON, "-e", "SEARCHRERANK_UPSTREAM_URL=http://127.0.0.1:1", IMAGE) as proxy:
        proxy.until(lambda: proxy.health == "unhealthy", "bad health")
        [*_, last] = proxy.state["Health"]["Log"]
        assert (last["ExitCode"], last["Output"]) == (1, "searchrerank: http://127.0.0.1:9280: it answered 502\n")


def test_a_build_argument_bakes_another_model():
    folder = make.stand_in("tiny-bert")
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    tag = "searchrerank-test/another-model"
    with serving(Hub(repositories={"someone/tiny": Repository(files)})) as hub:
        arguments = {"PYTHON_IMAGE": PYTHON_IMAGE, "MODEL": "someone/tiny", "HF_ENDPOINT": hub.url, **PIP}
        options = [option for name, value in arguments.items() for option in ("--build-arg", f"{name}={value}")]
        docker("build", "-f", "docker/Dockerfile", "-t", tag, "--network", "host", *options, str(ROOT))
        assert hub.asked_for("model.safetensors")
    try:
        with running(*LEAST, "--network", "none", tag) as proxy:
            proxy.until(lambda: "reranks" in proxy.log, "start")
            assert "model          tiny: " in proxy.log, proxy.log
    finally:
        docker("image", "rm", tag)


PIP = {name: os.environ[name] for name in ("PIP_INDEX_URL", "PIP_CERT") if name in os.environ}
