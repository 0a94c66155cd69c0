"""docs/rerank-api/README.md is true of the paths and of the rules."""

import re

from api.shapes.pages import page

from searchrerank.api import routes
from searchrerank.api.routes import DEFAULTS, PREFIXED, ROUTES

PAGE = page("README.md")
NAMES = {
    "Cohere v1": "cohere-v1",
    "Cohere v2": "cohere-v2",
    "Jina": "jina",
    "Voyage": "voyage",
    "vLLM": "vllm-rerank",
    "infinity": "infinity",
    "TEI": "tei",
    "Cloudflare": "cloudflare",
    "Elasticsearch": "elasticsearch",
    "OpenAI's list": "vllm-rerank",
}


def paths():
    """Of each row of the table: method, path, the names of its APIs, and the prefixes."""
    for row in re.findall(r"^\| `(\w+) (\S+)` \| (.*?) ?\| (.*?) ?\|$", PAGE, re.MULTILINE):
        method, path, apis, prefixes = row
        yield method, path, [NAMES[name] for name in apis.split(", ") if name], re.findall(r"`/(\w+)`", prefixes)


def as_named(shape):
    return shape.name.replace("vllm-score", "vllm-rerank")


def test_the_paths_without_a_prefix():
    served = {(route.methods[0], route.template): {as_named(shape) for shape in route.shapes} for route in ROUTES}
    assert {(method, path): set(apis) for method, path, apis, _ in paths() if apis} == served


def test_the_paths_below_prefixes():
    served = {(prefix, route.methods[0], route.template) for prefix, below in PREFIXED.items() for route in below}
    assert {(prefix, method, path) for method, path, _, prefixes in paths() for prefix in prefixes} == served


def test_the_fields_of_rule_3_in_their_order():
    rule = PAGE.split("3. **A field")[1].split("4. **The model")[0]
    told = re.findall(r"^   - (.*?): (\w[\w ]*?)(?: \(.*\))?$", rule, re.MULTILINE | re.DOTALL)
    fields = [(NAMES[name], set(re.findall(r"`(\w+)`", listed))) for listed, name in told]
    assert fields == [(shape.name, set(own)) for shape, own in routes.OWN_FIELDS]


def test_the_defaults_of_rule_6():
    rule = PAGE.split("6. **The path's default**:")[1].split("\n\n")[0]
    told = re.findall(r"([\w ]+?) at `(.*?)`", rule.replace("\n  ", ""))
    assert {path: NAMES[name.strip()] for name, path in told} == DEFAULTS
