"""Clients that sniff stay with the proxy, where it is told to say that it is the cluster."""

import json

import httpx
import pytest
from elasticsearch import Elasticsearch
from opensearchpy import OpenSearch
from serving import serving

from searchrerank.dialects.elastic.sniffing import asks_for_nodes, with_publish_address
from searchrerank.errors import UpstreamBrokenError

ADDRESS = "search.example:9280"


@pytest.mark.parametrize(
    ("method", "target", "asks"),
    [
        ("GET", "/_nodes/_all/http", True),
        ("GET", "/_nodes/http?timeout=1s", True),
        ("GET", "/_nodes/a,b/http/", True),
        ("GET", "/_nodes", False),
        ("GET", "/_nodes/stats", False),
        ("POST", "/_nodes/_all/http", False),
        ("GET", "/i/_nodes/_all/http", False),
    ],
)
def test_which_requests_ask_for_nodes(method, target, asks):
    assert asks_for_nodes(method, target) is asks


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"nodes":3}', b'{"nodes":{"a":{"http":1}}}'])
def test_what_is_no_answer_of_nodes_is_refused(body):
    with pytest.raises(UpstreamBrokenError):
        with_publish_address(body, ADDRESS)


def test_nothing_but_the_address_changes(elastic_node, tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(f'[server]\npublish_address = "{ADDRESS}"\n', encoding="utf-8")
    with serving(elastic_node.url, "--config", str(file)) as proxy:
        direct, proxied = (httpx.get(f"{url}/_nodes/_all/http?pretty", timeout=60) for url in (elastic_node.url, proxy.url))
        assert httpx.get(f"{proxy.url}/_nodes/nobody/http", timeout=60).json()["nodes"] == {}
    [node] = direct.json()["nodes"].values()
    own = json.dumps(node["http"]["publish_address"])
    before, _, after = direct.text.rpartition(f'"publish_address" : {own}')
    assert proxied.text == f'{before}"publish_address" : "{ADDRESS}"{after}'
    assert proxied.headers["x-searchrerank"] == "passed; reason=publish-address"


@pytest.mark.parametrize("name", ["opensearch2", "opensearch3", "elasticsearch9"])
def test_a_client_that_sniffs_stays_with_the_proxy(name, request, tmp_path, unused_tcp_port):
    """Not on Elasticsearch 8, whose client cannot be installed beside that of 9, which it refuses."""
    node = request.getfixturevalue(name)
    address = f"127.0.0.1:{unused_tcp_port}"
    file = tmp_path / "config.toml"
    file.write_text(f'[server]\npublish_address = "{address}"\n', encoding="utf-8")
    with serving(node.url, "--config", str(file), listen=address) as proxy:
        if node.distribution == "opensearch":
            with OpenSearch(proxy.url, sniff_on_start=True) as engine:
                hosts = {connection.host for connection in engine.transport.connection_pool.connections}
        else:
            with Elasticsearch(proxy.url, sniff_on_start=True) as engine:
                hosts = {node.base_url for node in engine.transport.node_pool.all()}
    assert hosts == {proxy.url}
