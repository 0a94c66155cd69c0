"""What cannot be built right is refused, by the name of the file and of what is wrong in it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from models.graph.conftest import TINY, set_options, set_tensors, tensors

from searchrerank.errors import ModelError
from searchrerank.models.graph import build_graph, buildable

SOME = {
    "tiny-bert": "bert.encoder.layer.1.attention.self.key.weight",
    "tiny-deberta-v2": "deberta.encoder.rel_embeddings.weight",
    "tiny-xlm-roberta": "classifier.out_proj.bias",
}


def refused(folder: Path, message: str) -> None:
    with pytest.raises(ModelError, match=message) as told:
        build_graph(folder)
    assert str(folder) in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", TINY)
def test_every_tensor_is_needed(name, copy):
    folder = copy(name)
    values = tensors(folder)
    for absent in values:
        set_tensors(folder, {key: value for key, value in values.items() if key != absent})
        refused(folder, f"model.safetensors: there is no tensor {re.escape(absent)}$")


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda value: value[:-1] if len(value) > 1 else np.zeros(2, np.float32),
            r"has the shape \[.+\]; config.json asks for",
        ),
        (lambda value: value[..., np.newaxis].copy(), r"has the shape \[.+, 1\]; config.json asks for \["),
        (lambda value: np.full_like(value, np.nan), "holds NaN or infinite values"),
        (lambda value: np.full_like(value, np.inf), "holds NaN or infinite values"),
        (lambda value: np.full_like(value, -np.inf), "holds NaN or infinite values"),
        (lambda value: value.astype(np.int64), "is I64; right is F32, F16 or BF16"),
        (lambda value: value.astype(np.float64), "is F64; right is F32, F16 or BF16"),
    ],
)
def test_a_tensor_that_is_no_weight_is_named(name, change, message, copy):
    folder = copy(name)
    values = tensors(folder)
    set_tensors(folder, values | {SOME[name]: change(values[SOME[name]])})
    refused(folder, f"model.safetensors: the tensor {SOME[name]} {message}")


@pytest.mark.parametrize("name", TINY)
def test_one_bad_value_is_found(name, copy):
    folder = copy(name)
    for tensor, value in (values := tensors(folder)).items():
        changed = value.copy()
        changed.flat[-1] = np.nan
        set_tensors(folder, values | {tensor: changed})
        refused(folder, f"the tensor {re.escape(tensor)} holds NaN or infinite values")


@pytest.mark.parametrize("name", TINY)
def test_a_tensor_without_a_place_is_refused(name, copy):
    folder = copy(name)
    set_tensors(folder, tensors(folder) | {"encoder.adapter.weight": np.ones(3, np.float32), "z": np.ones(1, np.float32)})
    refused(folder, "model.safetensors: the tensor encoder.adapter.weight and 1 more has no place in this architecture")


@pytest.mark.parametrize("name", TINY)
def test_a_file_that_is_cut_off_is_refused(name, copy):
    folder = copy(name)
    whole = (folder / "model.safetensors").read_bytes()
    for size in (0, 5, 100, len(whole) // 2, len(whole) - 1):
        (folder / "model.safetensors").write_bytes(whole[:size])
        refused(folder, "model.safetensors: cut off or not safetensors: ")
    (folder / "model.safetensors").unlink()
    refused(folder, "there is neither model.safetensors nor model.safetensors.index.json")
    assert not buildable(folder)


OPTIONS = [
    ("tiny-bert", {"model_type": "gpt2"}, r"no graph is built for BertForSequenceClassification \(gpt2\)"),
    ("tiny-bert", {"architectures": ["BertModel"]}, r"no graph is built for BertModel \(bert\)"),
    ("tiny-bert", {"architectures": None}, r"no graph is built for no architecture \(bert\)"),
    ("tiny-bert", {"id2label": {"0": "a", "1": "b"}}, "the model has 2 labels"),
    ("tiny-bert", {"id2label": None}, "the model has 2 labels"),
    ("tiny-bert", {"num_labels": 3}, "the model has 3 labels"),
    ("tiny-bert", {"hidden_act": "gelu_new"}, 'hidden_act is "gelu_new"; a graph is built for "gelu"'),
    ("tiny-bert", {"position_embedding_type": "relative_key"}, 'position_embedding_type is "relative_key"'),
    ("tiny-bert", {"is_decoder": True}, "is_decoder is true"),
    ("tiny-bert", {"add_cross_attention": True}, "add_cross_attention is true"),
    ("tiny-bert", {"quantization_config": {"bits": 4}}, "quantization_config is "),
    ("tiny-bert", {"num_attention_heads": 5}, "hidden_size 32 is no multiple of num_attention_heads 5"),
    ("tiny-bert", {"num_attention_heads": 0}, "num_attention_heads is 0"),
    ("tiny-bert", {"num_hidden_layers": 0}, "num_hidden_layers is 0"),
    ("tiny-bert", {"type_vocab_size": 0}, "type_vocab_size is 0"),
    ("tiny-bert", {"layer_norm_eps": 0}, "layer_norm_eps is 0"),
    ("tiny-bert", {"hidden_size": "32"}, r"Expected `int`, got `str` - at `\$.hidden_size`"),
    ("tiny-bert", {"intermediate_size": None}, "missing required field `intermediate_size`"),
    ("tiny-xlm-roberta", {"pad_token_id": -1}, "pad_token_id is -1"),
    ("tiny-xlm-roberta", {"pad_token_id": 600}, "pad_token_id is 600"),
    ("tiny-deberta-v2", {"relative_attention": False}, "relative_attention is false"),
    ("tiny-deberta-v2", {"position_biased_input": True}, "position_biased_input is true"),
    ("tiny-deberta-v2", {"position_biased_input": None}, "position_biased_input is true"),
    ("tiny-deberta-v2", {"share_att_key": False}, "share_att_key is false"),
    ("tiny-deberta-v2", {"norm_rel_ebd": "none"}, 'norm_rel_ebd is "none"; a graph is built for "layer_norm"'),
    ("tiny-deberta-v2", {"conv_kernel_size": 3}, "conv_kernel_size is 3; a graph is built for 0"),
    ("tiny-deberta-v2", {"pos_att_type": ["c2p"]}, r"pos_att_type is \['c2p'\]; a graph is built for c2p and p2c together"),
    ("tiny-deberta-v2", {"pos_att_type": "c2p"}, r"pos_att_type is \['c2p'\]"),
    ("tiny-deberta-v2", {"pos_att_type": None}, r"pos_att_type is \[\]"),
    ("tiny-deberta-v2", {"position_buckets": -1}, "position_buckets is -1"),
    ("tiny-deberta-v2", {"max_relative_positions": 100}, "max_relative_positions is 100"),
    ("tiny-deberta-v2", {"type_vocab_size": 2}, "type_vocab_size is 2"),
    ("tiny-deberta-v2", {"pooler_hidden_act": "tanh"}, 'pooler_hidden_act is "tanh"'),
    ("tiny-deberta-v2", {"pooler_hidden_size": 16}, "pooler_hidden_size is 16"),
    ("tiny-deberta-v2", {"embedding_size": 16}, "embedding_size is 16"),
    ("tiny-deberta-v2", {"attention_head_size": 8}, "attention_head_size is 8; a graph is built for 16"),
]


@pytest.mark.parametrize(("name", "options", "message"), OPTIONS)
def test_an_option_that_is_not_implemented_is_named(name, options, message, copy):
    folder = copy(name)
    assert buildable(folder)
    set_options(folder, **options)
    assert not buildable(folder)
    refused(folder, f"config.json: .*{message}")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe"])
def test_a_configuration_that_cannot_be_read_is_named(content, copy):
    folder = copy("tiny-bert")
    (folder / "config.json").write_bytes(content)
    refused(folder, "config.json: cannot be read: ")
    (folder / "config.json").unlink()
    refused(folder, "config.json: cannot be read: ")
    assert not buildable(folder)


INDICES = [
    ({"weight_map": {"bert.pooler.dense.weight": "absent.safetensors"}}, "absent.safetensors: there is no such file"),
    (
        {"weight_map": {"x": "one.safetensors"}},
        "one.safetensors: there is no tensor x, which model.safetensors.index.json places",
    ),
    ({"weight_map": {"x": "../one.safetensors"}}, "names '../one.safetensors', which is not a file beside it"),
    ({"weight_map": {}}, "model.safetensors.index.json: it lists no tensor"),
    ({}, "model.safetensors.index.json: cannot be read: .*weight_map"),
]


@pytest.mark.parametrize(("index", "message"), INDICES)
def test_an_index_that_is_wrong_is_named(index, message, copy):
    folder = copy("tiny-bert")
    (folder / "model.safetensors").rename(folder / "one.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    refused(folder, message)
