"""The plugin in a run of pytest that uses it, and in one that does not."""

import pytest

from searchrerank.testing import Endpoint

pytest_plugins = ["pytester"]

ASKING = """
    import httpx

    def test_all_is_the_engine_s(embedded_engine, rerank_proxy):
        proxy = rerank_proxy(embedded_engine)
        assert httpx.get(proxy.url).json() == httpx.get(embedded_engine.url).json()

    def test_hits_are_reranked(embedded_engine, rerank_proxy):
        for name, text in {"1": "food food", "2": "Plants make food from light."}.items():
            httpx.put(f"{embedded_engine.url}/plants/_doc/{name}?refresh=true", json={"text": text}).raise_for_status()
        asked = "/plants/_search?q=text:(how do plants make food)"
        proxy = rerank_proxy(embedded_engine, model="searchrerank-mini-en", rerank={"window": 7})
        answer = httpx.get(proxy.url + asked)
        assert [hit["_id"] for hit in answer.json()["hits"]["hits"]] == ["2", "1"]
        assert "window=7" in answer.headers["x-searchrerank"]
"""


def test_an_engine_and_a_proxy_in_this_process(project):
    project.makepyfile(ASKING)
    project.runpytest_subprocess().assert_outcomes(passed=2)


def test_the_same_call_gets_the_same_proxy(embedded_engine, rerank_proxy):
    proxy = rerank_proxy(embedded_engine, rerank={"window": 3})
    assert rerank_proxy(embedded_engine.url, model="constant", rerank={"window": 3}) is proxy
    assert rerank_proxy(embedded_engine, rerank={"window": 4}).url != proxy.url


def test_the_machine_s_own_settings_change_nothing(embedded_engine, rerank_proxy, monkeypatch, tmp_path):
    (tmp_path / "config.toml").write_text("[rerank]\nwindw = 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEARCHRERANK_SERVER_LISTEN", "nowhere")
    assert rerank_proxy(embedded_engine, rerank={"window": 5}).host == "127.0.0.1"


def test_a_run_that_uses_no_fixture_imports_nothing_of_weight(project):
    project.makepyfile("""
        import sys

        def test_none(pytestconfig):
            assert pytestconfig.pluginmanager.has_plugin("searchrerank")
            heavy = {"aiohttp", "docker", "msgspec", "numpy", "onnxruntime", "searchrerank.app", "testcontainers"}
            assert heavy & sys.modules.keys() == set()
    """)
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_it_can_be_switched_off(project):
    project.makepyfile(ASKING)
    done = project.runpytest_subprocess("-p", "no:searchrerank")
    done.assert_outcomes(errors=2)
    done.stdout.fnmatch_lines(["E       fixture 'embedded_engine' not found"])


def test_without_testcontainers_all_but_containers_works(project):
    project.makeconftest("import sys; sys.modules['testcontainers'] = sys.modules['docker'] = None")
    project.makepyfile("""
        import pytest

        def test_embedded(embedded_engine, rerank_proxy):
            rerank_proxy(embedded_engine)

        def test_cluster(solr_cluster): pass

        def test_container(rerank_proxy):
            rerank_proxy("http://172.17.0.2:9200", container=True)
    """)
    done = project.runpytest_subprocess()
    done.assert_outcomes(passed=1, errors=1, failed=1)
    done.stdout.fnmatch_lines(["solr_cluster: docker* is not installed: pip install 'searchrerank[[]testing[]]'"])
    done.stdout.fnmatch_lines(["E * ImportError: SearchRerankContainer needs docker*: pip install 'searchrerank[[]testing[]]'"])


def test_an_engine_that_runs_already_is_used_where_its_url_is_set(project, embedded_engine, monkeypatch):
    monkeypatch.setenv("SEARCHRERANK_TEST_OPENSEARCH_URL", f"{embedded_engine.url}/")
    project.makepyfile(f"""
        def test_it(opensearch_cluster):
            assert opensearch_cluster.url == {embedded_engine.url!r}
    """)
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_flag_wins_over_a_variable_and_that_over_the_ini_option(project, monkeypatch):
    project.makefile(
        ".ini",
        pytest="[pytest]\nsearchrerank_solr_url = http://ini:1\nsearchrerank_opensearch_url = http://ini:2\n"
        "searchrerank_elasticsearch_url = http://ini:3",
    )
    monkeypatch.setenv("SEARCHRERANK_TEST_SOLR_URL", "http://variable:1")
    monkeypatch.setenv("SEARCHRERANK_TEST_OPENSEARCH_URL", "http://variable:2")
    project.makepyfile("""
        def test_it(solr_cluster, opensearch_cluster, elasticsearch_cluster):
            assert [each.url for each in (solr_cluster, opensearch_cluster, elasticsearch_cluster)] == [
                "http://flag:1", "http://variable:2", "http://ini:3"]
    """)
    project.runpytest_subprocess("--searchrerank-solr-url=http://flag:1").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("url", "host", "port", "is_loopback"),
    [
        ("http://127.0.0.1:9200", "127.0.0.1", 9200, True),
        ("http://[::1]:9200", "::1", 9200, True),
        ("http://localhost:9200", "localhost", 9200, True),
        ("http://172.17.0.2:9200", "172.17.0.2", 9200, False),
        ("http://search.example", "search.example", 80, False),
        ("https://search.example", "search.example", 443, False),
    ],
)
def test_an_endpoint_s_host_and_port(url, host, port, is_loopback):
    endpoint = Endpoint(url)
    assert (endpoint.host, endpoint.port, endpoint.is_loopback) == (host, port, is_loopback)
