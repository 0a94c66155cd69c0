"""docs/searches.md says what happens: each request in it gets the header that it promises, and no reason is left out."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from filling import filled_index
from serving import serving

ROOT = Path(__file__).parent.parent
PAGE, SOLR = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("searches.md", "solr.md"))
SETTINGS = {"settings": {"max_result_window": 20}}
FOXES = {str(n): {"text": f"a {word} fox", "n": n} for n, word in enumerate(["quick", "brown", "lazy"])}
# What no single request brings about: a scorer or an engine in trouble, or an engine that reranks by default.
_STORY = "proxy/test_search_story.py"
_ASKED_AGAIN = f"{_STORY}::test_a_widened_question_that_went_wrong_is_asked_again_as_the_client_asked_it"
BY_FAULTS = {
    "deadline": f"{_STORY}::test_a_scorer_that_fails_is_logged",
    "overloaded": "proxy/test_msearch_story.py::test_where_none_could_be_scored_all_are_the_engines_pages",
    "scorer-error": f"{_STORY}::test_a_scorer_that_fails_is_logged",
    "answer-too-large": _ASKED_AGAIN,
    "unreadable-answer": _ASKED_AGAIN,
    "internal-error": f"{_STORY}::test_a_bug_of_ours_fails_open",
}


@dataclass(frozen=True)
class Example:
    """A request of the page, and the report that it is to get, where `…` may be anything."""

    method: str
    target: str
    headers: dict[str, str]
    body: str
    report: str

    @classmethod
    def read(cls, text):
        first, *lines, last = text.splitlines()
        method, target = first.split(" ")
        headers = dict(line.split(": ", 1) for line in lines if re.match(r"[A-Z][\w-]*: ", line))
        body = "\n".join(line for line in lines if line.startswith("{"))
        return cls(method, target, headers, body, last.removeprefix("→ "))

    def ask(self, url):
        lines = "_msearch" in self.target
        media = {"content-type": "application/x-ndjson" if lines else "application/json"} if self.body or lines else {}
        content = f"{self.body}\n" if lines and self.body else self.body
        return httpx.request(self.method, url + self.target, content=content.encode(), headers=media | self.headers, timeout=60)


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


EXAMPLES = [Example.read(text) for block in blocks("http") for text in block.strip().split("\n\n")]


@pytest.fixture(scope="module")
def proxy(elastic_node, tmp_path_factory):
    """The page's configuration before an engine with the page's indices."""
    settings = blocks("toml")[-1]
    config = tmp_path_factory.mktemp("docs") / "config.toml"
    config.write_text(settings, encoding="utf-8")
    with (
        filled_index(elastic_node, "articles", FOXES),
        filled_index(elastic_node, "archive", FOXES),
        filled_index(elastic_node, "comments", FOXES),
        filled_index(elastic_node, "narrow", FOXES, SETTINGS),
        serving(elastic_node.url, "--config", str(config)) as served,
    ):
        yield served


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.target} {example.report}")
def test_each_request_gets_the_header_that_the_page_promises(proxy, example):
    told = example.ask(proxy.url).headers["x-searchrerank"]
    assert re.fullmatch(re.escape(example.report).replace("…", r"[^;]+"), told)


def test_the_pages_tell_every_reason_that_the_code_knows_and_no_other():
    assert reasons_of(PAGE) | reasons_of(SOLR) == reasons_of_the_code()


def test_what_is_said_of_solr_alone_is_asked_of_solr():
    asked = (ROOT / "tests" / "solr" / "test_passed.py").read_text(encoding="utf-8")
    assert {reason for reason in reasons_of(SOLR) - reasons_of(PAGE) if f'"passed; reason={reason}"' not in asked} == set()


def test_every_reason_has_a_request_or_a_fault_that_brings_it_about():
    shown = {example.report.partition("reason=")[2] for example in EXAMPLES if "reason=" in example.report}
    assert shown | BY_FAULTS.keys() == reasons_of(PAGE)
    assert not shown & BY_FAULTS.keys()


@pytest.mark.parametrize(("reason", "test"), BY_FAULTS.items())
def test_the_tests_of_faults_are_there(reason, test):
    name, _, function = test.partition("::")
    text = (ROOT / "tests" / name).read_text(encoding="utf-8")
    assert f"def {function}(" in text
    assert reason in text


def reasons_of(page):
    """Those in the first column of the tables of headers: `passed; reason=a`, `b`."""
    told = set()
    for line in page.splitlines():
        first = line.split(" | ")[0]
        if first.startswith("| `") and "reason=" in first:
            for code in re.findall(r"`([^`]+)`", first):
                told |= set(code.rpartition("reason=")[2].partition(";")[0].split(",")) - {"…"}
    return told


def reasons_of_the_code():
    """The words that the code gives to what makes a report, an outcome or an error of one."""
    makers = {"Passed", "passed", "failed_open", "_failed_open", "AskAgainError", "UndecidableError"}
    found = set()
    package = ROOT / "searchrerank"
    for path in (package / "errors.py", *(package / "dialects").rglob("*.py"), *(package / "proxy").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]) if name in makers:
                    found |= words(first)
                case ast.FunctionDef(name="_why_not"):
                    found |= {word for each in ast.walk(node) if isinstance(each, ast.Return) for word in words(each)}
                case (
                    ast.Assign(targets=[ast.Name(id="reason")], value=value)
                    | ast.AnnAssign(target=ast.Name(id="reason"), value=ast.Constant() as value)
                ):
                    found |= words(value)
                case ast.Call(func=ast.Name(id="Report"), args=[ast.Constant(), ast.Dict(values=values)]):
                    found |= {word for value in values for word in words(value)}
    return found - {""}


def words(node):
    """The strings that an expression may come to: not those that it compares with, nor what it joins with."""
    if isinstance(node, ast.IfExp):
        return words(node.body) | words(node.orelse)
    if isinstance(node, ast.BoolOp):
        return {word for value in node.values for word in words(value)}
    if isinstance(node, ast.Return):
        return words(node.value) if node.value else set()
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()
