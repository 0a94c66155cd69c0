"""A model hub on 127.0.0.1 that speaks the part of the protocol that a pull uses, and breaks it where a test asks.

From huggingface_hub: `/api/models/{id}/revision/{revision}?blobs=true` lists, `/{id}/resolve/{commit}/{path}` serves, with
X-Repo-Commit, ETag and Range, and sends LFS files to another host (`hf_api.py`, `file_download.py`).
"""

import hashlib
import json
import re
import socket
import struct
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Repository:
    files: dict[str, bytes]
    commit: str = COMMIT
    token: str | None = None


@dataclass(frozen=True)
class Request:
    path: str
    range: str | None
    token: str | None
    host: str


Fault = Callable[["Handler", bytes], None]


@dataclass
class Hub:
    """repositories: by id. faults: by the end of a path, one per request, in order. elsewhere: where LFS files are sent to."""

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    elsewhere: str | None = None

    def asked_for(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path.endswith(path)]


def cut(after: int, *, reset: bool = False) -> Fault:
    """Announce all that was asked for, send its first bytes, and close the connection; or reset it, as a firewall does."""

    def fault(handler: "Handler", body: bytes) -> None:
        handler.wfile.write(handler.start(body)[:after])
        handler.wfile.flush()
        if reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True

    return fault


def stall(after: int, reached: threading.Event, resume: threading.Event) -> Fault:
    """Send the first bytes, say so, and wait."""

    def fault(handler: "Handler", body: bytes) -> None:
        part = handler.start(body)
        handler.wfile.write(part[:after])
        handler.wfile.flush()
        reached.set()
        resume.wait(30)
        with suppress(ConnectionError):  # the client may be gone by now: that is what some tests are about
            handler.wfile.write(part[after:])

    return fault


def instead(other: Callable[[bytes], bytes]) -> Fault:
    """Serve something else than the file, with a length that fits it."""
    return lambda handler, body: handler.whole(other(body))


def refuse(status: int, headers: dict[str, str] | None = None) -> Fault:
    return lambda handler, _body: handler.refuse(status, headers)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        path = unquote(url.path)
        self.hub.requests.append(
            Request(path, self.headers["Range"], self.headers["Authorization"], f"http://{self.headers['Host']}")
        )
        if listed := re.fullmatch(r"/api/models/(.+)/revision/(.+)", path):
            self.list(listed[1], url.query)
        elif served := re.fullmatch(r"(?:/lfs)?/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self.serve(served[1], served[2], served[3], redirected=path.startswith("/lfs/"))
        else:
            self.refuse(404)

    def list(self, name: str, query: str) -> None:
        repository = self.hub.repositories.get(name)
        body = json.dumps(listing(name, repository) if repository and "blobs=true" in query else {}).encode()
        if fault := self.fault(f"/api/models/{name}"):
            fault(self, body)
        elif repository is None:
            self.refuse(401, {"X-Error-Code": "RepoNotFound"})
        else:
            self.whole(body)

    def serve(self, name: str, commit: str, path: str, *, redirected: bool) -> None:
        repository = self.hub.repositories[name]
        if repository.token and self.headers["Authorization"] != f"Bearer {repository.token}":
            self.refuse(401, {"X-Error-Code": "GatedRepo"})
        elif commit != repository.commit or path not in repository.files:
            self.refuse(404, {"X-Error-Code": "EntryNotFound"})
        elif self.hub.elsewhere and is_lfs(path) and not redirected:
            self.refuse(302, {"Location": f"{self.hub.elsewhere}/lfs/{name}/resolve/{commit}/{path}"})
        elif fault := self.fault(path):
            fault(self, repository.files[path])
        else:
            self.wfile.write(self.start(repository.files[path]))

    def fault(self, path: str) -> Fault | None:
        return self.hub.faults[path].pop(0) if self.hub.faults[path] else None

    def start(self, body: bytes) -> bytes:
        """Send the head of the answer, and return the bytes that must follow it."""
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        if asked is None:
            self.head(body)
            return body
        start = int(asked[1])
        if start >= len(body):
            self.refuse(416)
            return b""
        self.head(body[start:], 206, {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"})
        return body[start:]

    def whole(self, body: bytes) -> None:
        self.head(body)
        self.wfile.write(body)

    def head(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        fixed = {"Content-Length": str(len(body)), "X-Repo-Commit": COMMIT, "ETag": '"etag"', "Accept-Ranges": "bytes"}
        for name, value in (fixed | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()

    def refuse(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.head(b"", status, headers)

    def log_message(self, *_args: object) -> None:
        """Say nothing: the requests are recorded."""


class Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that left: some tests kill theirs."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def is_lfs(path: str) -> bool:
    return ".onnx" in path


def listing(name: str, repository: Repository) -> dict[str, object]:
    siblings = [sibling(path, content) for path, content in repository.files.items()]
    return {"id": name, "modelId": name, "sha": repository.commit, "tags": [], "siblings": siblings}


def sibling(path: str, content: bytes) -> dict[str, object]:
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    entry: dict[str, object] = {"rfilename": path, "size": len(content), "blobId": blob}
    if is_lfs(path):
        entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return entry


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve `hub` until the block ends; its `url` says where."""
    server = Server(("127.0.0.1", 0), type("BoundHandler", (Handler,), {"hub": hub}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
