"""Each thing that can be wrong, and the exact line that an operator reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.config import Rerank, load
from searchrerank.errors import ConfigurationError

DURATION = 'a duration above zero with its unit (ms, s, m or h), such as "300ms", "60s" or "2m"'
SIZE = 'a size above zero with its unit (B, KB, MB, GB, KiB, MiB or GiB), such as "64KiB" or "8MiB"'
LISTEN = "HOST:PORT, such as 127.0.0.1:9280, 0.0.0.0:9280 or [::1]:9280"
NO_USER = "an address without a user or password; upstream.authorization is the place for them"
NO_CREDENTIAL = "holds no credential: one line of printable ASCII is needed"
KNOWN = "server, upstream, model, cache, rerank, control, inference, api, log, rule, api_model"
PATTERN = 'at least one pattern without a leading "-", such as ["*", "-logs-debug*"]'
LIST = 'a list of texts, such as ["one", "two"]'
WEIGHT = 'after ^ a weight above zero, such as "title^2" or "body^0.5"'
REFERENCE = (
    'where the credential stands, { env = "NAME" } or { file = "/path" }, and not the credential itself; '
    "or use the variable SEARCHRERANK_UPSTREAM_AUTHORIZATION"
)


def line(path=None, environ=(), flags=(), *, cwd):
    with pytest.raises(ConfigurationError) as caught:
        load(path, dict(environ), dict(flags), cwd)
    return str(caught.value)


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        # what is not there
        ("[sever]", "sever: no such section; did you mean 'server'?"),
        ("[rules]", "rules: no such section; did you mean 'rule'?"),
        (
            "[x]",
            f"x: no such section; known: {KNOWN}",
        ),
        (
            '["a b\\n"]',
            f'"a b\\n": no such section; known: {KNOWN}',
        ),
        ('listen = ":1"', "listen: a key outside of its section; did you mean 'server.listen'?"),
        ("server = 5", "server: a section, written [server]"),
        ("[[log]]", "log: a section, written [log]"),
        ("[rerank]\nbudgett = 1", "rerank.budgett: no such key; did you mean 'budget'?"),
        ("[rerank]\nx = 1", f"rerank.x: no such key; known: {', '.join(Rerank.__struct_fields__)}"),
        ('[log]\n"le vel" = 1', "log.\"le vel\": no such key; did you mean 'level'?"),
        ("[log]\nport = 1", "log.port: no such key; known: level"),
        # the wrong type or range
        ("[server]\nreport = 1", "server.report = 1: true or false"),
        ('[server]\nreport = "true"', 'server.report = "true": true or false'),
        ("[rerank]\nwindow = 0", "rerank.window = 0: a whole number from 1 to 10000"),
        ("[rerank]\nwindow = 10001", "rerank.window = 10001: a whole number from 1 to 10000"),
        ("[rerank]\nwindow = true", "rerank.window = true: a whole number from 1 to 10000"),
        ("[rerank]\nwindow = 5.0", "rerank.window = 5.0: a whole number from 1 to 10000"),
        ('[rerank]\nwindow = "5"', 'rerank.window = "5": a whole number from 1 to 10000'),
        ("[rerank]\nwindow = nan", "rerank.window = nan: a whole number from 1 to 10000"),
        ("[rerank]\nwindow = 2024-01-01", "rerank.window = 2024-01-01: a whole number from 1 to 10000"),
        ("[rerank]\nmin_score = true", "rerank.min_score = true: a number"),
        ('[rerank]\nmin_score = "1"', 'rerank.min_score = "1": a number'),
        ("[rerank]\nmin_score = nan", "rerank.min_score = nan: a number"),
        ("[rerank]\nmin_score = -inf", "rerank.min_score = -inf: a number"),
        (f"[rerank]\nmin_score = 1{'0' * 309}", f"rerank.min_score = 1{'0' * 79}…: a number"),
        ("[rerank]\nengine_weight = 1.5", "rerank.engine_weight = 1.5: a number from 0 to 1"),
        ("[rerank]\nengine_weight = -1", "rerank.engine_weight = -1: a number from 0 to 1"),
        ("[rerank]\nkeep_top = 1.0", "rerank.keep_top = 1.0: a whole number, 0 or more"),
        ("[server]\nmax_headers = -1", "server.max_headers = -1: a whole number, 1 or more"),
        ('[log]\nlevel = "loud"', 'log.level = "loud": one of debug, error, info, warning'),
        ("[log]\nlevel = []", "log.level = []: one of debug, error, info, warning"),
        ("[model]\nname = 5", "model.name = 5: a text that is not empty"),
        ('[model]\nname = ""', 'model.name = "": a text that is not empty'),
        ("[[rule]]\nname = 5", "rule[1].name = 5: a text"),
        # quantities
        ("[rerank]\nbudget = 300", f"rerank.budget = 300: {DURATION}"),
        ("[rerank]\nbudget = 0.3", f"rerank.budget = 0.3: {DURATION}"),
        ('[rerank]\nbudget = "300"', f'rerank.budget = "300": {DURATION}'),
        ('[rerank]\nbudget = "0s"', f'rerank.budget = "0s": {DURATION}'),
        ("[server]\nmax_search_body = 1024", f"server.max_search_body = 1024: {SIZE}"),
        ('[server]\nmax_search_body = "8mb"', f'server.max_search_body = "8mb": {SIZE}'),
        # lists
        ('[rerank]\nfields = "title"', f'rerank.fields = "title": {LIST}'),
        ('[rerank]\nfields = ["title", 5]', f'rerank.fields = ["title", 5]: {LIST}'),
        ('[rerank]\nfields = [""]', f'rerank.fields = [""]: {LIST}'),
        ("[rerank]\nfields = { a = 1 }", f"rerank.fields = {{ a = 1 }}: {LIST}"),
        # addresses
        ('[server]\nlisten = ":9280"', f'server.listen = ":9280": {LISTEN}'),
        ("[server]\nlisten = 9280", "server.listen = 9280: a text"),
        (
            '[upstream]\nurl = "localhost:9200"',
            'upstream.url = "localhost:9200": an address with its scheme, such as http://localhost:9200',
        ),
        (
            '[upstream]\nurl = "http://elastic:changeme@h"',
            f'upstream.url = "http://<hidden>@h": {NO_USER}',
        ),
        (
            '[upstream]\nurl = "elastic:change@me@h:9200"',
            'upstream.url = "<hidden>@h:9200": an address with its scheme, such as http://localhost:9200',
        ),
        (
            '[upstream]\nurl = "https://h/?api_key=changeme"',
            'upstream.url = "https://h/?<hidden>": an address without a query or fragment, such as http://localhost:9200',
        ),
        # TLS
        ('[upstream]\ntls_ca = "none.pem"', 'upstream.tls_ca = "none.pem": cannot be read: No such file or directory'),
        ('[upstream]\ntls_ca = "."', 'upstream.tls_ca = ".": cannot be read: Is a directory'),
        ('[upstream]\ntls_ca = ""', 'upstream.tls_ca = "": a text that is not empty'),
        ('[upstream]\ntls_ca = "a\\u0000b"', 'upstream.tls_ca = "a\\u0000b": embedded null byte'),
        (
            '[upstream]\ntls_certificate = "config.toml"',
            'upstream.tls_certificate = "config.toml": needs upstream.tls_key beside it',
        ),
        ('[upstream]\ntls_key = "config.toml"', 'upstream.tls_key = "config.toml": needs upstream.tls_certificate beside it'),
        (
            '[upstream]\ntls_ca = """-----BEGIN PRIVATE KEY-----\nMIIE"""',
            'upstream.tls_ca = "<hidden>: cannot be read: No such file or directory',
        ),
        # secrets
        ('[upstream]\nauthorization = "changeme"', f"upstream.authorization = <hidden>: {REFERENCE}"),
        ("[upstream]\nauthorization = 5", f"upstream.authorization = <hidden>: {REFERENCE}"),
        ("[upstream]\nauthorization = {}", f"upstream.authorization = <hidden>: {REFERENCE}"),
        ('[upstream]\nauthorization = { value = "changeme" }', f"upstream.authorization = <hidden>: {REFERENCE}"),
        ('[upstream]\nauthorization = { env = "Basic changeme" }', f"upstream.authorization = <hidden>: {REFERENCE}"),
        ('[upstream]\nauthorization = { env = "A", file = "b" }', f"upstream.authorization = <hidden>: {REFERENCE}"),
        ('[upstream]\nauthorization = { file = "" }', f"upstream.authorization = <hidden>: {REFERENCE}"),
        ('[upstream]\nauthorisation = "changeme"', "upstream.authorisation: no such key; did you mean 'authorization'?"),
        (
            '[upstream]\nauthorization = { env = "NONE" }',
            'upstream.authorization = { env = "NONE" }: the environment variable NONE is not set',
        ),
        (
            '[upstream]\nauthorization = { file = "none" }',
            'upstream.authorization = { file = "none" }: cannot be read: No such file or directory',
        ),
        (
            '[upstream]\nauthorization = { file = "config.toml" }\n',
            f'upstream.authorization = {{ file = "config.toml" }}: {NO_CREDENTIAL}',
        ),
        # rules
        ("rule = 5", "rule: a list of tables, each written [[rule]]"),
        ("[rule]\nwindow = 5", "rule: a list of tables, each written [[rule]]"),
        ("rule = [5]", "rule: a list of tables, each written [[rule]]"),
        ("[[rule]]\n[[rule]]\nwindow = 0", "rule[2].window = 0: a whole number from 1 to 10000"),
        ('[[rule]]\nindexes = ["a"]', "rule[1].indexes: no such key; did you mean 'index'?"),
        ("[[rule]]\nindex = []", f"rule[1].index = []: {LIST}"),
        (
            '[[rule]]\nindex = ["-a"]',
            f'rule[1].index = ["-a"]: {PATTERN}',
        ),
        ('[rerank]\nfields = ["title^0"]', f'rerank.fields = ["title^0"]: {WEIGHT}'),
        ('[rerank]\nfields = ["title^x"]', f'rerank.fields = ["title^x"]: {WEIGHT}'),
        ('[[rule]]\nfields = ["^2"]', f'rule[1].fields = ["^2"]: {WEIGHT}'),
        ("[rerank]\npassage_tokens = 15", "rerank.passage_tokens = 15: a whole number, 16 or more"),
        ("[rerank]\nmax_passages = 1001", "rerank.max_passages = 1001: a whole number from 1 to 1000"),
        # models of the API
        ("api_model = 5", "api_model: a list of tables, each written [[api_model]]"),
        ('[[api_model]]\nname = "a"\n[[api_model]]\nwarm = true', "api_model[2].name: is needed"),
        (
            '[[api_model]]\nname = "searchrerank-mini-en"',
            'api_model[1].name = "searchrerank-mini-en": "searchrerank-mini-en" is among model.name already',
        ),
        (
            '[model]\nname = "a"\n[api]\naliases = ["b"]\n[[api_model]]\nname = "c"\naliases = ["d", "b"]',
            'api_model[1].aliases = ["d", "b"]: "b" is among api.aliases already',
        ),
        (
            '[[api_model]]\nname = "a"\n[[api_model]]\nname = "b"\naliases = ["a"]',
            'api_model[2].aliases = ["a"]: "a" is among api_model[1].name already',
        ),
        # broken TOML
        ("[server]\nlisten = ", "line 2, column 10: Invalid value"),
        ("[server\n", "line 1, column 8: Expected ']' at the end of a table declaration"),
        ('a = """\nb', "line 2, column 2: Unterminated string"),
        ("a = 1\na = 2", "line 2, column 6: Cannot overwrite a value"),
    ],
)
def test_in_a_file(toml, expected, tmp_path):
    (tmp_path / "config.toml").write_text(toml)
    found = line(cwd=tmp_path)
    assert found == f"config.toml: {expected}"
    assert "changeme" not in found


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"SEARCHRERANK_RERANK_WINDOW": "many"}, 'rerank.window = "many": a whole number from 1 to 10000'),
        ({"SEARCHRERANK_RERANK_WINDOW": "0"}, "rerank.window = 0: a whole number from 1 to 10000"),
        ({"SEARCHRERANK_SERVER_REPORT": "yes"}, 'server.report = "yes": true or false'),
        ({"SEARCHRERANK_MODEL_FOLDER": "a\udcff"}, 'model.folder = "a\\uDCFF": a text that is not empty'),
        ({"SEARCHRERANK_UPSTREAM_TLS_CA": "none"}, 'upstream.tls_ca = "none": cannot be read: No such file or directory'),
        (
            {"SEARCHRERANK_UPSTREAM_AUTHORIZATION": "Basic changeme\nX: y"},
            f'upstream.authorization = {{ env = "SEARCHRERANK_UPSTREAM_AUTHORIZATION" }}: {NO_CREDENTIAL}',
        ),
        ({"SEARCHRERANK_RERANK_WINDOWS": "5"}, "no such setting; did you mean 'SEARCHRERANK_RERANK_WINDOW'?"),
        ({"SEARCHRERANK_LOG_PASSWORD": "changeme"}, "no such setting; known: SEARCHRERANK_LOG_LEVEL"),
        ({"SEARCHRERANK_LOG": "debug"}, "no such setting; known: SEARCHRERANK_LOG_LEVEL"),
        ({"SEARCHRERANK_LOG_PORT": "9280"}, "no such setting; known: SEARCHRERANK_LOG_LEVEL"),
        ({"SEARCHRERANK_RULE_1_WINDOW": "5"}, "[[rule]] can only stand in a file"),
        ({"SEARCHRERANK_API_MODEL": "x"}, "[[api_model]] can only stand in a file"),
        ({"SEARCHRERANK_API_ALIASES": "-b"}, f'api.aliases = ["-b"]: {PATTERN}'),
    ],
)
def test_in_the_environment(environ, expected, tmp_path):
    found = line(environ=environ, cwd=tmp_path)
    assert found == f"{next(iter(environ))}: {expected}"
    assert "changeme" not in found


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"rerank.window": "0"}, "rerank.window = 0: a whole number from 1 to 10000"),
        ({"rerank.window": True}, "rerank.window = true: a whole number from 1 to 10000"),
        ({"rerank.windw": 5}, "rerank.windw: no such key; did you mean 'window'?"),
        ({"reranks.window": 5}, "reranks: no such section; did you mean 'rerank'?"),
        ({"upstream.authorization": "changeme"}, f"upstream.authorization = <hidden>: {REFERENCE}"),
    ],
)
def test_on_the_command_line(flags, expected, tmp_path):
    assert line(flags=flags, cwd=tmp_path) == f"command line: {expected}"


def test_files_that_cannot_be_read(tmp_path):
    assert line("none.toml", cwd=tmp_path) == "none.toml: cannot be read: No such file or directory"
    named = {"SEARCHRERANK_CONFIG": "none.toml"}
    assert (
        line(environ=named, cwd=tmp_path)
        == "none.toml: cannot be read: No such file or directory (SEARCHRERANK_CONFIG names it)"
    )
    assert line("other.toml", named, cwd=tmp_path) == "other.toml: cannot be read: No such file or directory"
    assert line(".", cwd=tmp_path) == ".: cannot be read: Is a directory"
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    assert line("loop.toml", cwd=tmp_path) == "loop.toml: cannot be read: Too many levels of symbolic links"
    (tmp_path / "config.toml").write_bytes(b"a = '\xff'")
    assert line(cwd=tmp_path) == "config.toml: not UTF-8 at byte 5"


SECRETS = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789/@:?#\\\"'", min_size=1).map(lambda text: f"qqq{text}qqq")
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(SECRETS)
def test_a_credential_in_the_wrong_place_is_not_repeated(tmp_path_factory, secret):
    cwd = tmp_path_factory.getbasetemp()
    for key, value in (
        ("upstream.authorization", secret),
        ("upstream.authorization", {"value": secret}),
        ("upstream.url", f"http://elastic:{secret}@host:9200"),
        ("upstream.url", [f"http://elastic:{secret}@host:9200"]),
        ("upstream.url", f"elastic:{secret}@host"),
        ("upstream.password", secret),
    ):
        assert "qqq" not in line(flags={key: value}, cwd=cwd)


WRONG = ["server.listen", "server.report", "rerank.window", "rerank.budget", "upstream.authorization", "log"]


@given(st.sampled_from(WRONG), TREES.filter(lambda value: not isinstance(value, bool | int | None)))
def test_a_wrong_value_of_any_kind_is_one_line(tmp_path_factory, key, value):
    assert len(line(flags={key: value}, cwd=tmp_path_factory.getbasetemp()).splitlines()) == 1
