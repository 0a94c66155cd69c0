"""What the engine refuses, in the words and the JSON shape of OpenSearch 2.19 (compared with a running node)."""

from typing import Any

from searchrerank.errors import ClientError

__all__ = ["RefusedError", "ShardError", "index_not_found", "not_served", "query_impossible", "unparsable"]


class RefusedError(ClientError):
    """A request that is answered with an error.

    `type` and `reason` are OpenSearch's own, `details` further members beside them, `cause` what stands under `caused_by`,
    `root` the entry of `root_cause` where it is not the error itself.
    """

    def __init__(
        self,
        status: int,
        type: str,  # noqa: A002 - the name that OpenSearch's body gives it
        reason: str,
        *,
        details: dict[str, Any] | None = None,
        cause: dict[str, Any] | None = None,
        root: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.type = type
        self.reason = reason
        self.details = details or {}
        self.cause = cause
        self.root = root

    @property
    def error(self) -> dict[str, Any]:
        """The error as it stands in the item of a bulk answer: without its root causes."""
        own = {"type": self.type, "reason": self.reason, **self.details}
        return own | ({"caused_by": self.cause} if self.cause else {})

    @property
    def body(self) -> dict[str, Any]:
        """The whole body of the answer."""
        root = self.root or {"type": self.type, "reason": self.reason, **self.details}
        return {"error": {"root_cause": [root], **self.error}, "status": self.status}


class ShardError(Exception):
    """A query that parses but that one index cannot run: OpenSearch finds it out on a shard, and says which."""

    def __init__(
        self,
        type: str,  # noqa: A002 - see RefusedError
        reason: str,
        cause: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(reason)
        self.type = type
        self.reason = reason
        self.cause = cause

    def refusal(self, index: str, uuid: str) -> RefusedError:
        """The same as the answer to a search of `index`."""
        # An exception of Java's own knows no index, and comes twice: OpenSearch wraps it to send it between nodes.
        foreign = self.type == "illegal_argument_exception"
        root = {"type": self.type, "reason": self.reason, **({} if foreign else {"index": index, "index_uuid": uuid})}
        reason = root | ({"caused_by": self.cause} if self.cause else {})
        cause = root | {"caused_by": root} if foreign else reason
        details = {
            "phase": "query",
            "grouped": True,
            "failed_shards": [{"shard": 0, "index": index, "node": "embedded", "reason": reason}],
        }
        return RefusedError(
            400, "search_phase_execution_exception", "all shards failed", details=details, cause=cause, root=root
        )


def index_not_found(name: str, kind: str = "index_or_alias") -> RefusedError:
    """404 for an index that does not exist; `kind` is what OpenSearch says that it looked for."""
    details = {"index": name, "resource.id": name, "resource.type": kind, "index_uuid": "_na_"}
    return RefusedError(404, "index_not_found_exception", f"no such index [{name}]", details=details)


def query_impossible(reason: str, kind: str = "illegal_argument_exception") -> ShardError:
    """A query that the type of its field rules out."""
    return ShardError("query_shard_exception", f"failed to create query: {reason}", {"type": kind, "reason": reason})


def not_served(what: str) -> RefusedError:
    """400 for what OpenSearch has and this engine has not: refused rather than left out without a word."""
    return RefusedError(400, "illegal_argument_exception", f"the embedded engine does not serve {what}")


def unparsable(reason: str) -> RefusedError:
    """400 for a body whose shape is wrong."""
    return RefusedError(400, "parsing_exception", reason)
