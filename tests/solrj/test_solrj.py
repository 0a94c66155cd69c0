"""SolrJ against Solr and through the proxy: the application gets the same Java objects, in the model's order."""

import math
import re
import socket
from itertools import product

import pytest
from by_hand import logits_by_hand
from serving import serving
from solrj.collection import Collection

QUESTION = "Which team won the Super Bowl and how many points did they score"
SEARCH = {"q": f"text_t:({QUESTION})", "fl": "*,score,[child]", "rows": "30"}
CLIENTS = ["jdk", "http2", "cloud"]
FORMATS = ["javabin", "xml"]
MASKED = {"QTime", "rid", "time", "elapse", "_stateVer_"}
SCORES = {"score", "maxScore", "relevance"}


@pytest.fixture(scope="module")
def typed(solr_cloud):
    collection = Collection(solr_cloud.url)
    collection.create()
    yield collection
    collection.remove()


def proxied(collection, tmp_path_factory, *flags, **options):
    """The proxy, which tells clients of SolrCloud that it is the only node."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    file = tmp_path_factory.mktemp("solrj") / "config.toml"
    file.write_text(f'[server]\npublish_address = "{address}"\n', encoding="utf-8")
    return serving(collection.engine, "--config", str(file), *flags, listen=address, **options)


@pytest.fixture(scope="module")
def reranking(typed, tmp_path_factory):
    with proxied(typed, tmp_path_factory, "--window", "40", model="searchrerank-mini-en") as proxy:
        yield Collection(proxy.url)


@pytest.fixture(scope="module")
def constant(typed, tmp_path_factory):
    with proxied(typed, tmp_path_factory) as proxy:
        yield Collection(proxy.url)


def ask(solrj, collection, client, wt, do="query", **more):
    place = {"client": client, "wt": wt, "url": collection.solr, "collection": collection.name}
    return solrj.ask({"do": do, **place, **more})


def section(answer, name):
    _, entries = answer["answer"]
    return next(value for key, value in entries if key == name)


def documents(answer):
    """Each document's fields, in order."""
    return [document for _, document in section(answer, "response")[1]["documents"]]


def value(document, field):
    return next(content for name, content in document["fields"] if name == field)


def without_score(document):
    return {**document, "fields": [field for field in document["fields"] if field[0] != "score"]}


@pytest.mark.parametrize("wt", FORMATS)
@pytest.mark.parametrize("client", CLIENTS)
def test_documents_are_the_same_java_objects_in_the_order_of_the_model(solrj, typed, reranking, client, wt):
    window = documents(ask(solrj, typed, client, wt, params={**SEARCH, "rows": "40"}))
    logits = logits_by_hand(QUESTION, [value(document, "text_t")[1] for document in window])
    by_hand = sorted(zip(window, logits, strict=True), key=lambda pair: -pair[1])

    for post in (None, True):
        answer = ask(solrj, reranking, client, wt, params=SEARCH, post=post)
        found = documents(answer)
        assert [without_score(document) for document in found] == [without_score(document) for document, _ in by_hand[:30]]
        assert [value(document, "id") for document in found] != [value(document, "id") for document in window[:30]]
        scores = [value(document, "score") for document in found]
        assert {kind for kind, _ in scores} == {"Float"}
        assert [float(text) for _, text in scores] == pytest.approx(
            [1 / (1 + math.exp(-logit)) for _, logit in by_hand[:30]], abs=1e-6
        )
        direct = section(ask(solrj, typed, client, wt, params=SEARCH, post=post), "response")[1]
        own = section(answer, "response")[1]
        assert own["maxScore"] == scores[0]
        assert [own[name] for name in ("numFound", "start", "numFoundExact")] == [
            direct[name] for name in ("numFound", "start", "numFoundExact")
        ]


def test_the_documents_hold_every_type(solrj, reranking):
    """What the test above compares."""
    kinds = set()
    for document in documents(ask(solrj, reranking, "jdk", "javabin", params=SEARCH)):
        for _, (kind, content) in document["fields"]:
            kinds |= {f"{kind} of {inner}" for inner, _ in content} if kind == "ArrayList" else {kind}
        kinds |= {"child"} if document["children"] else set()
    scalars = {"String", "Integer", "Long", "Float", "Double", "Boolean", "Date"}
    assert kinds >= {*scalars, *(f"ArrayList of {kind}" for kind in scalars), "byte[]"}


# Without collapse, which SolrCloud does for each shard by itself where a group is on several.
REQUESTS = {
    "plain": {},
    "facets": {"facet": "true", "facet.field": ["tags_ss", "n_i"], "facet.range": "n_i", "facet.range.start": "0"}
    | {"facet.range.end": "120", "facet.range.gap": "30", "facet.query": "n_i:[0 TO 9]", "facet.pivot": "title_s,even_b"},
    "json facets": {"json.facet": '{a:{type:terms,field:tags_ss,facet:{m:"max(exact_d)"}},d:"unique(n_i)"}'},
    "highlighting": {"hl": "true", "hl.fl": "text_t,title_s"},
    "debug": {"debug": ["query", "results"]},
    "structured debug": {"debug": "results", "debug.explain.structured": "true"},
    "stats": {"stats": "true", "stats.field": ["exact_d", "n_i", "added_dt", "title_s"]},
    "grouping": {"group": "true", "group.field": "title_s", "group.ngroups": "true"},
    "more like this": {"mlt": "true", "mlt.fl": "text_t", "mlt.mintf": "1", "mlt.mindf": "1"},
    "spell check": {"spellcheck": "true", "spellcheck.q": "bowll", "spellcheck.dictionary": "default", "qt": "/spell"},
    "sorted": {"sort": "n_i desc"},
    "cursor": {"sort": "id asc", "cursorMark": "*"},
    "page": {"start": "7", "rows": "5"},
    "past the window": {"start": "60", "rows": "5"},
    "nothing": {"rows": "0"},
    "some fields": {"fl": "id,title_s"},
    "aliases": {"fl": "t:text_t,id,relevance:score,twice:mul(n_i,2)", "rows": "20"},
    "explain": {"fl": "id,text_t,[explain style=nl],[shard]"},
    "every parameter": {"echoParams": "all"},
    "no header": {"omitHeader": "true"},
    "tuples": {"json.nl": "map"},
}


def masked(node, name=None):
    """A description without what two answers never have in common, nor scores."""
    if name in MASKED:
        return None
    if name in SCORES:
        return node and node[0]
    if name == "fields":
        return sorted(masked(node), key=repr)  # those that are read from doc values alone come in another order
    if isinstance(node, dict):
        return {key: masked(each, key) for key, each in node.items()}
    if isinstance(node, list):
        return [masked_entry(each) for each in node]
    return node


def masked_entry(node):
    is_entry = isinstance(node, list) and len(node) == 2 and isinstance(node[0], str)
    return [node[0], masked(node[1], node[0])] if is_entry else masked(node)


@pytest.mark.parametrize("wt", FORMATS)
@pytest.mark.parametrize("asked", REQUESTS.values(), ids=REQUESTS)
def test_an_answer_is_the_same_java_objects_in_all_its_parts(solrj, typed, constant, asked, wt):
    params = {**SEARCH, "rows": "8", **asked}
    direct, own = (ask(solrj, collection, "http2", wt, params=params) for collection in (typed, constant))
    assert "answer" in direct, direct
    assert masked(own) == masked(direct)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_json_request(solrj, typed, constant, client):
    asked = {"query": "text_t:(super bowl)", "params": {"fl": "*,score", "rows": "9"}}
    direct, own = (ask(solrj, collection, client, "javabin", do="json", **asked) for collection in (typed, constant))
    assert masked(own) == masked(direct)
    assert documents(own)


@pytest.mark.parametrize("spoken", list(product(CLIENTS, FORMATS)), ids="-".join)
@pytest.mark.parametrize(
    "params",
    [{"q": "text_t:(unclosed"}, {"q": "unheard_of:word"}, {"q": "{!unheard_of}word"}, {"q": "*:*", "rows": "-1"}],
    ids=lambda params: "-".join(params.values()),
)
def test_an_error_is_the_same_exception(solrj, typed, constant, params, spoken):
    client, wt = spoken
    direct, own = (ask(solrj, collection, client, wt, params=params)["error"] for collection in (typed, constant))
    assert direct["code"] == 400
    assert told(own, constant) == told(direct, typed)


def told(error, collection):
    """An exception, without the addresses in its message, nor which replica a client of SolrCloud chose."""
    cause = error.get("cause")
    message = re.sub(r"_shard\d_replica_n\d", "", error["message"].replace(collection.engine, ""))
    return {**error, "message": message, "cause": cause and told(cause, collection)}


@pytest.mark.parametrize("wt", FORMATS)
@pytest.mark.parametrize("client", CLIENTS)
def test_documents_are_added_committed_found_and_deleted(solrj, typed, constant, client, wt):
    here = {"collection": constant, "client": client, "wt": wt}
    added = [{"id": f"new-{n}", "text_t": "a sentence of sentinels", "n_i": n} for n in range(3)]
    search = {"q": "text_t:sentinels", "fl": "id,n_i"}
    for command in ({"do": "add", "documents": added}, {"do": "commit"}):
        assert section(ask(solrj, **here, **command), "responseHeader") is not None
    assert sorted(value(each, "id")[1] for each in documents(ask(solrj, **here, params=search))) == ["new-0", "new-1", "new-2"]
    for command in ({"do": "delete", "query": "text_t:sentinels"}, {"do": "commit"}):
        assert section(ask(solrj, **here, **command), "responseHeader") is not None
    assert documents(ask(solrj, typed, client, wt, params=search)) == []
    assert section(ask(solrj, **here, do="ping"), "status") == ["String", "OK"]


def test_a_client_that_speaks_http_2_by_default_says_so_at_once(solrj, constant):
    """The proxy speaks HTTP/1.1, as docs/solr.md says."""
    error = ask(solrj, constant, "http2-default", "javabin", params=SEARCH)["error"]
    assert error["class"] == "SolrServerException"
    assert error["cause"] == {"class": "IOException", "message": "frame_size_error/invalid_frame_length"}


def test_clients_of_solr_cloud_search_through_the_proxy(solrj, typed, constant):
    """They go to a core of the collection at the address that they were told, which is the proxy's."""
    error = ask(solrj, constant, "cloud", "javabin", params={"q": "unheard_of:word"})["error"]
    assert error["message"].startswith(f"Error from server at {constant.solr}/typed_shard")
