"""Invariant: what `write` gives loads again as the same configuration, and holds no secret."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from searchrerank.config import (
    Api,
    ApiModel,
    Configuration,
    Duration,
    Log,
    Model,
    Rerank,
    Rule,
    Secret,
    SecretReference,
    Server,
    Size,
    Upstream,
    load,
    write,
)  # fmt: skip
from searchrerank.config.toml import literal

CREDENTIAL = "ApiKey s3cr3t"
text = st.text(min_size=1, max_size=8)
texts = st.lists(text, max_size=3).map(tuple)
patterns = texts.map(lambda listed: ("*", *listed))
durations = st.floats(min_value=1e-6, max_value=1e9).map(Duration)
sizes = st.integers(min_value=1, max_value=2**50).map(Size)
references = st.sampled_from([SecretReference("env", "CREDENTIAL"), SecretReference("file", "credential")])
SHARED = {
    "window": st.integers(1, 10_000),
    "budget": durations,
    "on_failure": st.sampled_from(["open", "closed"]),
    "fields": st.lists(text.filter(lambda name: "^" not in name) | st.just("title^2.5"), max_size=3).map(tuple),
    "separator": st.text(max_size=3),
    "title_field": st.text(max_size=3),
    "strip_html": st.booleans(),
    "passages": st.sampled_from(["document", "windows", "highlights"]),
    "passage_tokens": st.integers(min_value=16),
    "passage_stride": st.integers(min_value=1),
    "max_passages": st.integers(1, 1000),
    "scores": st.sampled_from(["sigmoid", "raw", "positive"]),
    "min_score": st.floats(allow_nan=False, allow_infinity=False),
    "blend": st.sampled_from(["none", "weighted", "rrf"]),
    "engine_weight": st.floats(0, 1),
    "rrf_rank_constant": st.integers(min_value=1),
    "keep_top": st.integers(min_value=0),
    "keep_engine_score": st.booleans(),
    "cascade_top": st.integers(min_value=0),
    "native": st.sampled_from(["serve", "pass"]),
}
CONFIGURATIONS = st.builds(
    Configuration,
    server=st.builds(
        Server,
        listen=st.sampled_from(["[::1]:0", "localhost:80"]),
        report=st.booleans(),
        max_header_size=sizes,
        max_headers=st.integers(min_value=1),
        max_search_body=sizes,
        max_search_answer=sizes,
        keep_alive=durations,
        body_timeout=durations,
        drain=durations,
    ),
    upstream=st.builds(
        Upstream,
        url=st.sampled_from(["http://h:1/p", "https://[::1]"]),
        engine=st.sampled_from(["auto", "elasticsearch", "opensearch", "solr"]),
        tls_verify=st.booleans(),
        tls_ca=st.sampled_from([None, "credential"]),
        authorization=st.none() | references.map(lambda reference: Secret(CREDENTIAL, reference)),
    ),
    model=st.builds(Model, name=text, folder=st.none() | text, threads=st.integers(min_value=0), offline=st.booleans()),
    rerank=st.builds(Rerank, **{**SHARED, "min_score": st.none() | SHARED["min_score"]}),
    rule=st.lists(
        st.builds(
            Rule,
            name=st.text(max_size=3),
            index=patterns,
            path=patterns,
            enabled=st.booleans(),
            **{key: st.just(UNSET) | values for key, values in SHARED.items()},
        ),
        max_size=3,
    ).map(tuple),
    api=st.builds(
        Api,
        enabled=st.booleans(),
        memory=sizes,
        key=st.none() | references.map(lambda reference: Secret(CREDENTIAL, reference)),
        keys_file=st.none() | text,
    ),
    api_model=st.lists(
        st.builds(
            ApiModel,
            name=st.just("longer than the others"),
            aliases=st.sampled_from([(), ("longer again", "longer-*")]),
            warm=st.booleans(),
            precision=st.just(UNSET) | st.sampled_from(["auto", "fp32", "int8"]),
            max_tokens=st.just(UNSET) | st.integers(min_value=16),
        ),
        max_size=1,
    ).map(tuple),
    log=st.builds(Log, level=st.sampled_from(["debug", "info", "warning", "error"])),
)


@given(CONFIGURATIONS)
def test_it_loads_again(tmp_path_factory, configuration):
    folder = tmp_path_factory.getbasetemp()
    (folder / "credential").write_text(CREDENTIAL + "\n")
    written = write(configuration, {"rerank.window": "flag"})
    assert "s3cr3t" not in written
    (folder / "shown.toml").write_text(written, encoding="utf-8", newline="")
    again = load("shown.toml", {"CREDENTIAL": CREDENTIAL}, {}, folder)
    assert again.configuration == configuration
    assert write(again.configuration, {"rerank.window": "flag"}) == written
    assert "s3cr3t" not in repr(again)


@given(
    st.recursive(
        st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.datetimes() | st.dates(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_literals_are_toml_on_one_line(value):
    assert tomllib.loads(f"value = {literal(value)}") == {"value": value}
    assert "\n" not in literal(value)


def test_origins_stand_beside_what_is_set():
    configuration = Configuration(rule=(Rule(), Rule(window=5)))
    origins = {"rerank.window": "environment SEARCHRERANK_RERANK_WINDOW", "rule[2].window": "file"}
    lines = write(configuration, origins).splitlines()
    assert [line for line in lines if "  # " in line] == [
        "window = 50  # environment SEARCHRERANK_RERANK_WINDOW",
        "window = 5  # file",
    ]


def test_a_line_for_every_key():
    tables = tomllib.loads(write(Configuration(), {}))
    assert list(tables) == ["server", "upstream", "model", "cache", "rerank", "control", "inference", "api", "log"]
    assert tables["rerank"] == {
        "window": 50,
        "budget": "2s",
        "on_failure": "open",
        "fields": [],
        "separator": "\n",
        "title_field": "",
        "strip_html": False,
        "passages": "document",
        "passage_tokens": 256,
        "passage_stride": 192,
        "max_passages": 8,
        "scores": "sigmoid",
        "blend": "none",
        "engine_weight": 0.3,
        "rrf_rank_constant": 60,
        "keep_top": 0,
        "keep_engine_score": False,
        "cascade_top": 20,
        "native": "serve",
    }
    assert write(Configuration(), {}).count("is not set") == 10
