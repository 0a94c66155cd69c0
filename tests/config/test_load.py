import pytest

from searchrerank.config import Configuration, Duration, Rerank, Rule, Secret, SecretReference, Server, Size, Upstream, load
from searchrerank.errors import ConfigurationError


def test_nothing_given(tmp_path):
    loaded = load(None, {}, {}, tmp_path)
    assert loaded.configuration == Configuration()
    assert loaded.source == "built-in defaults"
    assert loaded.origins == {}


def test_which_file(tmp_path):
    for name, window in (("config.toml", 1), ("variable.toml", 2), ("flag.toml", 3)):
        (tmp_path / name).write_text(f"[rerank]\nwindow = {window}\n")
    environ = {"SEARCHRERANK_CONFIG": "variable.toml"}
    for path, variables, expected in (
        ("flag.toml", environ, ("flag.toml", 3)),
        (None, environ, ("variable.toml", 2)),
        (None, {"SEARCHRERANK_CONFIG": ""}, ("config.toml", 1)),
        (None, {}, ("config.toml", 1)),
        (str(tmp_path / "flag.toml"), {}, (str(tmp_path / "flag.toml"), 3)),
    ):
        loaded = load(path, variables, {}, tmp_path)
        assert (loaded.source, loaded.configuration.rerank.window) == expected


def test_the_later_the_stronger(tmp_path):
    (tmp_path / "config.toml").write_text("[rerank]\nwindow = 1\nbudget = '1s'\nscores = 'raw'\n[log]\nlevel = 'debug'\n")
    environ = {"SEARCHRERANK_RERANK_WINDOW": "2", "SEARCHRERANK_RERANK_BUDGET": "2s"}
    flags = {"rerank.window": 3, "log.level": None}
    loaded = load(None, environ, flags, tmp_path)
    assert loaded.configuration.rerank == Rerank(window=3, budget=Duration(2), scores="raw")
    assert loaded.origins == {
        "rerank.window": "flag",
        "rerank.budget": "environment SEARCHRERANK_RERANK_BUDGET",
        "rerank.scores": "file",
        "log.level": "file",
    }


def test_every_type_from_text(tmp_path):
    environ = {
        "SEARCHRERANK_SERVER_LISTEN": "[::1]:0",
        "SEARCHRERANK_SERVER_REPORT": "False",
        "SEARCHRERANK_SERVER_MAX_HEADERS": " 12 ",
        "SEARCHRERANK_SERVER_MAX_HEADER_SIZE": "1MB",
        "SEARCHRERANK_SERVER_DRAIN": "300ms",
        "SEARCHRERANK_UPSTREAM_ENGINE": "solr",
        "SEARCHRERANK_UPSTREAM_AUTHORIZATION": "Basic eA==",
        "SEARCHRERANK_RERANK_FIELDS": "title, body,",
        "SEARCHRERANK_RERANK_MIN_SCORE": " -1e1 ",
        "SEARCHRERANK_RERANK_ENGINE_WEIGHT": "1",
    }
    expected = Configuration(
        server=Server(listen="[::1]:0", report=False, max_headers=12, max_header_size=Size(10**6), drain=Duration(0.3)),
        upstream=Upstream(engine="solr", authorization=Secret("Basic eA==")),
        rerank=Rerank(fields=("title", "body"), min_score=-10.0, engine_weight=1.0),
    )
    found = load(None, environ, {}, tmp_path).configuration
    assert found == expected
    assert isinstance(found.server.drain, Duration)
    assert isinstance(found.server.max_header_size, Size)
    assert isinstance(found.rerank.engine_weight, float)
    without = {name: text for name, text in environ.items() if "AUTH" not in name}
    flags = {name.removeprefix("SEARCHRERANK_").lower().replace("_", ".", 1): text for name, text in without.items()}
    flagged = load(None, {}, {**flags, "upstream.authorization": Secret("Basic eA==")}, tmp_path)
    assert flagged.configuration == expected
    assert set(flagged.origins.values()) == {"flag"}


def test_typed_flags(tmp_path):
    flags = {"server.report": False, "rerank.fields": ("a",), "rerank.budget": Duration(1), "model.threads": 0}
    loaded = load(None, {}, flags, tmp_path)
    assert loaded.configuration.rerank == Rerank(fields=("a",), budget=Duration(1))
    assert loaded.configuration.server.report is False


@pytest.mark.parametrize(
    "name",
    [
        "SEARCHRERANK_MODELS", "SEARCHRERANK_TEST_URL", "SEARCHRERANK_WHATEVER", "searchrerank_log_level", "LOG_LEVEL",
        "SEARCHRERANK_SERVICE_HOST", "SEARCHRERANK_PORT_9280_TCP_ADDR",
    ],
)  # fmt: skip
def test_variables_that_are_no_settings(name, tmp_path):
    assert load(None, {name: "x"}, {}, tmp_path).configuration == Configuration()


@pytest.mark.parametrize("name", ["SEARCHRERANK_MODEL_PORT", "SEARCHRERANK_MODEL_PORTS", "SEARCHRERANK_MODEL_PORTAL_URL"])
def test_what_only_looks_like_a_service_link_is_an_error(name, tmp_path):
    with pytest.raises(ConfigurationError, match=f"^{name}: no such setting; known: SEARCHRERANK_MODEL_NAME, "):
        load(None, {name: "9280"}, {}, tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SEARCHRERANK_MODEL_SERVICE_HOST", "10.0.0.1"),
        ("SEARCHRERANK_MODEL_SERVICE_PORT", "80"),
        ("SEARCHRERANK_MODEL_SERVICE_PORT_HTTP", "80"),
        ("SEARCHRERANK_MODEL_PORT", "tcp://10.0.0.1:80"),
        ("SEARCHRERANK_MODEL_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("SEARCHRERANK_MODEL_PORT_80_TCP_PROTO", "tcp"),
        ("SEARCHRERANK_MODEL_V2_PORT", "tcp://10.0.0.1:80"),
    ],
)
def test_service_links_of_kubernetes_are_no_settings(name, text, tmp_path):
    assert load(None, {name: text}, {}, tmp_path).configuration == Configuration()


def test_an_empty_variable_is_not_set(tmp_path):
    loaded = load(None, {"SEARCHRERANK_RERANK_WINDOW": "", "SEARCHRERANK_UPSTREAM_TLS_CA": ""}, {}, tmp_path)
    assert loaded.configuration == Configuration()
    assert loaded.origins == {}


def test_rules(tmp_path):
    (tmp_path / "config.toml").write_text(
        '[[rule]]\nname = "logs"\nindex = ["logs-*", "-logs-x"]\nenabled = false\n[[rule]]\nwindow = 9\nbudget = "9ms"\n'
    )
    loaded = load(None, {}, {}, tmp_path)
    assert loaded.configuration.rule == (
        Rule(name="logs", index=("logs-*", "-logs-x"), enabled=False),
        Rule(window=9, budget=Duration(0.009)),
    )
    assert loaded.origins == dict.fromkeys(
        ("rule[1].name", "rule[1].index", "rule[1].enabled", "rule[2].window", "rule[2].budget"), "file"
    )


def test_byte_order_mark_and_carriage_returns(tmp_path):
    (tmp_path / "config.toml").write_bytes(b"\xef\xbb\xbf[rerank]\r\nwindow = 5\r\n")
    assert load(None, {}, {}, tmp_path).configuration.rerank.window == 5


@pytest.mark.parametrize("content", [b"ApiKey x", b"ApiKey x\n", b"ApiKey x\r\n"])
def test_a_secret_from_a_file(content, tmp_path):
    (tmp_path / "secret").write_bytes(content)
    (tmp_path / "config.toml").write_text('[upstream]\nauthorization = { file = "secret" }\n')
    found = load(None, {}, {}, tmp_path).configuration.upstream.authorization
    assert found is not None
    assert found.reveal() == "ApiKey x"
    assert found.reference == SecretReference("file", "secret")


def test_a_secret_from_a_variable(tmp_path):
    (tmp_path / "config.toml").write_text('[upstream]\nauthorization = { env = "ES" }\n')
    found = load(None, {"ES": "ApiKey x"}, {}, tmp_path).configuration.upstream.authorization
    assert found == Secret("ApiKey x")
    assert found.reference == SecretReference("env", "ES")


def test_a_secret_that_is_overridden_need_not_exist(tmp_path):
    (tmp_path / "config.toml").write_text('[upstream]\nauthorization = { env = "ES" }\n')
    found = load(None, {"SEARCHRERANK_UPSTREAM_AUTHORIZATION": "ApiKey y"}, {}, tmp_path).configuration.upstream.authorization
    assert found == Secret("ApiKey y")


def test_tls_files_of_different_layers(tmp_path):
    (tmp_path / "certificate").write_bytes(b"\xff DER")
    (tmp_path / "key").touch()
    environ = {"SEARCHRERANK_UPSTREAM_TLS_CERTIFICATE": "certificate"}
    upstream = load(None, environ, {"upstream.tls_key": str(tmp_path / "key")}, tmp_path).configuration.upstream
    assert (upstream.tls_certificate, upstream.tls_key) == ("certificate", str(tmp_path / "key"))


def test_everything_wrong_is_told_at_once(tmp_path):
    (tmp_path / "config.toml").write_text("[rerank]\nwindow = 0\nbudgett = '1s'\n[[rule]]\n[[rule]]\nwindow = true\n")
    with pytest.raises(ConfigurationError) as caught:
        load(None, {"SEARCHRERANK_LOG_LEVEL": "loud"}, {"upstream.url": "localhost:9200"}, tmp_path)
    assert str(caught.value).splitlines() == [
        "config.toml: rerank.window = 0: a whole number from 1 to 10000",
        "config.toml: rerank.budgett: no such key; did you mean 'budget'?",
        "config.toml: rule[2].window = true: a whole number from 1 to 10000",
        'SEARCHRERANK_LOG_LEVEL: log.level = "loud": one of debug, error, info, warning',
        'command line: upstream.url = "localhost:9200": an address with its scheme, such as http://localhost:9200',
    ]
