"""A core of real sentences, and the proxy in front of it."""

from contextlib import contextmanager

import pytest
from serving import serving
from solr.core import Core

from searchrerank.evaluation import bundled_collection

HANDLERS = {
    "/browse": {"rows": "5", "fl": "id,title_t,score", "echoParams": "explicit", "q": "*:*"},
    "/newest": {"sort": "n_i desc", "df": "text_t"},
    "/again": {"df": "text_t", "rq": "{!rerank reRankQuery=$rqq reRankDocs=20}", "rqq": "n_i:[0 TO 50]"},
    "/grouping": {"df": "text_t", "group": "true", "group.field": "title_s"},
    "/large": {"df": "text_t", "rows": "80"},
    "/quiet": {"df": "text_t", "omitHeader": "true", "wt": "xml"},
}


@pytest.fixture(scope="session")
def filled(solr):
    """A core of 400 real sentences, ten with children, and handlers with settings of their own."""
    core = Core(solr.url, "sentences")
    core.create()
    core.configure(HANDLERS)
    documents = []
    for n, document in enumerate(bundled_collection().documents[:400]):
        documents.append(
            {
                "id": document.id,
                "title_t": document.title,
                "title_s": document.title,
                "text_t": document.text,
                "n_i": n,
                "big_l": 9007199254740993 + n,
                "price_f": n / 7,
                "exact_d": n / 3,
                "added_dt": f"20{n % 100:02}-01-02T03:04:05.678Z",
                "even_b": n % 2 == 0,
                "tags_ss": [f"t{n % 7}", "<b> & \"quoted\" 'é' \u2028"],
                "some_is": [n, n + 1],
            }
        )
        if n % 40 == 0:
            documents[-1]["parts"] = [
                {"id": f"{document.id}-{part}", "text_t": f"part {part} of an article"} for part in range(2)
            ]
    core.add(documents)
    yield core
    core.remove()


@pytest.fixture(scope="session")
def constant(filled):
    """The proxy with the constant scorer: every answer is Solr's, but for scores."""
    with serving(filled.engine) as proxy:
        yield Core(proxy.url, filled.name)


@pytest.fixture(scope="session")
def reranking(filled):
    """The proxy with the bundled model."""
    with serving(filled.engine, "--window", "40", model="searchrerank-mini-en") as proxy:
        yield Core(proxy.url, filled.name)


@pytest.fixture
def behind(filled, tmp_path):
    """Starts a proxy with a configuration of its own: `with behind(text, model=…) as core`."""

    @contextmanager
    def start(configuration="", model="constant"):
        file = tmp_path / "config.toml"
        file.write_text(configuration, encoding="utf-8")
        with serving(filled.engine, "--config", str(file), model=model) as proxy:
            yield Core(proxy.url, filled.name)

    return start
