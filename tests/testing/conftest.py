"""Runs of pytest in a project of their own, as somebody would have it who uses the plugin."""

import pytest

INI = """
[pytest]
filterwarnings = error
asyncio_default_fixture_loop_scope = function
markers = docker
"""


@pytest.fixture
def project(pytester, monkeypatch):
    """A project where every warning is an error and no option of ours is set."""
    for name in ("OPENSEARCH", "ELASTICSEARCH", "SOLR", "PROXY"):
        monkeypatch.delenv(f"SEARCHRERANK_TEST_{name}_IMAGE", raising=False)
        monkeypatch.delenv(f"SEARCHRERANK_TEST_{name}_URL", raising=False)
    monkeypatch.delenv("SEARCHRERANK_TEST_STARTUP_TIMEOUT", raising=False)
    pytester.makefile(".ini", pytest=INI)
    return pytester


@pytest.fixture
def without_reaper(monkeypatch):
    """The reaper's image need not be here: what a killed run leaves behind ends with the Docker engine of the tests."""
    monkeypatch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
    testcontainers_config = pytest.importorskip("testcontainers.core.config").testcontainers_config
    monkeypatch.setattr(testcontainers_config, "ryuk_disabled", True)
