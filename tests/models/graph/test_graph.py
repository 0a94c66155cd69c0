"""What a built graph looks like, and which checkpoints make the same one."""

import json

import ml_dtypes
import numpy as np
import onnx
import pytest
from models.graph.conftest import TINY, set_options, set_tensors, tensors
from onnx import numpy_helper
from safetensors.numpy import save_file

from searchrerank.models.graph import build_graph, save_graph


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("tiny-bert", ["input_ids", "attention_mask", "token_type_ids"]),
        ("tiny-deberta-v2", ["input_ids", "attention_mask"]),
        ("tiny-xlm-roberta", ["input_ids", "attention_mask"]),
    ],
)
def test_inputs_and_output(name, inputs, copy):
    model = build_graph(copy(name))
    onnx.checker.check_model(model, full_check=True)
    assert [each.name for each in model.graph.input] == inputs
    assert [each.name for each in model.graph.output] == ["logits"]
    assert {opset.domain for opset in model.opset_import} == {""}  # standard operators alone, for every runtime


@pytest.mark.parametrize("name", TINY)
def test_matmuls_with_weights_are_named_after_their_place(name, copy):
    graph = build_graph(copy(name)).graph
    constants = {each.name: each for each in graph.initializer}
    weighty = {node.name for node in graph.node if node.op_type == "MatMul" and node.input[1] in constants}
    places = ("attention.query", "attention.key", "attention.value", "attention.output", "ffn.up", "ffn.down")
    expected = {f"layer.{layer}.{place}.product" for layer in range(3) for place in places}
    assert expected < weighty
    assert all(len(constants[f"{name.removesuffix('.product')}.weight"].dims) == 2 for name in weighty)


@pytest.mark.parametrize("name", TINY)
def test_nothing_takes_memory_as_it_runs(name, copy):
    """Of more than two terms onnxruntime's Sum does, from the arena that all threads share."""
    kinds = {node.op_type for node in build_graph(copy(name)).graph.node}
    assert "Add" in kinds
    assert "Sum" not in kinds


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("narrow", [np.float16, ml_dtypes.bfloat16])
def test_narrow_weights_are_widened(name, narrow, copy):
    folder = copy(name)
    narrowed = {key: value.astype(narrow) for key, value in tensors(folder).items()}
    set_tensors(folder, narrowed)
    from_narrow = build_graph(folder)
    set_tensors(folder, {key: value.astype(np.float32) for key, value in narrowed.items()})
    assert from_narrow == build_graph(folder)


@pytest.mark.parametrize("name", TINY)
def test_shards_make_the_same_graph(name, copy):
    folder = copy(name)
    whole = build_graph(folder)
    values = tensors(folder)
    files = {key: f"model-0000{1 + at % 2}-of-00002.safetensors" for at, key in enumerate(values)}
    for file in set(files.values()):
        save_file({key: value for key, value in values.items() if files[key] == file}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": files}))
    (folder / "model.safetensors").unlink()
    assert build_graph(folder) == whole


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("tiny-bert", {"bert.embeddings.position_ids": np.arange(512)[np.newaxis]}),
        ("tiny-xlm-roberta", {"roberta.embeddings.position_ids": np.arange(514)[np.newaxis]}),
        ("tiny-xlm-roberta", {"roberta.pooler.dense.bias": np.ones(32, np.float32)}),
        ("tiny-deberta-v2", {"deberta.embeddings.position_ids": np.arange(512)[np.newaxis]}),
    ],
)
def test_tensors_that_the_classifier_does_not_read_change_nothing(name, extra, copy):
    folder = copy(name)
    plain = build_graph(folder)
    set_tensors(folder, tensors(folder) | extra)
    assert build_graph(folder) == plain


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("tiny-bert", {"position_embedding_type": "absolute", "torch_dtype": "float16"}),
        ("tiny-bert", {"type_vocab_size": None, "layer_norm_eps": None}),
        ("tiny-deberta-v2", {"pos_att_type": "c2p|p2c"}),
        ("tiny-deberta-v2", {"type_vocab_size": None, "layer_norm_eps": None, "max_relative_positions": 512}),
    ],
)
def test_other_spellings_of_the_same_options(name, options, copy):
    folder = copy(name)
    plain = build_graph(folder)
    set_options(folder, **options)
    assert build_graph(folder) == plain


def test_weights_are_written_beside_the_graph(copy, tmp_path):
    folder = copy("tiny-bert")
    path = tmp_path / "graph.onnx"
    save_graph(build_graph(folder), path)
    assert {file.name for file in tmp_path.glob("graph*")} == {"graph.onnx", "graph.onnx_data"}
    assert path.stat().st_size < (tmp_path / "graph.onnx_data").stat().st_size
    read, made = onnx.load(path).graph, build_graph(folder).graph
    assert read.node == made.node
    for one, other in zip(read.initializer, made.initializer, strict=True):
        np.testing.assert_array_equal(numpy_helper.to_array(one), numpy_helper.to_array(other))
