"""Asking the upstream what it is."""

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec

from searchrerank.config import Engine
from searchrerank.config import Upstream as Settings
from searchrerank.errors import SearchrerankError
from searchrerank.message import Headers, Request, Response
from searchrerank.proxy.upstream import Upstream

__all__ = ["Found", "detect"]

_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """What answered. `version` is empty where it could not be told, and `problem` then says why."""

    engine: Engine
    version: str = ""
    problem: str = ""

    def __str__(self) -> str:
        """One line for the start: `opensearch 2.19.6`."""
        named = "unknown engine" if self.engine == "auto" else self.engine
        return f"{named}: {self.problem}" if self.problem else f"{named} {self.version}"


async def detect(upstream: Upstream, settings: Settings) -> Found:
    """Ask for the root as Elasticsearch and OpenSearch serve it, then for Solr's system page. Never raises.

    An engine that takes longer than its `connect_timeout` is not waited for: the start does not depend on it.
    """
    declared, authorization = settings.engine, settings.authorization
    own = () if authorization is None else (("Authorization", authorization.reveal()),)
    headers = Headers((("Accept", "application/json"), *own))
    try:
        async with asyncio.timeout(settings.connect_timeout):
            root = await upstream.send(Request("GET", "/", headers), limit=_LIMIT)
            found = _elastic(root)
            if found is None:
                found = _solr(await upstream.send(Request("GET", "/solr/admin/info/system?wt=json", headers), limit=_LIMIT))
    except SearchrerankError as error:
        return Found(declared, problem=str(error))
    except TimeoutError:
        return Found(declared, problem=f"no answer within {settings.connect_timeout}")
    return found or Found(declared, problem=f"did not say its version (status {root.status})")


def _elastic(answer: Response) -> Found | None:
    version = _member(_json(answer), "version")
    number = _member(version, "number")
    if not isinstance(number, str):
        return None
    return Found("opensearch" if _member(version, "distribution") == "opensearch" else "elasticsearch", number)


def _solr(answer: Response) -> Found | None:
    number = _member(_member(_json(answer), "lucene"), "solr-spec-version")
    return Found("solr", number) if isinstance(number, str) else None


def _json(answer: Response) -> Any:
    try:
        return msgspec.json.decode(answer.body) if answer.status == 200 else None
    except msgspec.DecodeError:
        return None


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
