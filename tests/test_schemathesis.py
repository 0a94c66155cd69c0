"""The server answers as its OpenAPI document says, whatever is sent: schemathesis against the process that users start.

Requests are generated from the document, valid and invalid, the same ones on every run. No answer is a 5xx, and each has the
status, the type, the headers and the body that are declared.
"""

import subprocess
import sys

import httpx
import pytest
from serving import serving

from searchrerank.api.keys import key_line

KEY = "secret"
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
]
# infinity and vLLM take numbers and booleans as strings, as pydantic does; so does whoever is chosen among them.
LAX = ["infinity", "vLLM", "Shared paths"]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemathesis")
    (folder / "keys").write_text(f"{key_line('tester', KEY)}\n", encoding="utf-8")
    config = folder / "config.toml"
    limits = 'max_documents = 4\nmax_tokens = 200\nmax_body = "4KB"'
    # Nobody reads what it logs, so that is to be little: each refusal is a line of level `info`.
    config.write_text(f'[log]\nlevel = "warning"\n[api]\nkeys_file = "{folder}/keys"\n{limits}\n', encoding="utf-8")
    with serving(None, "--config", str(config), model="searchrerank-mini-en") as running:
        yield running


# A body that is not as declared may be too large, too.
SETTINGS = "[checks]\nnegative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 413, 422]\n"


def run(served, folder, *options):
    (folder / "schemathesis.toml").write_text(SETTINGS, encoding="utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{served.url}/openapi.json", "--no-color"]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--generation-deterministic"]
    command += ["--request-timeout", "60", "-H", f"Authorization: Bearer {KEY}"]
    return subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("choice", "checks"),
    [("--exclude-tag", [*CHECKS, "negative_data_rejection"]), ("--include-tag", CHECKS)],
    ids=["strict", "lax"],
)
def test_every_answer_is_as_declared(served, tmp_path, choice, checks):
    options = [word for tag in LAX for word in (choice, tag)]
    done = run(served, tmp_path, "--checks", ",".join(checks), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tested: " in done.stdout
    assert httpx.get(f"{served.url}/health", trust_env=False).status_code == 200
