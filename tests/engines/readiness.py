"""When is a node ready, and is it the engine that was asked for?"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from engines.engine import Engine, EngineFailedError, EngineNode

READY_WITHIN = 180.0
"""Seconds from a node's start to its first answer; 8 to 15 are usual, 40 on a busy machine."""


def wait_until_ready(engine: Engine, url: str, *, ended: Callable[[], bool], log: Callable[[], str]) -> EngineNode:
    """Waits for a node that was just started.

    Raises:
        EngineFailedError: It ended, did not answer in time, or is another engine.
    """
    deadline = time.monotonic() + READY_WITHIN
    while not ended():
        try:
            return inspect(engine, url)
        except OSError as error:
            if time.monotonic() > deadline:
                raise EngineFailedError(
                    f"{engine.name} did not answer within {READY_WITHIN:.0f} s ({error}); its log ends:\n{log()}"
                ) from error
        time.sleep(0.25)
    raise EngineFailedError(f"{engine.name} ended before it answered; its log ends:\n{log()}")


def inspect(engine: Engine, url: str) -> EngineNode:
    """Asks a node who it is.

    Raises:
        OSError: It does not answer, or not yet with success.
        EngineFailedError: It is not the engine that was asked for.
    """
    is_solr = engine.distribution == "solr"
    found, version = _solr_identity(url) if is_solr else _elastic_identity(url)
    if (found, version.partition(".")[0]) != (engine.name if is_solr else engine.distribution, str(engine.major)):
        raise EngineFailedError(f"{engine.name} was asked for, but {url} is {found} {version}")
    return EngineNode(engine.name, version, url, engine.distribution)


def _elastic_identity(url: str) -> tuple[str, str]:
    _get_json(f"{url}/_cluster/health?wait_for_status=yellow&timeout=1s")
    version = _get_json(f"{url}/")["version"]
    return version.get("distribution", "elasticsearch"), version["number"]


def _solr_identity(url: str) -> tuple[str, str]:
    system = _get_json(f"{url}/solr/admin/info/system?wt=json")
    return "solr" if system["mode"] == "std" else "solr_cloud", system["lucene"]["solr-spec-version"]


def _get_json(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        error.close()
        raise
