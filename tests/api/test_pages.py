"""The page and the document: where they are, and that the page needs nothing but itself."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import httpx
import pytest
from api.conftest import key
from serving import serving

from searchrerank.api.openapi import document
from searchrerank.api.page import page
from searchrerank.api.pages import Pages
from searchrerank.api.routes import DEFAULTS
from searchrerank.embedded import EmbeddedEngine
from searchrerank.errors import MethodNotAllowedError
from searchrerank.message import Headers, Request

BROWSER = Headers((("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),))
HTML = page().body.decode()


def pages(**options):
    return Pages(**{"model": "mini", "defaults": DEFAULTS, "keyed": False, "in_front": False, **options})


class Elements(HTMLParser):
    """The start tags of a text: names and attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", ["/", "/_searchrerank/"])
def test_a_browser_gets_the_page(path):
    assert pages().answer(Request("GET", path, BROWSER)) == page()


def test_a_program_gets_what_this_is():
    for headers in (Headers(), Headers((("accept", "*/*"),)), Headers((("accept", "application/json"),))):
        answer = pages().answer(Request("GET", "/", headers))
        assert json.loads(answer.body)["name"] == "searchrerank"
        assert answer.headers.get("vary") == page().headers.get("vary") == "Accept"


@pytest.mark.parametrize("path", ["/openapi.json", "/_searchrerank/openapi.json"])
def test_the_document_is_that_of_this_server(path):
    defaults = {**DEFAULTS, "/rerank": "tei"}
    answer = pages(keyed=True, defaults=defaults).answer(Request("GET", path))
    assert answer.headers.get("content-type") == "application/json"
    assert json.loads(answer.body) == document(model="mini", defaults=defaults, keyed=True)


def test_in_front_of_an_engine_they_are_below_a_path_of_their_own_only():
    ours = pages(in_front=True)
    assert not ours.has("/")
    assert not ours.has("/openapi.json")
    told = json.loads(ours.answer(Request("GET", "/_searchrerank/openapi.json")).body)
    assert told == document(model="mini", in_front=True)
    assert ours.answer(Request("GET", "/_searchrerank/", BROWSER)) == page()


def test_without_its_slash_the_page_is_elsewhere():
    answer = pages().answer(Request("GET", "/_searchrerank", BROWSER))
    assert (answer.status, answer.headers.get("location")) == (308, "_searchrerank/")


@pytest.mark.parametrize("path", ["/", "/openapi.json", "/_searchrerank/"])
def test_they_are_for_reading(path):
    with pytest.raises(MethodNotAllowedError, match="POST is not served at") as caught:
        pages().answer(Request("POST", path))
    assert caught.value.allowed == ("GET", "HEAD")


def test_the_page_loads_nothing():
    elements = Elements(HTML).found
    references = {
        value for _, attributes in elements for name, value in attributes.items() if name in {"src", "href", "srcset"}
    }
    assert references == {"data:,", "openapi.json"}
    assert not {"iframe", "object", "embed", "base"} & {tag for tag, _ in elements}
    assert not re.search(r"https?://|//\w|@import|\burl\(|import\(|<link rel=.stylesheet", HTML)


def test_the_pages_policy_allows_its_own_script_and_style_and_nothing_else():
    policy = dict(each.split(" ", 1) for each in page().headers.get("content-security-policy").split("; "))
    for name in ("script", "style"):
        (content,) = re.findall(f"<{name}>(.*)</{name}>", HTML, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert policy.pop(f"{name}-src") == f"'sha256-{digest}'"
    assert policy.pop("connect-src") == "'self'"
    assert policy.pop("img-src") == "data:"
    assert policy.pop("require-trusted-types-for") == "'script'"
    assert set(policy) == {"default-src", "base-uri", "form-action", "frame-ancestors"}
    assert set(policy.values()) == {"'none'"}


def test_each_field_of_the_page_has_a_label_and_each_name_is_there():
    elements = Elements(HTML).found
    names = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(names) == len(set(names))
    labelled = {attributes["for"] for tag, attributes in elements if tag == "label"}
    assert {attributes["id"] for tag, attributes in elements if tag in {"input", "select", "textarea"}} == labelled
    assert set(re.findall(r'\$\("([\w-]+)"\)', HTML)) <= set(names)


def test_the_page_asks_for_paths_that_are_served():
    asked = set(re.findall(r'send\("\w+", "(/[\w/]+)"', HTML))
    assert asked == {"/cohere/v1/rerank", "/v1/models"}
    assert asked <= document(model="mini", in_front=True)["paths"].keys()


async def test_no_key_is_needed_to_read_them(rig, tiny):
    served = await rig(tiny, keys=[key("one", "secret")])
    for path in ("/", "/openapi.json", "/_searchrerank/"):
        answer = await served.http.get(path, headers={"accept": "text/html"})
        assert answer.status_code == 200
    told = (await served.http.get("/openapi.json")).json()
    assert told == document(model="tiny-bert", keyed=True)
    head = await served.http.head("/openapi.json")
    assert (head.status_code, head.content) == (200, b"")
    assert (await served.http.post("/openapi.json")).headers["allow"] == "GET, HEAD"


async def test_in_front_of_an_engine_there_is_a_page_only_where_the_apis_are_on():
    async with EmbeddedEngine() as engine, httpx.AsyncClient(timeout=60, headers={"accept": "text/html"}) as client:
        with serving(engine.url, "--api") as both, serving(engine.url) as proxy:
            assert (await client.get(f"{both.url}/_searchrerank/")).text == HTML
            assert "/_inference/{id}" not in (await client.get(f"{both.url}/_searchrerank/openapi.json")).json()["paths"]
            for url, path in ((both.url, "/"), (both.url, "/openapi.json"), (proxy.url, "/_searchrerank/")):
                ours, through = [await client.get(each + path) for each in (url, engine.url)]
                assert (ours.status_code, ours.content) == (through.status_code, through.content)
