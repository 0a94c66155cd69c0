"""Clients of SolrCloud stay with the proxy, where it is told to say that it is the cluster."""

import httpx
import pytest
from serving import serving

from searchrerank.dialects.solr import javabin
from searchrerank.dialects.solr.cluster_state import asks_for_nodes, with_publish_address
from searchrerank.dialects.solr.target import SolrTarget
from searchrerank.errors import UpstreamBrokenError

ADDRESS = "search.example:9280"
FORMATS = ["json", "xml", "javabin"]


@pytest.mark.parametrize(
    ("method", "target", "asks"),
    [
        ("GET", "/solr/admin/collections?action=CLUSTERSTATUS", True),
        ("GET", "/solr/admin/collections/?wt=javabin&action=clusterstatus&collection=books", True),
        ("GET", "/solr/admin/collections?action=LIST", False),
        ("GET", "/solr/admin/collections", False),
        ("POST", "/solr/admin/collections?action=CLUSTERSTATUS", False),
        ("GET", "/solr/books/select?action=CLUSTERSTATUS", False),
    ],
)
def test_which_requests_ask_for_the_state(method, target, asks):
    assert asks_for_nodes(method, target) is asks


@pytest.mark.parametrize("body", [b"", b"\x02", b"\x02\x1f", b"{"])
def test_what_is_no_state_is_refused(body):
    with pytest.raises(UpstreamBrokenError):
        with_publish_address(body, ADDRESS)


@pytest.fixture(scope="module")
def states(solr_cloud):
    """The state of a cluster with a collection of two shards, in each format."""
    url = f"{solr_cloud.url}/solr/admin/collections"
    made = {"action": "CREATE", "name": "sharded", "numShards": "2", "waitForFinalState": "true"}
    httpx.get(url, params=made, timeout=120).raise_for_status()
    yield {wt: httpx.get(url, params={"action": "CLUSTERSTATUS", "wt": wt}, timeout=60) for wt in FORMATS}
    httpx.get(url, params={"action": "DELETE", "name": "sharded"}, timeout=60).raise_for_status()


def own_address(solr_cloud):
    return solr_cloud.url.removeprefix("http://")


@pytest.mark.parametrize("wt", FORMATS)
def test_nothing_but_the_addresses_changes(solr_cloud, states, wt):
    own, body = own_address(solr_cloud), states[wt].content
    assert body.count(own.encode()) >= 5  # the live node, and the name and the URL of two replicas at least
    published = with_publish_address(body, ADDRESS)
    assert own.encode() not in published
    assert published.count(ADDRESS.encode()) == body.count(own.encode())
    assert with_publish_address(published, own) == body
    if wt == "javabin":
        [live] = javabin.read(published).get("cluster").get("live_nodes").items
        assert javabin.text_of(live) == f"{ADDRESS}_solr"


def test_through_the_proxy(solr_cloud, states, tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(f'[server]\npublish_address = "{ADDRESS}"\n', encoding="utf-8")
    with serving(solr_cloud.url, "--config", str(file)) as proxy:
        answer = httpx.get(f"{proxy.url}/solr/admin/collections?action=CLUSTERSTATUS&wt=json", timeout=60)
    assert answer.headers["x-searchrerank"] == "passed; reason=publish-address"
    assert answer.json()["cluster"] == states["json"].json(object_hook=published)["cluster"]


def published(members):
    """The members of a JSON object with the address in them."""
    changed = {"node_name": f"{ADDRESS}_solr", "base_url": f"http://{ADDRESS}/solr", "live_nodes": [f"{ADDRESS}_solr"]}
    return {name: changed.get(name, value) for name, value in members.items()}


@pytest.mark.parametrize(
    ("path", "collections"),
    [
        ("/solr/books/select", ("books",)),
        ("/solr/books_shard1_replica_n4/select", ("books",)),
        ("/solr/books_shard2_1_replica_t12/select", ("books",)),
        ("/solr/books,films_shard1_replica_p7/select", ("books", "films")),
        ("/solr/books_shard1/select", ("books_shard1",)),
    ],
)
def test_a_core_of_solr_cloud_is_called_after_its_collection(path, collections):
    assert SolrTarget.parse(path).collections == collections
