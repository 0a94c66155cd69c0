"""Real containers: each engine with a proxy before it, in this process and as a container of its own; the manual's programs."""

import pytest
from testing.images import flag, image
from testing.manual import WITH_DOCKER

pytest_plugins = ["pytester"]

ELASTIC = """
import httpx
import pytest

@pytest.mark.parametrize("container", [False, True])
@pytest.mark.parametrize("name", ["opensearch_cluster", "elasticsearch_cluster"])
def test_hits_are_reranked(name, request, rerank_proxy, container):
    cluster = request.getfixturevalue(name)
    proxy = rerank_proxy(cluster, model="searchrerank-mini-en", container=container, rerank={"window": 7})
    with httpx.Client(base_url=proxy.url, timeout=60) as client:
        for name, text in {"1": "food food", "2": "Plants make food from light."}.items():
            client.put(f"/plants/_doc/{name}?refresh=true", json={"text": text}).raise_for_status()
        answer = client.get("/plants/_search?q=text:(how do plants make food)")
    assert [hit["_id"] for hit in answer.json()["hits"]["hits"]] == ["2", "1"]
    assert "window=7" in answer.headers["x-searchrerank"]
"""
SOLR = """
import httpx
import pytest

@pytest.mark.parametrize("container", [False, True])
def test_hits_are_reranked(solr_cluster, rerank_proxy, container):
    proxy = rerank_proxy(solr_cluster, model="searchrerank-mini-en", container=container)
    texts = [{"id": "1", "text_t": "food food"}, {"id": "2", "text_t": "Plants make food from light."}]
    name = f"plants{container}"
    with httpx.Client(base_url=f"{proxy.url}/solr", timeout=60) as client:
        core = {"action": "CREATE", "name": name, "configSet": "_default"}
        client.get("/admin/cores", params=core).raise_for_status()
        client.post(f"/{name}/update?commit=true", json=texts).raise_for_status()
        answer = client.get(f"/{name}/select", params={"q": "how do plants make food", "df": "text_t", "fl": "id"})
        client.get("/admin/cores", params={"action": "UNLOAD", "core": name, "deleteInstanceDir": "true"}).raise_for_status()
    assert [hit["id"] for hit in answer.json()["response"]["docs"]] == ["2", "1"]
"""


@pytest.mark.docker
def test_engines_in_containers_and_proxies_of_each_kind(project, without_reaper):
    """In one run, so that each engine starts once."""
    own_image = f'SearchRerankContainer("{image("proxy")}")'
    manual = [program.replace('SearchRerankContainer("searchrerank")', own_image) for program in WITH_DOCKER]
    programs = {f"test_manual_{number}": program for number, program in enumerate(manual)}
    project.makepyfile(test_elastic=ELASTIC, test_solr=SOLR, **programs)
    done = project.runpytest_subprocess(*map(flag, ("opensearch", "elasticsearch", "solr", "proxy")))
    done.assert_outcomes(passed=4 + 2 + 4)
