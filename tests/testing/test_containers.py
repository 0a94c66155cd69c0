"""Real containers: each engine with a proxy beside it, in this process and as a container of its own."""

import pytest
from testing.images import flag, image

from searchrerank.testing import ContainerError, SearchRerankContainer

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.docker

ELASTIC = """
    import httpx
    import pytest

    @pytest.mark.parametrize("container", [False, True])
    def test_hits_are_reranked({name}_cluster, rerank_proxy, container):
        for name, text in {{"1": "food food", "2": "Plants make food from light."}}.items():
            httpx.put(f"{{{name}_cluster.url}}/plants/_doc/{{name}}?refresh=true", json={{"text": text}}).raise_for_status()
        proxy = rerank_proxy({name}_cluster, model="searchrerank-mini-en", container=container, rerank={{"window": 7}})
        answer = httpx.get(f"{{proxy.url}}/plants/_search?q=text:(how do plants make food)")
        assert [hit["_id"] for hit in answer.json()["hits"]["hits"]] == ["2", "1"]
        assert "window=7" in answer.headers["x-searchrerank"]
"""
SOLR = """
    import httpx
    import pytest

    @pytest.mark.parametrize("container", [False, True])
    def test_hits_are_reranked(solr_cluster, rerank_proxy, container):
        proxy = rerank_proxy(solr_cluster, model="searchrerank-mini-en", container=container)
        core = {"action": "CREATE", "name": f"plants{container}", "configSet": "_default"}
        httpx.get(f"{proxy.url}/solr/admin/cores", params=core, timeout=60).raise_for_status()
        url = f"{proxy.url}/solr/plants{container}"
        texts = [{"id": "1", "text_t": "food food"}, {"id": "2", "text_t": "Plants make food from light."}]
        httpx.post(f"{url}/update?commit=true", json=texts, timeout=60).raise_for_status()
        answer = httpx.get(f"{url}/select", params={"q": "how do plants make food", "df": "text_t", "fl": "id"})
        assert [hit["id"] for hit in answer.json()["response"]["docs"]] == ["2", "1"]
"""


@pytest.mark.parametrize(
    ("engine", "program"),
    [
        ("opensearch", ELASTIC.format(name="opensearch")),
        ("elasticsearch", ELASTIC.format(name="elasticsearch")),
        ("solr", SOLR),
    ],
)
def test_an_engine_in_a_container_and_a_proxy_of_each_kind(project, without_reaper, engine, program):
    project.makepyfile(program)
    project.runpytest_subprocess(flag(engine), flag("proxy")).assert_outcomes(passed=2)


def test_the_image_in_testcontainers_own_style(without_reaper):
    """In front of another proxy before nothing at all: what it tells of itself is enough, and no engine has to be started."""
    settings = {"rerank": {"window": 7}, "rule": [{"index": ["books"], "window": 9}]}
    proxy = SearchRerankContainer(image("proxy")).with_upstream("http://127.0.0.1:9").with_model("constant")
    with pytest.raises(ContainerError) as error, proxy.with_settings(**settings).with_startup_timeout(20):
        pass
    assert "configuration  config.toml" in str(error.value)
    assert "upstream       http://127.0.0.1:9 " in str(error.value)
    assert "model          constant" in str(error.value)
    assert "reranks        the first 7 hits" in str(error.value)
