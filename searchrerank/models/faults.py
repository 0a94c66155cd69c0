"""Where the hub's, the network's and the disk's errors become ModelError: one line that says what happened and what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import httpx

from searchrerank.errors import ModelError
from searchrerank.models.hub import endpoint

__all__ = ["translated"]


@contextmanager
def translated(repository: str, folder: Path) -> Iterator[None]:
    """Raise ModelError for whatever goes wrong while `repository` is pulled into `folder`."""
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise ModelError(f"cannot pull {repository}: HF_HUB_OFFLINE is set, unset it first") from error
    except HfHubHTTPError as error:
        raise ModelError(_refusal(repository, error)) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        cause = str(error) or type(error).__name__
        raise ModelError(
            f"cannot pull {repository} from {endpoint()} ({cause}): "
            "check the connection, the proxy and HF_ENDPOINT, then pull again; what has arrived is kept"
        ) from error
    except msgspec.MsgspecError as error:
        raise ModelError(f"{endpoint()} does not answer as a model hub does: check the proxy and HF_ENDPOINT") from error
    except OSError as error:
        raise ModelError(_disk(repository, folder, error)) from error


def _refusal(repository: str, error: HfHubHTTPError) -> str:
    host, status = endpoint(), error.response.status_code
    if isinstance(error, GatedRepoError):
        return f"{repository} is gated: accept its terms at {host}/{repository} and set HF_TOKEN to a token that may read it"
    if isinstance(error, RevisionNotFoundError):
        return f"{repository} has no such revision on {host}"
    if isinstance(error, RemoteEntryNotFoundError):
        return f"{host} lists a file of {repository} that it does not have: try again later"
    if status in {401, 403, 404}:
        return f"{host} has no {repository}, or it is private: check the name, or set HF_TOKEN to a token that may read it"
    return f"{host} answered {status} for {repository}: try again later; what has arrived is kept"


def _disk(repository: str, folder: Path, error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"the disk is full at {folder}: make room and pull {repository} again; what has arrived is kept"
    return f"cannot write {repository} to {error.filename or folder}: {error.strerror or error}"
