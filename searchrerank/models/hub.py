"""The hub over HTTP: what a repository holds, and its files, resumed where they broke off.

huggingface_hub 2 downloads into a temporary file that it deletes when the process ends early (`_download_to_tmp_and_move`),
so gigabytes would start over. Its retries, tokens and errors are used here; only the partial file is our own.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import msgspec
from huggingface_hub import get_token, hf_hub_url
from huggingface_hub.constants import HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_DOWNLOAD_TIMEOUT
from huggingface_hub.utils import hf_raise_for_status, http_backoff, http_stream_backoff, httpx

from searchrerank import __version__
from searchrerank.errors import ModelError

__all__ = ["HubFile", "Listing", "download", "endpoint", "list_files"]

RETRIES = 3
PAUSE = 1.0
_BROKE_OFF = (httpx.NetworkError, httpx.TimeoutException, httpx.RemoteProtocolError)


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file as the hub states it: size in bytes; its SHA-256 where it is kept in LFS, else the git blob's SHA-1."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A repository at one commit."""

    commit: str
    files: tuple[HubFile, ...]


def endpoint() -> str:
    """The hub's address without a trailing slash: `$HF_ENDPOINT` as it is now, not as it was when the library was imported."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def list_files(repository: str, revision: str) -> Listing:
    """Ask the hub what the repository holds at a branch, tag or commit.

    Raises HfHubHTTPError, httpx.HTTPError, OfflineModeIsEnabled, or msgspec.MsgspecError when the answer is not a hub's.
    """
    response = http_backoff(
        "GET",
        f"{endpoint()}/api/models/{repository}/revision/{quote(revision, safe='')}",
        params={"blobs": "true"},
        headers=_headers(),
        timeout=HF_HUB_DOWNLOAD_TIMEOUT,
        max_retries=RETRIES,
        retry_on_exceptions=(),
    )
    hf_raise_for_status(response)
    info = msgspec.json.decode(response.content, type=_ModelInfo)
    return Listing(info.sha, tuple(_file(sibling) for sibling in info.siblings))


def download(repository: str, commit: str, file: HubFile, partial: Path, arrived: Callable[[int], None]) -> None:
    """Fetch what `partial` still lacks of `file`; it keeps what has arrived, whatever happens.

    arrived: told how many bytes of the file are there so far.
    Raises ModelError when the hub sends more or less than it stated, HfHubHTTPError, httpx.HTTPError, OSError.
    """
    url = hf_hub_url(repository, file.path, revision=commit, endpoint=endpoint())
    failures = 0
    while (have := _size(partial)) != file.size:
        if have > file.size:
            partial.unlink()
            continue
        try:
            _append(url, partial, have, file, arrived)
        except _BROKE_OFF:
            failures = 0 if _size(partial) > have else failures + 1
            if failures > RETRIES:
                raise
            time.sleep(PAUSE)


def _append(url: str, partial: Path, have: int, file: HubFile, arrived: Callable[[int], None]) -> None:
    # A range counts the bytes of the encoding that is sent, so the encoding must be none.
    headers = _headers() | {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    stream = http_stream_backoff(
        "GET", url, headers=headers, timeout=HF_HUB_DOWNLOAD_TIMEOUT, max_retries=RETRIES, retry_on_exceptions=()
    )
    with stream as response:
        hf_raise_for_status(response)
        with partial.open("ab") as out:
            if have and response.status_code != httpx.codes.PARTIAL_CONTENT:
                have = out.truncate(0)
            for chunk in response.iter_bytes():
                out.write(chunk)
                have += len(chunk)
                arrived(have)
                if have > file.size:
                    break
    if have != file.size:
        partial.unlink()
        raise ModelError(f"{endpoint()} sent {have} bytes of {file.path} where it stated {file.size}: try again later")


class _Lfs(msgspec.Struct):
    sha256: str


class _Sibling(msgspec.Struct, rename="camel"):
    rfilename: str
    size: int
    blob_id: str
    lfs: _Lfs | None = None


class _ModelInfo(msgspec.Struct):
    sha: str
    siblings: list[_Sibling]


def _file(sibling: _Sibling) -> HubFile:
    return HubFile(sibling.rfilename, sibling.size, sibling.lfs.sha256 if sibling.lfs else sibling.blob_id)


def _headers() -> dict[str, str]:
    """Who asks, and the user's token if there is one.

    The library's `build_hf_headers` would first ask the hub which coding agents there are, to name one in the user agent.
    """
    token = None if HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
    return {"User-Agent": f"searchrerank/{__version__}"} | ({"Authorization": f"Bearer {token}"} if token else {})


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
