"""`searchrerank health`: 0 where a proxy answers below 500 in time, else 1 and one line that says why."""

import os
import re
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from serving import serving

from searchrerank.cli.health import health
from searchrerank.errors import ConfigurationError, SearchrerankError


def searchrerank_health(*arguments, **environment):
    command = [sys.executable, "-m", "searchrerank", "health", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **environment}, check=False)


@contextmanager
def answering(answer: bytes, *, hangs: bool = False):
    """The URL of a server that gives its first client this answer and hangs up, or never does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)
                if hangs:
                    done.wait()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            done.set()
            thread.join()


def answer(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}".encode()


def test_a_proxy_in_front_of_an_engine_is_healthy(embedded_engine, rerank_proxy):
    proxy = rerank_proxy(embedded_engine)
    done = searchrerank_health(proxy.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{proxy.url}: it answered 200\n", "")


def test_proxies_of_the_environment_are_not_asked(embedded_engine, unused_tcp_port):
    nowhere = f"http://127.0.0.1:{unused_tcp_port}"
    done = searchrerank_health(embedded_engine.url, HTTP_PROXY=nowhere, http_proxy=nowhere)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_proxy_whose_engine_is_down_is_not_healthy():
    with serving("http://127.0.0.1:1") as proxy:
        done = searchrerank_health(proxy.url)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"searchrerank: {proxy.url}: it answered 502\n")


def test_a_port_where_nobody_listens(unused_tcp_port):
    url = f"http://127.0.0.1:{unused_tcp_port}"
    done = searchrerank_health(url)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"searchrerank: {url}: connection refused\n")


@pytest.mark.parametrize("status", ["200 OK", "302 Found", "401 Unauthorized", "404 Not Found", "499 Closed"])
def test_an_answer_below_500_will_do(status, capsys):
    with answering(answer(status)) as url:
        health(url)
    assert capsys.readouterr().out == f"{url}: it answered {status[:3]}\n"


@pytest.mark.parametrize("status", ["500 Internal Server Error", "503 Service Unavailable"])
def test_an_answer_of_500_and_above_will_not(status):
    with answering(answer(status)) as url, pytest.raises(SearchrerankError) as told:
        health(url)
    assert str(told.value) == f"{url}: it answered {status[:3]}"


@pytest.mark.parametrize(
    ("sent", "hangs", "complaint"),
    [
        pytest.param(b"", True, "no answer in time", id="silence"),
        pytest.param(answer("200 OK")[:-1], True, "no answer in time", id="an answer that does not end"),
        pytest.param(answer("200 OK")[:-1], False, "its answer broke off", id="an answer that breaks off"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", False, "its answer breaks HTTP's rules", id="not HTTP"),
    ],
)
def test_what_is_no_whole_answer_will_not(sent, hangs, complaint):
    with answering(sent, hangs=hangs) as url, pytest.raises(SearchrerankError, match=re.escape(f"{url}: {complaint}")) as told:
        health(url, timeout="300ms")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("url", "timeout", "complaint"),
    [
        ("localhost:9280", "3s", 'URL = "localhost:9280": an address with its scheme'),
        ("http://user:secret@localhost:9280", "3s", 'URL = "http://<hidden>@localhost:9280": an address without a user'),
        ("http://localhost:9280", "3", '--timeout = "3": a duration above zero with its unit'),
    ],
)
def test_arguments_that_are_wrong_are_told(url, timeout, complaint):
    with pytest.raises(ConfigurationError, match=re.escape(complaint)):
        health(url, timeout)


def test_help_names_the_default_address():
    done = searchrerank_health("--help", COLUMNS="200")
    assert done.returncode == 0
    assert "[default: http://127.0.0.1:9280]" in done.stdout
