"""One way to the engine, and what went over it."""

import json
from collections import Counter
from typing import Any, Self

import httpx
from conformance.api import Call
from conformance.yaml_text import documents

from searchrerank.compare import SCORES, TOOK, Difference, compare
from searchrerank.message import Headers, Response

PATIENCE = 90.0


class Way:
    """Sends calls to one address and counts what the answers' X-Searchrerank headers say.

    With `direct`, an answer that was reranked is compared with the engine's own, byte for byte but for scores and `took`:
    that question is asked a second time, of the engine.
    """

    def __init__(self, name: str, url: str, direct: httpx.Client | None = None) -> None:
        self.name = name
        self.asked = 0
        self.reports: Counter[str] = Counter()
        self.differences: list[tuple[Call, Difference]] = []
        self._client = node_client(url)
        self._direct = direct

    def send(self, call: Call) -> Response:
        answer = _sent(self._client, call)
        self.asked += 1
        report = answer.headers.get("x-searchrerank")
        if report is not None:
            self.reports[report.partition(";")[0]] += 1
            if self._direct is not None and report.startswith("reranked"):
                self._compare(call, answer)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _compare(self, call: Call, proxied: Response) -> None:
        found = compare(_sent(self._direct, call), proxied, tolerate=TOOK | SCORES)
        self.differences += ((call, each) for each in found)


def node_client(url: str) -> httpx.Client:
    """A client that adds nothing of its own to a request."""
    client = httpx.Client(base_url=url, timeout=PATIENCE)
    client.headers.clear()
    return client


def content(answer: Response, *, head: bool) -> Any:
    """What an answer says: whether it is there for HEAD, else its JSON or YAML as a value, else its text."""
    if head:
        return answer.status < 400
    media = (answer.headers.get("content-type") or "").partition(";")[0]
    text = answer.body.decode()
    if media == "application/json" and text:
        return json.loads(text)
    if media == "application/yaml":
        return next(documents(text))
    return text


def _sent(client: httpx.Client, call: Call) -> Response:
    request = client.build_request(call.method, call.target, headers=call.headers, content=call.body or None)
    with_body = client.send(request, stream=True)
    try:
        body = b"".join(with_body.iter_raw())
    finally:
        with_body.close()
    pairs = tuple((name.decode(), value.decode()) for name, value in with_body.headers.raw)
    return Response(with_body.status_code, with_body.reason_phrase, Headers(pairs), body)
