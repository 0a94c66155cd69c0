"""The model that ships inside the package, so that searchrerank works with no download."""

from importlib.resources import files
from pathlib import Path

from searchrerank.errors import ModelError
from searchrerank.models.registry import BUNDLED

__all__ = ["bundled_folder"]


def bundled_folder() -> Path:
    """The bundled model's folder, in the hub's layout. Raises ModelError when the package is not a plain folder on disk."""
    folder = files(__name__) / BUNDLED
    if not isinstance(folder, Path) or not folder.is_dir():
        raise ModelError(f"the bundled model {BUNDLED} is not on disk: install searchrerank unpacked, from its wheel")
    return folder
