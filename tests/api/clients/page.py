"""The requests of docs/rerank-api/engines.md, sent to an engine in their order."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
from api.clients.asked import KEY

PAGE = Path(__file__).parents[3] / "docs" / "rerank-api" / "engines.md"


class Page:
    """A section of the page, of which one request after the other is sent to `engine`, with the values that stand for names."""

    def __init__(self, section: str, engine: str, served: str) -> None:
        self.engine = engine
        self.known = {"KEY": KEY, "9280": served.rpartition(":")[2]}
        text = PAGE.read_text(encoding="utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
        self.requests = re.findall(r"```http\n(\w+) (\S+)\n(.*?)```", text, re.DOTALL)

    def send(self) -> dict[str, Any]:
        """The answer to the next request, which is no error. Whatever ends in `_id` in it is known from then on."""
        method, target, body = self.requests.pop(0)
        for name, value in self.known.items():
            body = re.sub(rf"\b{name}\b", value, body)
        answer = httpx.request(method, self.engine + target, json=json.loads(body), timeout=120)
        assert answer.is_success, (method, target, answer.text)
        told: dict[str, Any] = answer.json()
        self.known |= {name.upper(): value for name, value in told.items() if name.endswith("_id")}
        return told
