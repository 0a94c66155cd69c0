"""The program as its user meets it: exit status, one line for what is wrong, and an orderly end."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from serving import serving

import searchrerank


def searchrerank_says(*arguments, cwd=None, **environment):
    command = [sys.executable, "-m", "searchrerank", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=cwd, env=environment or None, check=False)


def test_version():
    assert searchrerank_says("--version").stdout == f"searchrerank {searchrerank.__version__}\n"


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("serve",),
        ("demo",),
        ("load",),
        ("models",),
        ("models", "pull"),
        ("config", "show"),
        ("keys", "new"),
        ("health",),
        ("compare",),
    ],
)
def test_every_command_has_help(command):
    done = searchrerank_says(*command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--upstream", "localhost:9200"], r'--upstream|upstream\.url = "localhost:9200": an address with its scheme'),
        (["--model", "mxbai-rerank-xsmal-v1"], r"mxbai-rerank-xsmall-v1"),
        (["--model", "./nowhere"], r"nowhere"),
        (["--window", "0"], r"rerank\.window = 0: a whole number from 1 to 10000"),
        (["--listen", "9280"], r"server\.listen"),
        (["--config", "nowhere.toml"], r"nowhere\.toml"),
    ],
)
def test_what_is_wrong_is_one_line_without_a_traceback(flags, complaint, tmp_path):
    done = searchrerank_says("serve", *flags, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("searchrerank: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert re.search(complaint, done.stderr)


def test_a_model_folder_that_is_broken_is_refused_at_the_start(tmp_path):
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    done = searchrerank_says("serve", "--model", str(tmp_path), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"searchrerank: {tmp_path}/config.json")


def test_a_port_in_use(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = searchrerank_says("serve", "--listen", address, "--model", "constant", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, f"searchrerank: server.listen = '{address}': address already in use\n")


def test_an_upstream_that_is_down_is_told_and_answered_502(unused_tcp_port):
    with serving(f"http://127.0.0.1:{unused_tcp_port}") as proxy:
        assert f"http://127.0.0.1:{unused_tcp_port} (unknown engine: http://127.0.0.1:{unused_tcp_port}" in proxy.summary
        assert "connection refused" in proxy.summary
        done = subprocess.run(["curl", "-s", "-w", "%{http_code}", proxy.url], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("502")


def test_the_start_says_which_configuration_is_in_force(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('[rerank]\nwindow = 7\nbudget = "300ms"\n', encoding="utf-8")
    with serving("http://127.0.0.1:1", "--config", str(file)) as proxy:
        assert f"configuration  {file}" in proxy.summary
        assert "the first 7 hits of a search by relevance, within 300ms, failing open" in proxy.summary


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_it_ends_well_when_it_is_told_to(name):
    with serving("http://127.0.0.1:1") as proxy:
        proxy.process.send_signal(getattr(signal, name))
        assert proxy.process.wait(timeout=30) == 0


def test_it_needs_no_checkout(tmp_path):
    done = searchrerank_says("config", "show", cwd=tmp_path)
    assert done.returncode == 0
    assert 'url = "http://127.0.0.1:9200"' in done.stdout
    assert not Path(tmp_path / "config.toml").exists()
