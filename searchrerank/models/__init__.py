"""Models: which are known, where they are on disk, how they are pulled and checked."""

from searchrerank.models.bundled import bundled_folder
from searchrerank.models.manifest import MANIFEST, Manifest, ManifestFile
from searchrerank.models.registry import BUNDLED, MODELS, KnownModel, find
from searchrerank.models.resolve import ModelOnDisk, locate, models_folder, on_disk, pull, resolve
from searchrerank.models.verify import verify

__all__ = [
    "BUNDLED",
    "MANIFEST",
    "MODELS",
    "KnownModel",
    "Manifest",
    "ManifestFile",
    "ModelOnDisk",
    "bundled_folder",
    "find",
    "locate",
    "models_folder",
    "on_disk",
    "pull",
    "resolve",
    "verify",
]
