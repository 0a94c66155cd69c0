"""What an engine answers beside what the proxy answers."""

import re

import httpx

_MASKED = re.compile(rb'"?(_score|max_score|took)"?\s*:\s*[^,}\s]+')
_APART = {"x-searchrerank", "server-timing", "content-length", "transfer-encoding"}


def report(answer: httpx.Response) -> str:
    """What became of a search, whatever was asked before."""
    return re.sub(r"cached=[0-9]+; ", "", answer.headers["x-searchrerank"])


def masked(body: bytes) -> bytes:
    """An answer with every score and `took` alike."""
    return _MASKED.sub(rb'"\1":0', body)


def ours_apart(headers: httpx.Headers) -> list[tuple[str, str]]:
    """An answer's headers without the proxy's, and without those of its length, which scores and `took` change."""
    return [(name, value) for name, value in headers.multi_items() if name not in _APART]


def check_same(direct: httpx.Response, proxied: httpx.Response) -> None:
    """The same answer byte for byte, but for scores and the time that it took."""
    check_same_head(direct, proxied)
    assert masked(proxied.content) == masked(direct.content)


def check_same_head(direct: httpx.Response, proxied: httpx.Response) -> None:
    """The same status, reason phrase and headers."""
    assert (proxied.status_code, proxied.reason_phrase) == (direct.status_code, direct.reason_phrase)
    assert ours_apart(proxied.headers) == ours_apart(direct.headers)


def told(answer: httpx.Response) -> str:
    """What the proxy reports of a request."""
    return answer.headers["x-searchrerank"]
