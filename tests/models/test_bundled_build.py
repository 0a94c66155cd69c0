"""The bundled model's graph, as it is made of weights: here of another model's, whose weights are there."""

import shutil

import numpy as np
import onnxruntime
from stand_ins import make

from searchrerank.models.bundled.build import build
from searchrerank.models.manifest import Manifest, ManifestFile, read_manifest, sha256, write_manifest


def test_a_graph_in_one_file_that_scores_as_the_weights_do(tmp_path):
    source = make.stand_in("tiny-bert")
    (tmp_path / "onnx").mkdir()
    shutil.copy(source / "config.json", tmp_path)
    listed = (ManifestFile("config.json", 0, ""), ManifestFile("onnx/model_quantized.onnx", 0, ""))
    write_manifest(tmp_path, Manifest("tiny", None, None, listed))
    build(source, tmp_path)
    assert [path.name for path in (tmp_path / "onnx").iterdir()] == ["model_quantized.onnx"]
    manifest = read_manifest(tmp_path)
    assert [file.sha256 for file in manifest.files] == [sha256(tmp_path / file.path) for file in manifest.files]
    assert manifest.absent(tmp_path) == []
    inputs = {"input_ids": np.arange(1, 33)[None], "token_type_ids": np.arange(32)[None] // 16}
    inputs["attention_mask"] = np.ones((1, 32), np.int64)
    published = onnxruntime.InferenceSession(source / "onnx/model.onnx", providers=["CPUExecutionProvider"])
    [exact] = published.run(None, inputs)
    [found] = onnxruntime.InferenceSession(tmp_path / "onnx/model_quantized.onnx", providers=["CPUExecutionProvider"]).run(
        None, inputs
    )
    assert np.abs(found - exact).max() < 0.05
    assert (found != exact).all()
