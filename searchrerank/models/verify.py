"""Whether a folder holds a model that searchrerank can serve, byte for byte as it was pulled."""

from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer

from searchrerank.errors import ModelError
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.models.manifest import MANIFEST, Manifest, read_manifest, sha256

__all__ = ["verify"]


def verify(folder: Path) -> list[str]:
    """What is wrong with the model in `folder`, a line each, which names the file; empty when nothing is.

    Sizes and SHA-256 are held against the manifest of the pull; a folder of the user's own has none, and its files are only
    read. Then the folder must be a checkpoint that can be served, with a tokenizer that loads.
    Reads every byte. Raises nothing: what cannot be read is a problem like any other.
    """
    return [*_differences(folder), *_checkpoint(folder), *_tokenizer(folder)]


def _differences(folder: Path) -> Iterator[str]:
    manifest = read_manifest(folder)
    if manifest is not None:
        yield from _changed(folder, manifest)
    elif (folder / MANIFEST).exists():
        yield f"{folder / MANIFEST}: cannot be read"


def _changed(folder: Path, manifest: Manifest) -> Iterator[str]:
    for file in manifest.files:
        path = folder / file.path
        try:
            size = path.stat().st_size
            if size != file.size:
                yield f"{path}: has {size} bytes instead of {file.size}"
            elif (found := sha256(path)) != file.sha256:
                yield f"{path}: its SHA-256 is {found} instead of {file.sha256}"
        except OSError as error:
            yield f"{path}: {error.strerror}"


def _checkpoint(folder: Path) -> Iterator[str]:
    try:
        Checkpoint.read(folder)
    except ModelError as error:
        yield str(error)


def _tokenizer(folder: Path) -> Iterator[str]:
    path = folder / "tokenizer.json"
    if not path.is_file():
        return
    try:
        Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001  tokenizers raises bare Exception for whatever it cannot read
        yield f"{path}: {error}"
