import pytest
from typer.testing import CliRunner

from searchrerank.cli.config import app
from searchrerank.config import Configuration, load
from searchrerank.errors import ConfigurationError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments, **environ):
    result = CliRunner().invoke(app, arguments, env=environ, catch_exceptions=True)
    if isinstance(result.exception, ConfigurationError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_check(folder):
    assert run("check") == "built-in defaults: ok\n"
    (folder / "config.toml").touch()
    assert run("check") == "config.toml: ok\n"
    (folder / "other.toml").touch()
    assert run("check", "other.toml") == "other.toml: ok\n"


def test_check_raises_what_is_wrong(folder):
    (folder / "other.toml").write_text("[rerank]\nwindow = 0\nbudget = 0\n")
    with pytest.raises(ConfigurationError, match=r"(?m)^other.toml: rerank.window = 0: .*\nother.toml: rerank.budget = 0: .*$"):
        run("check", "other.toml")
    with pytest.raises(ConfigurationError, match="SEARCHRERANK_LOG_LEVEL"):
        run("check", SEARCHRERANK_LOG_LEVEL="loud")


def test_show_loads_again(folder):
    shown = run("show", SEARCHRERANK_RERANK_WINDOW="7", SEARCHRERANK_UPSTREAM_AUTHORIZATION="ApiKey s3cr3t")
    assert shown.startswith("# Read from: built-in defaults\n[server]\n")
    assert "s3cr3t" not in shown
    (folder / "shown.toml").write_text(shown)
    with pytest.raises(ConfigurationError, match="the environment variable SEARCHRERANK_UPSTREAM_AUTHORIZATION is not set"):
        load("shown.toml", {}, {}, folder)
    again = load("shown.toml", {"SEARCHRERANK_UPSTREAM_AUTHORIZATION": "ApiKey s3cr3t"}, {}, folder).configuration
    assert again.rerank.window == 7
    assert again.upstream.authorization.reveal() == "ApiKey s3cr3t"
    assert again.server == Configuration().server


def test_show_origins(folder):
    (folder / "other.toml").write_text("[rerank]\nbudget = '1s'\n")
    shown = run("show", "--config", "other.toml", "--origins", SEARCHRERANK_RERANK_WINDOW="7")
    assert "# Read from: other.toml\n" in shown
    assert "window = 7  # environment SEARCHRERANK_RERANK_WINDOW\n" in shown
    assert 'budget = "1s"  # file\n' in shown
    assert 'scores = "sigmoid"\n' in shown
    assert "  # " not in run("show", "--config", "other.toml")
