"""The engines that the other tests rely on: each answers its own clients, and one that is missing says what it lacks."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import aiohttp
import pytest
from elasticsearch import BadRequestError, Elasticsearch
from engines import ENGINES, RERANKING, EngineFailedError, EngineUnavailableError, async_client, client, skip_or_fail, start

TITLES = ["A history of bread", "Bread, salt and water", "The tides"]


# Each engine answers.


def bulk(index: str) -> list[dict[str, object]]:
    return [line for title in TITLES for line in ({"index": {"_index": index}}, {"title": title})]


def test_an_elastic_node_is_what_its_name_says(elastic_node):
    assert elastic_node.name == f"{elastic_node.distribution}{elastic_node.version.partition('.')[0]}"


def test_an_elastic_node_answers_its_client(elastic_node):
    with client(elastic_node) as engine:
        engine.bulk(body=bulk("answers"), refresh=True)
        found = engine.search(index="answers", body={"query": {"match": {"title": "bread"}}})
        engine.indices.delete(index="answers")
    assert found["hits"]["total"]["value"] == 2


async def test_an_elastic_node_answers_its_async_client(elastic_node):
    async with async_client(elastic_node) as engine:
        await engine.bulk(body=bulk("answers-async"), refresh=True)
        found = await engine.search(index="answers-async", body={"query": {"match": {"title": "bread"}}})
        await engine.indices.delete(index="answers-async")
    assert found["hits"]["total"]["value"] == 2


def test_elasticsearch_8_refuses_client_9_whatever_headers_the_application_sets(elasticsearch8):
    media_type = "application/vnd.elasticsearch+json; compatible-with=8"
    headers = {"accept": media_type, "content-type": media_type}
    with (
        Elasticsearch(elasticsearch8.url, headers=headers) as engine,
        pytest.raises(BadRequestError, match="media_type_header_exception"),
    ):
        engine.search(query={"match_all": {}})


async def test_solr_answers(solr):
    async with aiohttp.ClientSession(solr.url, raise_for_status=True) as session:
        system = await (await session.get("/solr/admin/info/system", params={"wt": "json"})).json()
        await session.get("/solr/admin/cores", params={"action": "CREATE", "name": "answers", "configSet": "_default"})
        await session.post("/solr/answers/update", params={"commit": "true"}, json=[{"title_t": title} for title in TITLES])
        found = await (await session.get("/solr/answers/select", params={"q": "title_t:bread"})).json()
        await session.get("/solr/admin/cores", params={"action": "UNLOAD", "core": "answers", "deleteInstanceDir": "true"})
    assert system["lucene"]["solr-spec-version"] == solr.version
    assert found["response"]["numFound"] == 2


async def test_solr_cloud_answers(solr_cloud):
    async with aiohttp.ClientSession(solr_cloud.url, raise_for_status=True) as session:
        collections = "/solr/admin/collections"
        await session.get(
            collections, params={"action": "CREATE", "name": "answers", "numShards": "2", "waitForFinalState": "true"}
        )
        await session.post("/solr/answers/update", params={"commit": "true"}, json=[{"title_t": title} for title in TITLES])
        found = await (await session.get("/solr/answers/select", params={"q": "title_t:bread"})).json()
        await session.get(collections, params={"action": "DELETE", "name": "answers"})
    assert found["responseHeader"]["zkConnected"] is True
    assert found["response"]["numFound"] == 2


# Where an engine is looked for.


class OldEngine(BaseHTTPRequestHandler):
    """Says that it is Elasticsearch 7.17.0 whatever it is asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"version": {"number": "7.17.0"}}')

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def old_engine_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), OldEngine) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def bare_machine(tmp_path: Path) -> Mapping[str, str]:
    """The environment of a machine with a shell, but without Java, Maven and Docker."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "dirname", "mkdir", "readlink", "rm", "sed"):
        (tools / tool).symlink_to(shutil.which(tool))
    return {
        "PATH": str(tools),
        "JVM_DIR": str(tmp_path / "no-jvm"),
        "DOCKER_HOST": f"unix://{tmp_path}/no-docker.sock",
        "SEARCHRERANK_TEST_CACHE": str(tmp_path / "cache"),
    }


def started(name: str, environment: Mapping[str, str]):
    with ExitStack() as stack:
        return start(ENGINES[name], environment, stack)


def test_a_url_in_the_environment_wins(elasticsearch9):
    found = started("elasticsearch9", {**os.environ, "SEARCHRERANK_TEST_ELASTICSEARCH9_URL": f"{elasticsearch9.url}/"})
    assert found == elasticsearch9


def test_a_url_of_another_engine_is_refused(old_engine_url):
    with pytest.raises(EngineFailedError, match=r"elasticsearch9 was asked for, but http\S+ is elasticsearch 7\.17\.0"):
        started("elasticsearch9", {"SEARCHRERANK_TEST_ELASTICSEARCH9_URL": old_engine_url})


def test_a_standalone_solr_is_no_solr_cloud(solr):
    with pytest.raises(EngineFailedError, match=r"solr_cloud was asked for, but http\S+ is solr 9"):
        started("solr_cloud", {**os.environ, "SEARCHRERANK_TEST_SOLR_CLOUD_URL": solr.url})


def test_a_url_where_nobody_answers_is_a_failure_and_nothing_else_is_tried(unused_tcp_port):
    url = f"http://127.0.0.1:{unused_tcp_port}"
    with pytest.raises(EngineFailedError, match=f"SEARCHRERANK_TEST_SOLR_URL={url} does not answer"):
        started("solr", {**os.environ, "SEARCHRERANK_TEST_SOLR_URL": url})


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("opensearch2", "OpenSearch 2.19.6 needs a JDK, Java 11 to 21; found: none"),
        ("opensearch3", "OpenSearch 3.8.0 needs a JDK, Java 21 or later; found: none"),
        ("elasticsearch8", "Elasticsearch 8.19.13 needs a JDK, Java 17 or later; found: none"),
        ("elasticsearch9", "Elasticsearch 9.4.3 needs a JDK, Java 21 or later; found: none"),
        ("solr", "Solr 9.10.1 needs a JDK, Java 11 or later; found: none"),
        ("solr_cloud", "Solr 9.10.1 needs a JDK, Java 11 or later; found: none"),
    ],
)
def test_without_java_and_docker_it_says_what_is_missing(name, needs, bare_machine):
    with pytest.raises(EngineUnavailableError) as missing:
        started(name, bare_machine)
    message = str(missing.value)
    no_container = "no Docker engine answers" if ENGINES[name].image else "no container is of use"
    assert message.startswith(f"{name}: SEARCHRERANK_TEST_{name.upper()}_URL is not set; {no_container}")
    assert needs in message


def test_without_maven_it_says_what_is_missing(bare_machine, tmp_path):
    """A JDK, but nothing in the cache and no Maven to fill it with."""
    java = tmp_path / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/usr/bin/env bash\necho '    java.specification.version = 17' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    java.with_name("javac").symlink_to(java)
    with pytest.raises(EngineUnavailableError, match=r"Maven \(mvn\) is needed once, to fetch Elasticsearch 8\.19\.13"):
        started("elasticsearch8", {**bare_machine, "JAVA_HOME": str(tmp_path / "jdk")})


def test_a_missing_engine_skips_a_test():
    with pytest.raises(pytest.skip.Exception, match="no Java here"):
        skip_or_fail("no Java here", {})


def test_a_missing_engine_fails_a_test_where_nobody_would_see_the_skip():
    with pytest.raises(pytest.fail.Exception, match="no Java here"):
        skip_or_fail("no Java here", {"CI": "true"})


def test_whatever_asks_for_an_engine_bears_the_marker_and_nothing_else_does(request):
    engines = {*ENGINES, *RERANKING, "elastic_node"}
    for item in request.session.items:
        parameters = getattr(item, "callspec", None)
        asked = {*item.fixturenames, *(map(str, parameters.params.values()) if parameters else ())}
        assert bool(engines & asked) is (item.get_closest_marker("engine") is not None), item.nodeid
