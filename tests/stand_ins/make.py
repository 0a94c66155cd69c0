"""Full-size stand-ins for published cross-encoders: the exact architecture, seeded random weights.

A stand-in costs as much to run as the published checkpoint and has its layout of files, so that loading, numerical parity,
speed and memory can be tested without a download. Its scores mean nothing. Beside this file, each recipe is a folder of
    config.json, tokenizer files   as published (the tiny ones are made up)
    weights.json                   the checkpoint's parameter names and shapes, and which initialiser of the graph is which
    onnx/graph.onnx                the graph as published, exported from the reference implementation, without its weights
    golden.json                    token ids and the reference implementation's logits for the seeded weights

A made stand-in adds model.safetensors and onnx/model.onnx, in float32, and, where asked, onnx/model_quantized.onnx in
dynamic int8. They lie outside the checkout, in $SEARCHRERANK_TEST_CACHE or ~/.cache/searchrerank-tests, and are made once:

    python tests/stand_ins/make.py NAME [--int8]
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from safetensors.numpy import save_file

__all__ = ["NAMES", "RECIPES", "stand_in"]

RECIPES = Path(__file__).parent
REVISION = 1
"""To be raised when this file comes to make something else of the same recipe."""

NAMES = tuple(sorted(path.parent.name for path in RECIPES.glob("*/weights.json")))


def stand_in(name: str, *, int8: bool = False) -> Path:
    """The folder of the stand-in `name`, made where the cache has none of this recipe."""
    recipe = RECIPES / name
    folder = _cache() / _digest(recipe) / name
    if not folder.exists():
        with _draft(folder) as draft:
            _make(recipe, draft)
    if int8 and not (folder / "onnx" / "model_quantized.onnx").exists():
        with _draft(folder / "onnx" / "model_quantized.onnx") as draft:
            _quantise(folder / "onnx" / "model.onnx", draft)
    return folder


def _cache() -> Path:
    root = os.environ.get("SEARCHRERANK_TEST_CACHE")
    return (Path(root) if root else Path.home() / ".cache" / "searchrerank-tests") / "stand-ins"


def _digest(recipe: Path) -> str:
    sha = hashlib.sha256(b"%d" % REVISION)
    for path in sorted(path for path in recipe.rglob("*") if path.is_file()):
        sha.update(path.relative_to(recipe).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()[:16]


@contextlib.contextmanager
def _draft(final: Path) -> Iterator[Path]:
    """A path to write to, which then becomes `final` in one step; where another process was faster, its work stays."""
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=final.parent, prefix=".draft-") as scratch:
        draft = Path(scratch) / final.name
        yield draft
        with contextlib.suppress(OSError):
            draft.rename(final)
    if not final.exists():
        raise FileNotFoundError(final)


def _make(recipe: Path, target: Path) -> None:
    (target / "onnx").mkdir(parents=True)
    for file in recipe.glob("*.json"):
        if file.name != "weights.json":
            shutil.copyfile(file, target / file.name)
    weights = json.loads((recipe / "weights.json").read_bytes())
    values = {name: _parameter(name, tuple(shape)) for name, shape in weights["parameters"].items()}
    save_file(values, target / "model.safetensors", metadata={"format": "pt"})
    graph = onnx.load(recipe / "onnx" / "graph.onnx")
    _fill(graph, weights["initializers"], values)
    onnx.save(graph, target / "onnx" / "model.onnx")


def _parameter(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The seeded value of one parameter: depends on its name and shape alone. golden.json was made with these."""
    noise = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape)
    if name.endswith("LayerNorm.weight"):
        value = 1 + 0.1 * noise
    elif len(shape) == 1:
        value = 0.05 * noise
    else:
        value = 0.04 * noise
    return value.astype(np.float32)


def _fill(model: onnx.ModelProto, entries: Mapping[str, Any], values: Mapping[str, NDArray[np.float32]]) -> None:
    for label, tensor in _tensors(model.graph):
        if (entry := entries.get(label)) is not None:
            value = values[entry["parameter"]]
            value = np.ascontiguousarray(value.T if entry["transpose"] else value)
            tensor.CopyFrom(onnx.numpy_helper.from_array(value, tensor.name))


def _tensors(graph: onnx.GraphProto) -> Iterator[tuple[str, onnx.TensorProto]]:
    """Each constant tensor with its name: the initialisers' own, or that of what a Constant node puts out."""
    for tensor in graph.initializer:
        yield tensor.name, tensor
    for node in graph.node:
        if node.op_type == "Constant":
            yield from ((node.output[0], attribute.t) for attribute in node.attribute if attribute.name == "value")


def _quantise(model: Path, target: Path) -> None:
    """Dynamic int8, as the published model_quantized.onnx files are made."""
    from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to import

    quantize_dynamic(model, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


def _main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("name", choices=NAMES)
    arguments.add_argument("--int8", action="store_true", help="write onnx/model_quantized.onnx as well")
    chosen = arguments.parse_args()
    print(stand_in(chosen.name, int8=chosen.int8))  # noqa: T201 - the answer


if __name__ == "__main__":
    _main()
