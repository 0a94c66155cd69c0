"""One YAML REST test after the other, over HTTP: the operators of the suite's README.md."""

import re
from dataclasses import dataclass
from typing import Any

import httpx
from conformance.api import Api, Call, ParameterError
from conformance.assertions import CHECKS
from conformance.cluster import wipe
from conformance.lookup import Stash, java_text, transformed, value_at
from conformance.suite import Case, Step
from conformance.versions import within
from conformance.wire import Way, content

FEATURES = frozenset(
    {
        "allowed_warnings",
        "arbitrary_key",
        "catch_unauthorized",
        "close_to",
        "contains",
        "default_shards",
        "embedded_stash_key",
        "headers",
        "node_selector",
        "stash_in_key",
        "stash_in_path",
        "transform_and_set",
        "warnings",
        "yaml",
    }
)
"""What this runner can do beyond the required operators; tests that need more are skipped."""

_STATUSES = {
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "missing": 404,
    "request_timeout": 408,
    "conflict": 409,
    "unavailable": 503,
}
_CLAUSES = {"catch", "headers", "warnings", "allowed_warnings", "node_selector"}
_WARNING = re.compile(r'^299 \S+ "((?:[^"\\]|\\.)*)"')
# The ids of indices and nodes, which no two runs have in common.
_DRAWN = re.compile(r"(?<![\w-])(?=[\w-]*[A-Z0-9])[\w-]{22}(?![\w-])")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`passed`, `failed` or `skipped`, and why: the step and what it found, less ids that are drawn anew each time."""

    verdict: str
    reason: str = ""


class SkippedError(Exception):
    """The test is not for this engine or this runner."""


class FailedError(Exception):
    """A step found something else than the test expects."""


class Runner:
    """Runs tests over any way to one engine.

    Between tests the engine is wiped over `node`, a way of its own.
    """

    def __init__(self, api: Api, version: str, node: httpx.Client) -> None:
        self._api = api
        self._version = version
        self._node = node

    def run(self, case: Case, way: Way) -> Outcome:
        """The outcome of one test, on an engine that holds nothing before."""
        wipe(self._node)
        session = Session(self._api, self._version, way)
        try:
            session.steps("setup", case.setup)
            session.steps("test", case.steps)
        except SkippedError as skipped:
            return Outcome("skipped", str(skipped))
        except FailedError as failed:
            return Outcome("failed", _DRAWN.sub("<id>", str(failed)))
        finally:
            self._tear_down(case, way)
        return Outcome("passed")

    def _tear_down(self, case: Case, way: Way) -> None:
        """What a teardown fails to undo, the next wipe does."""
        try:
            Session(self._api, self._version, way).steps("teardown", case.teardown)
        except (FailedError, SkippedError):
            return


class Session:
    """One test under way: its last answer and what it keeps."""

    def __init__(self, api: Api, version: str, way: Way) -> None:
        self._api = api
        self._version = version
        self._way = way
        self._stash = Stash()
        self._answer: Any = None

    def steps(self, section: str, steps: tuple[Step, ...]) -> None:
        for number, (name, given) in enumerate(steps, 1):
            try:
                self._step(name, given)
            except (FailedError, KeyError, ValueError, re.error) as error:
                told = error if isinstance(error, FailedError) else repr(error)
                raise FailedError(f"{section} {number} {name}: {told}") from error

    def _step(self, name: str, given: Any) -> None:
        if name == "do":
            self._do({**given})
        elif name == "skip":
            self._skip(given)
        elif name == "set":
            for path, kept in given.items():
                self._stash.keep(kept, self._found(path))
        elif name == "transform_and_set":
            for kept, expression in given.items():
                self._stash.keep(kept, transformed(self._answer, expression, self._stash))
        elif name in CHECKS:
            self._check(name, given)
        else:
            raise SkippedError(f"the operator {name}")

    def _skip(self, given: dict[str, Any]) -> None:
        features = given.get("features") or []
        listed = [each.strip() for each in features.split(",")] if isinstance(features, str) else features
        if lacking := sorted(set(listed) - FEATURES):
            raise SkippedError(f"needs {', '.join(lacking)}")
        if given.get("version") is not None and within(self._version, str(given["version"])):
            raise SkippedError(f"versions {given['version']}: {given.get('reason')}")

    def _check(self, name: str, given: Any) -> None:
        expectations = given.items() if isinstance(given, dict) else [(given, None)]
        for path, expected in expectations:
            if wrong := CHECKS[name](self._found(path), self._stash.filled(expected)):
                raise FailedError(f"{path or 'the body'}: {wrong}")

    def _found(self, path: str) -> Any:
        if path == "$body" or path.startswith("$body."):
            path = path.removeprefix("$body").removeprefix(".")
        return value_at(self._answer, self._stash.path(path))

    def _do(self, given: dict[str, Any]) -> None:
        clauses = {name: given.pop(name) for name in _CLAUSES & given.keys()}
        *_, (name, arguments) = given.items()  # of several calls in one step, the engines' own runner makes the last
        self._require_node(clauses.get("node_selector") or {})
        catch = clauses.get("catch")
        try:
            call = self._api.call(name, self._stash.filled(arguments or {}), self._stash.filled(clauses.get("headers") or {}))
        except ParameterError as error:
            if catch == "param":
                return
            raise FailedError(str(error)) from error
        status, warnings = self._send(call)
        ignored = str((arguments or {}).get("ignore", ""))
        self._check_status(name, status, catch, tolerated=call.method == "HEAD" or str(status) in ignored)
        if lacking := set(self._stash.filled(clauses.get("warnings") or [])) - warnings:
            raise FailedError(f"{name}: not warned of {sorted(lacking)}")

    def _send(self, call: Call) -> tuple[int, set[str]]:
        answer = self._way.send(call)
        self._answer = content(answer, head=call.method == "HEAD")
        found = (_WARNING.match(value) for value in answer.headers.all("warning"))
        return answer.status, {each[1].replace('\\"', '"') for each in found if each}

    def _require_node(self, selector: dict[str, Any]) -> None:
        """There is one node, without attributes."""
        if "attribute" in selector or not within(self._version, str(selector.get("version", "all"))):
            raise SkippedError(f"no node for {selector}")

    def _check_status(self, name: str, status: int, catch: str | None, *, tolerated: bool) -> None:
        if catch is None:
            if status >= 400 and not tolerated:
                raise FailedError(f"{name}: {status} {java_text(self._answer)[:500]}")
        elif catch.startswith("/"):
            self._check_error(name, status, catch)
        elif not (
            status == _STATUSES.get(catch) or (catch == "request" and status >= 400 and status not in _STATUSES.values())
        ):
            raise FailedError(f"{name}: {status} is not {catch}: {java_text(self._answer)[:500]}")

    def _check_error(self, name: str, status: int, pattern: str) -> None:
        error = self._answer.get("error") if isinstance(self._answer, dict) else self._answer
        if status < 400 or re.search(pattern.strip()[1:-1], java_text(error)) is None:
            raise FailedError(f"{name}: {status} is no error that says {pattern}: {java_text(error)[:500]}")
