"""How the graph of the bundled model is made from its weights, which are kept elsewhere: they take twice its space.

    python -m searchrerank.models.bundled.build FOLDER

FOLDER holds config.json and model.safetensors.
"""

import sys
from pathlib import Path

import msgspec
import onnx

from searchrerank.models.bundled import bundled_folder
from searchrerank.models.graph import build_graph
from searchrerank.models.manifest import ManifestFile, read_manifest, sha256, write_manifest
from searchrerank.models.quantise import REDUCED_RANGE, quantised

__all__ = ["build"]

_GRAPH = "onnx/model_quantized.onnx"


def build(source: Path, model: Path) -> None:
    """Write the int8 graph of the weights in `source` into the model's folder, and its checksum into the manifest there.

    The integers are of the range that every CPU multiplies exactly. Raises ModelError where the source is no cross-encoder.
    """
    graph = quantised(build_graph(source), source, largest=REDUCED_RANGE)
    onnx.save(graph, model / _GRAPH)
    if manifest := read_manifest(model):
        files = tuple(_listed(model, file.path) for file in manifest.files)
        write_manifest(model, msgspec.structs.replace(manifest, files=files))


def _listed(folder: Path, path: str) -> ManifestFile:
    file = folder / path
    return ManifestFile(path, file.stat().st_size, sha256(file))


if __name__ == "__main__":
    build(Path(sys.argv[1]), bundled_folder())
