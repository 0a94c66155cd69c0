"""`searchrerank serve --api` and `--api-only` as their users meet them."""

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter

import httpx
import pytest
from serving import serving
from stand_ins import make

from searchrerank.api.keys import key_line
from searchrerank.embedded import EmbeddedEngine

CALL = {"model": "searchrerank-mini-en", "query": "how do volcanoes form", "documents": ["A market.", "Magma rises.", "Rain."]}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    config = folder / "config.toml"
    tiny = make.stand_in("tiny-bert")
    (folder / "keys").write_text(f"{key_line('shop', 'secret')}\n{key_line('blog', 'other')} models=searchrerank-*\n")
    config.write_text(
        f'[api]\naliases = ["rerank-english-v3.0", "rerank-v*"]\nkeys_file = "{folder}/keys"\n'
        f'[[api_model]]\nname = "{tiny}"\naliases = ["tiny"]\nprecision = "fp32"\nmax_tokens = 64\n',
        encoding="utf-8",
    )
    with serving(None, "--config", str(config), model="searchrerank-mini-en") as served:
        yield served


def ask(served, body, path="/v2/rerank", key="secret"):
    return httpx.post(served.url + path, json=body, headers={"authorization": f"Bearer {key}"}, timeout=60, trust_env=False)


def test_without_an_engine(alone):
    assert "  upstream" not in alone.summary
    assert f"{alone.url}/v1/rerank and others, for who has a key; models searchrerank-mini-en, " in alone.summary
    answer = ask(alone, CALL)
    assert (answer.status_code, answer.json()["results"][0]["index"]) == (200, 1)
    assert httpx.get(alone.url).json()["name"] == "searchrerank"
    nowhere = httpx.get(f"{alone.url}/_search?q=a")
    assert (nowhere.status_code, list(nowhere.json())) == (404, ["message"])
    assert httpx.get(f"{alone.url}/v1/models").status_code == 401


def test_what_is_told_of_the_models(alone):
    headers = {"authorization": "Bearer secret"}
    listed = httpx.get(f"{alone.url}/v1/models", headers=headers).json()["data"]
    assert [(each["id"], each["max_model_len"]) for each in listed[:1]] == [("searchrerank-mini-en", 512)]
    assert len(listed) == 2
    info = httpx.get(f"{alone.url}/info", headers=headers).json()
    assert (info["model_id"], info["model_dtype"], info["max_client_batch_size"]) == ("searchrerank-mini-en", "int8", 1000)


@pytest.mark.parametrize(
    ("asked", "model"),
    [
        ("searchrerank-mini-en", "searchrerank-mini-en"),
        ("mini", "searchrerank-mini-en"),
        ("rerank-english-v3.0", "searchrerank-mini-en"),
        ("rerank-v3.5", "searchrerank-mini-en"),
        ("tiny", "tiny"),
    ],
)
def test_names_and_aliases(alone, asked, model):
    report = ask(alone, {**CALL, "model": asked}).headers["x-searchrerank"]
    assert report.startswith(f"reranked; scored=3; model={model}")


def test_a_key_for_some_models(alone):
    assert ask(alone, CALL, key="other").status_code == 200
    assert ask(alone, {**CALL, "model": "tiny"}, key="other").status_code == 403
    assert ask(alone, {**CALL, "model": "other"}).status_code == 404


def test_it_is_healthy(alone):
    done = subprocess.run(
        [sys.executable, "-m", "searchrerank", "health", alone.url], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"{alone.url}: it answered 200\n")


async def test_beside_the_proxy_what_is_not_of_the_apis_is_the_engines():
    async with EmbeddedEngine() as engine, httpx.AsyncClient(timeout=60) as client:
        with serving(engine.url, "--api") as both, serving(engine.url) as proxy:
            body = {"query": "a", "texts": ["b", "c"]}
            scored = await client.post(f"{both.url}/rerank", json=body)
            assert [each["score"] for each in scored.json()] == [0.5, 0.5]
            assert "rerank APIs" in both.summary
            assert "for anyone; models constant" in both.summary
            assert "rerank APIs" not in proxy.summary
            assert (await client.get(f"{both.url}/metrics")).text.startswith("# HELP")
            for method, path in (
                ("GET", "/"),
                ("GET", "/metrics/_search"),
                ("GET", "/rerank"),
                ("POST", "/_inference/rerank/constant"),
                ("GET", "/_cat/indices"),
                ("POST", "/none/_search"),
            ):
                ours, through = [await client.request(method, url + path) for url in (both.url, proxy.url)]
                assert (ours.status_code, ours.content) == (through.status_code, through.content), path


async def test_it_is_off_unless_it_is_asked_for():
    async with EmbeddedEngine() as engine, httpx.AsyncClient() as client:
        with serving(engine.url) as proxy:
            for path in ("/v1/rerank", "/rerank"):
                ours, through = [await client.post(url + path, json={}) for url in (proxy.url, engine.url)]
                assert (ours.status_code, ours.content) == (through.status_code, through.content)


async def test_ten_times_more_than_there_is_room_for_is_refused_and_memory_stays_bounded(tmp_path):
    """80 clients send a body of 1 MiB each, where 8 MiB are held. None ends its body before all have begun or were refused."""
    (tmp_path / "config.toml").write_text('[api]\nmax_bodies = "8MiB"\n[cache]\nenabled = false\n')
    body = json.dumps({**CALL, "model": "constant", "documents": ["word " * 200] * 1000}).encode()

    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=80), trust_env=False) as client:
        with serving(None, "--config", str(tmp_path / "config.toml")) as served:

            async def resident():
                metrics = (await client.get(f"{served.url}/metrics")).text
                return float(re.search(r"^process_resident_memory_bytes (.*)$", metrics, re.MULTILINE)[1])

            async def call(all_have_begun):
                waited = False

                async def pieces():
                    nonlocal waited
                    yield body[:-1]
                    waited = True
                    await all_have_begun.wait()
                    yield body[-1:]

                headers = {"content-type": "application/json", "content-length": str(len(body))}
                try:
                    answer = await client.post(f"{served.url}/v2/rerank", content=pieces(), headers=headers)
                    status = answer.status_code
                except (httpx.ReadError, httpx.WriteError):  # refused before all was sent, and closed
                    status = 503
                if not waited:
                    await all_have_begun.wait()
                return status

            assert await call(asyncio.Barrier(1)) == 200
            before = await resident()
            for _ in range(3):
                together = asyncio.Barrier(80)
                statuses = Counter(await asyncio.gather(*(call(together) for _ in range(80))))
                assert statuses.keys() == {200, 503}
            assert await resident() - before < 64 * 2**20
            assert await call(asyncio.Barrier(1)) == 200


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('[api]\nkeys_file = "none"', "api.keys_file: none: cannot be read: No such file or directory"),
        ('[[api_model]]\nname = "mini"', 'api_model[1].name = "mini": the model searchrerank-mini-en is served already'),
        ('[[api_model]]\nname = "./none"\nwarm = true', "none"),
    ],
)
def test_what_is_wrong_is_told_at_the_start(settings, told, tmp_path):
    (tmp_path / "config.toml").write_text(settings)
    command = [sys.executable, "-m", "searchrerank", "serve", "--api-only", "--listen", "127.0.0.1:0"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("searchrerank: ")
    assert told in last
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("option", "value"), [("--upstream", "http://localhost:9200"), ("--window", "10")])
def test_what_is_for_searches_does_not_go_with_the_apis_alone(option, value):
    command = [sys.executable, "-m", "searchrerank", "serve", "--api-only", option, value]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == f"searchrerank: {option} is for searches, and --api-only serves none: --api serves both\n"
