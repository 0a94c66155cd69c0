"""pysolr, unchanged, through the proxy: everything that it does, and its searches reranked."""

import pysolr
import pytest

QUESTION = "text_t:(which team won the super bowl)"


@pytest.fixture
def clients(filled, constant):
    """pysolr in front of Solr, and of the proxy."""
    return [pysolr.Solr(core.url, timeout=60) for core in (filled, constant)]


def test_a_search_is_reranked(filled, reranking):
    direct, proxied = (
        pysolr.Solr(core.url, timeout=60).search(QUESTION, fl="*,score", rows=40) for core in (filled, reranking)
    )
    assert proxied.hits == direct.hits
    assert sorted(each["id"] for each in proxied) == sorted(each["id"] for each in direct)
    assert [each["id"] for each in proxied] != [each["id"] for each in direct]
    scores = [each["score"] for each in proxied]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_everything_that_a_search_may_ask_for(clients, method):
    more = {
        "hl": "true",
        "hl.fl": "text_t",
        "facet": "true",
        "facet.field": ["title_s", "even_b"],
        "stats": "true",
        "stats.field": "n_i",
        "debug": "results",
        "fq": ["n_i:[0 TO 300]", "-n_i:7"],
        "fl": "id,text_t",
        "start": 2,
        "rows": 5,
    }
    direct, proxied = (client.search(QUESTION, search_handler="select", method=method, **more) for client in clients)
    for part in ("docs", "hits", "highlighting", "facets", "stats", "grouped", "spellcheck", "nextCursorMark"):
        assert getattr(proxied, part) == getattr(direct, part), part
    assert proxied.debug["explain"] == direct.debug["explain"]
    assert len(proxied.docs) == 5


def test_a_long_search_goes_by_post(clients):
    words = " OR ".join(f"text_t:word{number}" for number in range(200))
    direct, proxied = (client.search(f"text_t:bowl OR {words}") for client in clients)
    assert proxied.docs == direct.docs != []


def test_another_handler(clients):
    direct, proxied = (client.search("text_t:bowl", search_handler="browse") for client in clients)
    assert [each["id"] for each in proxied] == [each["id"] for each in direct]
    assert {each["score"] for each in proxied} == {0.5}
    assert len(proxied.docs) == 5


def test_a_cursor_walks_through_everything(clients):
    found = [[each["id"] for each in client.search(QUESTION, sort="id asc", cursorMark="*", rows=20)] for client in clients]
    assert found[0] == found[1]
    assert len(found[0]) > 50


def test_an_error_is_read_as_solrs_own(clients):
    messages = []
    for client in clients:
        with pytest.raises(pysolr.SolrError) as raised:
            client.search(QUESTION, sort="nobody asc")
        messages.append(str(raised.value))
    assert messages[0] == messages[1]
    assert "sort param field can't be found: nobody" in messages[0]


def test_what_pysolr_does_besides(clients, filled):
    direct, proxied = clients
    assert '"status":"OK"' in proxied.ping()
    proxied.add([{"id": "guest", "text_t": "an unheardof guest", "n_i": 7}], commit=True)
    assert [each["n_i"] for each in direct.search("text_t:unheardof")] == [7]
    proxied.add([{"id": "guest", "n_i": 8}], fieldUpdates={"n_i": "inc"}, commit=True)
    assert [each["n_i"] for each in proxied.search("text_t:unheardof")] == [15]
    proxied.delete(id="guest", commit=True)
    assert proxied.search("text_t:unheardof").hits == 0
    assert proxied.suggest_terms("title_s", "Super") == direct.suggest_terms("title_s", "Super")
    similar = [client.more_like_this("id:s1", "text_t", **{"mlt.mindf": 1, "mlt.mintf": 1}).docs for client in clients]
    assert similar[0] == similar[1] != []
    assert '<int name="status">0</int>' in proxied.optimize()
    admin = pysolr.SolrCoreAdmin(f"{filled.engine}/solr/admin/cores")
    assert filled.name in admin.status()
