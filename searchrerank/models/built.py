"""Graphs that were made from a model, kept on disk so that they are made once.

Layout: `<models folder>/built/<the model's digest>/<variant>/` with the graph's files and built.json, which lists them.

Rule 1: a folder comes into place by one rename, with built.json and every file in it; a build that was killed leaves a draft,
which the next one clears away.
Rule 2: a file is used only while its bytes are those that built.json lists; else the whole folder is built again.
Rule 3: one process builds at a time; others wait and find it built.
"""

import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from huggingface_hub.utils import WeakFileLock

from searchrerank.models.gate import Verdict
from searchrerank.models.manifest import ManifestFile, sha256
from searchrerank.models.quantise.ranges import Channels, Range
from searchrerank.models.records import readable

__all__ = ["Built", "Record", "built", "built_folder", "in_temporary_folder"]

log = logging.getLogger(__name__)

GRAPH = "model.onnx"
_GRAPHS = {".onnx", ".xml"}
_RECORD = "built.json"
_DRAFT = ".draft-"


class Record(msgspec.Struct, frozen=True):
    """built.json. excluded: the MatMuls left in fp32. verdict: the gate's; None where there was nothing to compare with.

    ranges: those by which activations are rounded; None where none are, or each call finds them. units: those of feed-forward
    networks that are apart (`with_units_apart`).
    files: none where the gate refused the variant, which is kept so that it isn't tried again at each start.
    """

    files: tuple[ManifestFile, ...] = ()
    excluded: tuple[str, ...] = ()
    ranges: Mapping[str, Range] | None = None
    units: Channels = {}
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A variant that lies in `folder`."""

    folder: Path
    record: Record

    @property
    def graph(self) -> Path | None:
        """The graph's file, None where the gate refused."""
        paths = (self.folder / file.path for file in self.record.files)
        return next((path for path in paths if path.suffix in _GRAPHS), None)

    @property
    def digest(self) -> str:
        """SHA-256 of the files' SHA-256, in hexadecimal: what the scores come from."""
        return hashlib.sha256(" ".join(file.sha256 for file in self.record.files).encode()).hexdigest()


Build = Callable[[Path], Record]
"""Writes the files of a variant into a folder, a graph among them: `GRAPH`, or OpenVINO's model.xml.

The record that it gives back lists no files yet.
"""


def built_folder(models_folder: Path, digest: str) -> Path:
    """Where the variants of the model with that digest lie."""
    return models_folder / "built" / digest[:16]


def built(home: Path, variant: str, build: Build) -> Built:
    """The variant of that name in `home` (`built_folder`), made by `build` where it isn't there whole.

    Raises OSError where it cannot be written: read-only, full.
    """
    place = home / variant
    if found := _whole(place):
        return found
    locks = home.parent / ".locks"
    locks.mkdir(parents=True, exist_ok=True)
    with WeakFileLock(locks / f"{home.name}-{variant}.lock"):
        return _whole(place) or _make(place, build)


def in_temporary_folder(build: Build) -> tuple[Built, "tempfile.TemporaryDirectory[str]"]:
    """The variant for this process alone, gone with the folder, which may go once the graph is loaded. Raises OSError."""
    folder = tempfile.TemporaryDirectory(prefix="searchrerank-")
    try:
        return Built(Path(folder.name), _finished(Path(folder.name), build)), folder
    except BaseException:
        folder.cleanup()
        raise


def _whole(place: Path) -> Built | None:
    """What lies in `place`, if every byte of it is what was built there."""
    try:
        record = msgspec.json.decode((place / _RECORD).read_bytes(), type=Record)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s: cannot be read (%s): it is built again", place / _RECORD, error)
        return None
    for file in record.files:
        if not _holds(place / file.path, file):
            log.warning("%s: damaged: it is built again", place / file.path)
            return None
    return Built(place, record)


def _holds(path: Path, file: ManifestFile) -> bool:
    try:
        return path.stat().st_size == file.size and sha256(path) == file.sha256
    except OSError:
        return False


def _make(place: Path, build: Build) -> Built:
    """Build in a draft and move it into place. Holds the lock, so that any draft which is there is a dead one."""
    home = place.parent
    home.mkdir(parents=True, exist_ok=True)
    prefix = f"{_DRAFT}{place.name}-"
    for dead in home.glob(f"{prefix}*"):
        shutil.rmtree(dead, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=prefix, ignore_cleanup_errors=True) as scratch:
        draft = Path(scratch) / place.name
        draft.mkdir()
        record = _finished(draft, build)
        shutil.rmtree(place, ignore_errors=True)
        draft.rename(place)
    return Built(place, record)


def _finished(draft: Path, build: Build) -> Record:
    """Build, and write built.json, for the user's other accounts to read, and to disk for good."""
    record = build(draft)
    files = sorted(path for path in draft.iterdir() if path.is_file())
    for path in files:
        path.chmod(0o644)
        _sync(path)
    listed = tuple(ManifestFile(path.name, path.stat().st_size, sha256(path)) for path in files)
    record = msgspec.structs.replace(record, files=listed)
    (draft / _RECORD).write_bytes(readable(record))
    _sync(draft / _RECORD)
    return record


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
