"""Tiny checkpoints that a test may break, and a built graph in either runtime."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from stand_ins import make

from searchrerank.models.graph import build_graph, save_graph
from searchrerank.scoring.onnx_runtime import OnnxSession
from searchrerank.scoring.openvino_runtime import OpenVinoSession

Run = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]

RUNTIMES = ("onnxruntime", "openvino")
TINY = ("tiny-bert", "tiny-deberta-v2", "tiny-xlm-roberta")


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[str], Path]:
    """The checkpoint of a stand-in without its ONNX graphs."""

    def copy(name: str) -> Path:
        return shutil.copytree(make.stand_in(name), tmp_path / name, ignore=shutil.ignore_patterns("onnx"))

    return copy


@pytest.fixture
def built(tmp_path: Path) -> Callable[[Path, str], Run]:
    """The graph of a checkpoint, built, written and loaded."""

    def built(folder: Path, runtime: str) -> Run:
        path = tmp_path / f"{folder.name}.onnx"
        if not path.exists():
            save_graph(build_graph(folder), path)
        session = OnnxSession(path) if runtime == "onnxruntime" else OpenVinoSession(path, bf16=False, threads=1)
        return session.run

    return built


def golden(folder: Path) -> list[tuple[NDArray[np.int64], NDArray[np.int64], float]]:
    """Token ids, token types and the reference implementation's logit of each pair."""
    rows = []
    for case in json.loads((folder / "golden.json").read_bytes())["cases"]:
        types = case.get("token_type_ids", [[0] * len(row) for row in case["input_ids"]])
        rows += [
            (np.array([ids]), np.array([kinds]), logit)
            for ids, kinds, logit in zip(case["input_ids"], types, case["logits"], strict=True)
        ]
    return rows


def set_options(folder: Path, **options: Any) -> None:
    """Change config.json; None takes an option out."""
    path = folder / "config.json"
    changed = json.loads(path.read_bytes()) | options
    path.write_text(json.dumps({name: value for name, value in changed.items() if value is not None}))


def tensors(folder: Path) -> dict[str, NDArray[Any]]:
    return load_file(folder / "model.safetensors")


def set_tensors(folder: Path, values: Mapping[str, NDArray[Any]]) -> None:
    save_file(dict(values), folder / "model.safetensors")
