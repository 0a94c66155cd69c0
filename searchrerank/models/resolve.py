"""From what a user calls a model to a folder that holds it."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import is_offline_mode

from searchrerank.config.settings import Precision
from searchrerank.errors import ModelError
from searchrerank.models.bundled import bundled_folder
from searchrerank.models.download import pull_repository, repository_folder
from searchrerank.models.graph import buildable
from searchrerank.models.manifest import Manifest, read_manifest
from searchrerank.models.registry import BUNDLED, find, nearest
from searchrerank.models.selection import select

__all__ = ["ModelOnDisk", "locate", "models_folder", "on_disk", "pull", "resolve"]

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ModelOnDisk:
    """A model that was pulled whole. name: its known name, or its hub id where it has none."""

    name: str
    folder: Path
    manifest: Manifest


def models_folder(configured: str | None = None) -> Path:
    """Where models are kept: `[model] folder`, else `$SEARCHRERANK_MODELS`, else the user's cache."""
    if chosen := configured or os.environ.get("SEARCHRERANK_MODELS"):
        return Path(chosen).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "searchrerank" / "models"


def resolve(
    name_or_folder: str,
    *,
    precision: Precision = "auto",
    models_folder: Path | None = None,
    offline: bool = False,
    progress: bool = False,
) -> Path:
    """The folder, in the hub's layout, of a model given by name, alias, hub id or folder; pulled first where it must be.

    models_folder: None for the default of the function of that name. offline: never use the network.
    progress: bars for the pull on standard error, where it is a terminal.
    Raises ModelError when there is no such model, when it cannot be pulled, or when it is not on disk and may not be.
    """
    if folder := _given_folder(name_or_folder):
        return folder
    repository, _ = _repository(name_or_folder)
    kept = _folder(models_folder)
    if repository == BUNDLED or offline or is_offline_mode():
        return _require(name_or_folder, repository, precision, kept)
    if _lack(repository, precision, kept) is None:
        return _place(repository, kept)
    return pull(name_or_folder, precision=precision, models_folder=kept, progress=progress)


def pull(name: str, *, precision: Precision = "auto", models_folder: Path | None = None, progress: bool = False) -> Path:
    """Bring a model to disk, or up to date, and return its folder. The bundled model is there already.

    Raises ModelError when there is no such model or it cannot be pulled.
    """
    repository, revision = _repository(name)
    if repository == BUNDLED:
        return bundled_folder()
    return pull_repository(repository, revision, precision=precision, models_folder=_folder(models_folder), progress=progress)


def locate(name_or_folder: str, *, models_folder: Path | None = None) -> Path:
    """The folder of a model that is on disk, whatever its state. Raises ModelError when it is not there."""
    if folder := _given_folder(name_or_folder):
        return folder
    repository, _ = _repository(name_or_folder)
    place = _place(repository, _folder(models_folder))
    if not place.is_dir():
        raise ModelError(f"{name_or_folder} is not on disk: run `searchrerank models pull {name_or_folder}`")
    return place


def on_disk(models_folder: Path | None = None) -> list[ModelOnDisk]:
    """Every model whose pull has finished, by name, and the bundled one first."""
    kept = _folder(models_folder)
    folders = sorted(kept.iterdir()) if kept.is_dir() else []
    found = ((folder, read_manifest(folder)) for folder in [bundled_folder(), *folders])
    return [ModelOnDisk(_name(manifest.repository), folder, manifest) for folder, manifest in found if manifest]


def _given_folder(name_or_folder: str) -> Path | None:
    """A folder, if one is meant: by how it is written, or because it is there and holds a model."""
    path = Path(name_or_folder).expanduser()
    if name_or_folder.startswith((".", "/", "~")) and "/" in name_or_folder:
        if not path.is_dir():
            raise ModelError(f"there is no folder {name_or_folder}")
        return path
    return path if (path / "config.json").is_file() else None


def _repository(name: str) -> tuple[str, str]:
    if known := find(name):
        return known.repository or BUNDLED, known.revision
    if _HUB_ID.fullmatch(name):
        return name, "main"
    meant = nearest(name)
    hint = f"did you mean {' or '.join(meant)}?" if meant else "`searchrerank models list` shows those that are"
    raise ModelError(f"no model is known as {name!r}: {hint}")


def _folder(given: Path | None) -> Path:
    return given if given is not None else models_folder()


def _place(repository: str, kept: Path) -> Path:
    return bundled_folder() if repository == BUNDLED else repository_folder(kept, repository)


def _require(name: str, repository: str, precision: Precision, kept: Path) -> Path:
    lack = _lack(repository, precision, kept)
    if lack is None:
        return _place(repository, kept)
    if repository == BUNDLED:
        raise ModelError(lack)
    wanted = "" if precision == "auto" else f" --precision {precision}"
    raise ModelError(f"{lack}: run `searchrerank models pull {name}{wanted}` where there is a network")


def _lack(repository: str, precision: Precision, kept: Path) -> str | None:
    """Why the model on disk will not do, in words; None when it will."""
    folder = _place(repository, kept)
    manifest = read_manifest(folder)
    if manifest is None:
        return f"{repository} is not on disk"
    if absent := manifest.absent(folder):
        return f"{folder} is damaged ({', '.join(absent)})"
    try:
        select(repository, (file.path for file in manifest.files), precision, buildable=buildable(folder))
    except ModelError as error:
        return str(error)
    return None


def _name(repository: str) -> str:
    known = find(repository)
    return known.name if known else repository
