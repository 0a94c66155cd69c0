"""One pull: list, choose, fetch what is missing, check every byte, then move it all into place."""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from huggingface_hub.utils import WeakFileLock
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from searchrerank.config.settings import Precision
from searchrerank.errors import ModelError
from searchrerank.models.faults import translated
from searchrerank.models.graph import understood
from searchrerank.models.hub import HubFile, Listing, download, list_files
from searchrerank.models.manifest import MANIFEST, Manifest, ManifestFile, read_manifest, sha256, write_manifest
from searchrerank.models.progress import progress_bars
from searchrerank.models.selection import select, weights_of

__all__ = ["pull_repository", "repository_folder"]

_CONFIG = "config.json"
_PARTIAL = ".partial"


def repository_folder(models_folder: Path, repository: str) -> Path:
    """Where a repository's files lie: `org/name` in `org--name`. The hub allows no `--` in either part."""
    return models_folder / repository.replace("/", "--")


def pull_repository(repository: str, revision: str, *, precision: Precision, models_folder: Path, progress: bool) -> Path:
    """Bring a repository's model to disk and return its folder, in the hub's layout.

    Files that are there and right are kept, so a second pull repairs, resumes and updates. Another process that pulls the
    same repository is waited for. progress: bars on standard error, where it is a terminal.
    Raises ModelError for anything that prevents it; an older model in the folder then stays as it was.
    """
    folder = repository_folder(models_folder, repository)
    locks = models_folder / ".locks"
    with translated(repository, models_folder):
        locks.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(locks / f"{folder.name}.lock"):
            listing = list_files(repository, revision)
            _pull(repository, listing, _wanted(repository, listing, precision, folder), folder, progress=progress)
    return folder


def _buildable(repository: str, listing: Listing, folder: Path) -> bool:
    """Whether a graph can be built of the weights that are listed. Where there are any, config.json is fetched to know."""
    files = {file.path: file for file in listing.files}
    config = files.get(_CONFIG)
    if config is None or not weights_of(files):
        return False
    path = folder / _CONFIG
    if not _holds(path, config):
        path = folder / _PARTIAL / config.digest
        path.parent.mkdir(parents=True, exist_ok=True)
        with _bars(shown=False) as bars:
            _fetch(repository, listing.commit, config, path, bars)
    return understood(path)


def _wanted(repository: str, listing: Listing, precision: Precision, folder: Path) -> list[HubFile]:
    """What this precision needs and what an earlier pull for another one brought: both, at the same commit."""
    manifest = read_manifest(folder)
    earlier = {file.path for file in manifest.files} if manifest else set()
    paths = [file.path for file in listing.files]
    needed = select(repository, paths, precision, buildable=_buildable(repository, listing, folder)) | earlier
    return [file for file in listing.files if file.path in needed]


def _pull(repository: str, listing: Listing, wanted: list[HubFile], folder: Path, *, progress: bool) -> None:
    partial = folder / _PARTIAL
    partial.mkdir(parents=True, exist_ok=True)
    missing = [file for file in wanted if not _holds(folder / file.path, file)]
    _require_space(repository, missing, partial)
    with _bars(shown=progress) as bars:
        for file in {file.digest: file for file in missing}.values():
            _fetch(repository, listing.commit, file, partial / file.digest, bars)
    _put_in_place(folder, missing, wanted)
    shutil.rmtree(partial)
    files = tuple(ManifestFile(file.path, file.size, sha256(folder / file.path)) for file in wanted)
    write_manifest(folder, Manifest(repository, listing.commit, datetime.now(UTC), files))


def _fetch(repository: str, commit: str, file: HubFile, partial: Path, bars: Progress) -> None:
    task = bars.add_task(file.path, total=file.size)
    download(repository, commit, file, partial, lambda have: bars.update(task, completed=have))
    if not _holds(partial, file):
        partial.unlink()
        raise ModelError(f"{file.path} of {repository} arrived damaged (its checksum is wrong): pull it again")


def _put_in_place(folder: Path, arrived: Sequence[HubFile], wanted: Iterable[HubFile]) -> None:
    """Rule: from here to the new manifest the folder is no model; nothing slow and nothing on the network may happen.

    What several files have in common was fetched once, and is moved to the last of them.
    """
    stale = read_manifest(folder)
    left = Counter(file.digest for file in arrived)
    (folder / MANIFEST).unlink(missing_ok=True)
    for file in arrived:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        left[file.digest] -= 1
        put: Callable[[Path, Path], object] = shutil.copyfile if left[file.digest] else os.replace
        put(folder / _PARTIAL / file.digest, target)
    for path in {file.path for file in stale.files} - {file.path for file in wanted} if stale else ():
        (folder / path).unlink(missing_ok=True)


def _holds(path: Path, file: HubFile) -> bool:
    """Whether `path` has the size and the checksum that the hub states: SHA-256 for LFS, git's blob id for the rest."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    if len(file.digest) == 64:
        return sha256(path) == file.digest
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest() == file.digest


def _require_space(repository: str, missing: Iterable[HubFile], partial: Path) -> None:
    here = {path.name: path.stat().st_size for path in partial.iterdir()}
    needed = sum(file.size - here.get(file.digest, 0) for file in missing)
    free = shutil.disk_usage(partial).free
    if needed > free:
        raise ModelError(f"{repository} needs {decimal(needed)} more, and {partial.parent} has {decimal(free)} free")


def _bars(*, shown: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    return progress_bars(*columns, shown=shown)
