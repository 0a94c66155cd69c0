"""What a finished pull leaves beside the model: which files, their sizes and checksums, and where they came from.

Rule: the manifest is written last and removed first, so a folder that has one holds every file it names.
"""

import hashlib
from datetime import datetime
from pathlib import Path, PurePosixPath

import msgspec

from searchrerank.models.records import write_record

__all__ = ["MANIFEST", "Manifest", "ManifestFile", "read_manifest", "sha256", "write_manifest"]

MANIFEST = "searchrerank.json"


class ManifestFile(msgspec.Struct, frozen=True):
    """One file: its path relative to the folder with `/` between, its size in bytes, its SHA-256 in hexadecimal."""

    path: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """A model on disk. repository and commit are the hub's; commit and pulled are None for the bundled model."""

    repository: str
    commit: str | None
    pulled: datetime | None
    files: tuple[ManifestFile, ...]

    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    def absent(self, folder: Path) -> list[str]:
        """Paths that are not there or not of their size; their content is not read."""
        return [file.path for file in self.files if _size(folder / file.path) != file.size]


def read_manifest(folder: Path) -> Manifest | None:
    """The folder's manifest. None where there is none, or none that can be trusted: then no pull has finished there."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        return None
    return manifest if all(_stays_inside(file.path) for file in manifest.files) else None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it whole or not at all. Raises OSError."""
    write_record(folder / MANIFEST, manifest)


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _stays_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts
