import json
import shutil
from pathlib import Path

import onnx
import pytest

from searchrerank.config import Model
from searchrerank.errors import ModelError
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.models.graph_files import cpu_flags, int8_names
from searchrerank.scoring import open_scorer


@pytest.fixture
def folder(stand_in, tmp_path) -> Path:
    """The tiny BERT in a folder that a test may break."""
    int8 = shutil.ignore_patterns("model_quantized.onnx")  # there if another test has asked for it
    return shutil.copytree(stand_in("tiny-bert"), tmp_path / "tiny-bert", ignore=int8)


@pytest.fixture
def change(folder):
    def change(file: str = "config.json", **values) -> None:
        path = folder / file
        path.write_text(json.dumps(json.loads(path.read_text()) | values))

    return change


def test_reads_a_folder(folder):
    checkpoint = Checkpoint.read(folder)
    assert checkpoint.config.model_type == "bert"
    assert checkpoint.max_tokens == 512
    assert checkpoint.tokenizer == folder / "tokenizer.json"
    assert checkpoint.graph("auto") == (folder / "onnx" / "model.onnx", "fp32")


@pytest.mark.parametrize(
    ("name", "tokens"), [("bge-reranker-base", 512), ("mxbai-rerank-xsmall-v1", 512), ("tiny-xlm-roberta", 512)]
)
def test_max_tokens_of_published_layouts(name, tokens, stand_in):
    assert Checkpoint.read(stand_in(name)).max_tokens == tokens


def test_roberta_positions_start_after_the_padding_token(stand_in, tmp_path):
    recipe = shutil.copytree(stand_in("tiny-xlm-roberta"), tmp_path / "m")
    (recipe / "tokenizer_config.json").unlink()
    assert Checkpoint.read(recipe).max_tokens == 514 - 2


@pytest.mark.parametrize(("limit", "tokens"), [(128, 128), (1e30, 512), (10**30, 512), (None, 512), (700, 512)])
def test_the_smaller_limit_counts(folder, change, limit, tokens):
    change("tokenizer_config.json", model_max_length=limit)
    assert Checkpoint.read(folder).max_tokens == tokens


def test_an_absent_tokenizer_config_limits_nothing(folder):
    (folder / "tokenizer_config.json").unlink()
    assert Checkpoint.read(folder).max_tokens == 512


@pytest.mark.parametrize(
    ("files", "wanted", "chosen"),
    [
        (["model.onnx", "onnx/model_quantized.onnx"], "auto", ("model.onnx", "fp32")),
        (["onnx/model_quantized.onnx", "onnx/model_fp16.onnx"], "auto", ("onnx/model_fp16.onnx", "fp16")),
        (["onnx/model_quantized.onnx"], "auto", ("onnx/model_quantized.onnx", "int8")),
        (["onnx/model.onnx", "model.onnx"], "fp32", ("onnx/model.onnx", "fp32")),
        (["onnx/model.onnx", "onnx/model_int8.onnx"], "int8", ("onnx/model_int8.onnx", "int8")),
    ],
)
def test_which_graph(folder, files, wanted, chosen):
    shutil.rmtree(folder / "onnx")
    (folder / "onnx").mkdir()
    for file in files:
        (folder / file).touch()
    assert Checkpoint.read(folder).graph(wanted) == (folder / chosen[0], chosen[1])


@pytest.mark.parametrize(
    ("machine", "flags", "first"),
    [
        ("x86_64", {"avx2", "avx512f", "avx512_vnni"}, "model_qint8_avx512_vnni"),
        ("x86_64", {"avx2", "avx_vnni"}, "model_qint8_avx512_vnni"),
        ("x86_64", {"avx2", "avx512f"}, "model_quint8_avx2"),
        ("AMD64", set(), "model_quint8_avx2"),
        ("aarch64", set(), "model_qint8_arm64"),
        ("arm64", set(), "model_qint8_arm64"),
    ],
)
def test_the_int8_file_suits_the_cpu(machine, flags, first):
    names = int8_names(machine, frozenset(flags))
    assert names[0] == first
    assert len(names) == len(set(names)) == 7


def test_cpu_flags(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512f\n\nprocessor\t: 1\nflags\t\t: fpu\n")
    assert cpu_flags(tmp_path / "cpuinfo") == {"fpu", "avx2", "avx512f"}
    assert cpu_flags(tmp_path / "absent") == frozenset()


def test_a_digest_changes_with_what_decides_a_score(folder):
    (folder / "onnx" / "model_int8.onnx").write_bytes(b"other")
    checkpoint = Checkpoint.read(folder)
    digest = checkpoint.digest("fp32")
    assert digest == checkpoint.digest("auto") != checkpoint.digest("int8")
    (folder / "README.md").write_text("does not matter")
    assert checkpoint.digest("fp32") == digest
    (folder / "onnx" / "model.onnx_data").write_bytes(b"weights")
    with_data = checkpoint.digest("fp32")
    assert with_data != digest
    checkpoint.tokenizer.write_bytes(b"{}")
    assert checkpoint.digest("fp32") != with_data


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def without_its_data(path: Path) -> None:
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="model.onnx_data", size_threshold=0)
    (path.parent / "model.onnx_data").unlink()


def with_two_logits(path: Path) -> None:
    model = onnx.load(path)
    model.graph.output[0].name = "a"
    model.graph.output.add().CopyFrom(model.graph.output[0])
    model.graph.output[1].name = "b"
    for name in "ab":
        model.graph.node.add(op_type="Identity", input=["logits"], output=[name])
    onnx.save(model, path)


def with_another_input(path: Path) -> None:
    model = onnx.load(path)
    model.graph.input.add().CopyFrom(model.graph.input[0])
    model.graph.input[-1].name = "position_ids"
    onnx.save(model, path)


def of_one_length(path: Path) -> None:
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 128
    onnx.save(model, path)


def of_floats(path: Path) -> None:
    model = onnx.load(path)
    ids = next(each for each in model.graph.input if each.name == "attention_mask")
    ids.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    model.graph.node.insert(0, onnx.helper.make_node("Cast", ["attention_mask"], ["mask"], to=onnx.TensorProto.INT64))
    for node in model.graph.node[1:]:
        node.input[:] = ["mask" if name == "attention_mask" else name for name in node.input]
    onnx.save(model, path)


BROKEN_FILES = [
    ("config.json", Path.unlink, "config.json: there is no such file"),
    ("config.json", cut, "config.json: not JSON: "),
    ("config.json", lambda path: path.write_bytes(b"\xff\xfe"), "config.json: not JSON: "),
    ("config.json", lambda path: path.write_text("[]"), r"config.json: Expected `object`, got `array`"),
    ("config.json", lambda path: path.write_text('{"model_type": "bert"}'), "config.json: .*max_position_embeddings"),
    ("config.json", lambda path: (path.unlink(), path.mkdir()), "config.json: cannot be read: Is a directory"),
    ("tokenizer.json", Path.unlink, "tokenizer.json: there is no such file"),
    ("tokenizer.json", cut, "tokenizer.json: not a tokenizer of the tokenizers library: .+"),
    ("tokenizer.json", lambda path: path.write_text("{}"), "tokenizer.json: not a tokenizer of the tokenizers library: .+"),
    ("tokenizer_config.json", cut, "tokenizer_config.json: not JSON: "),
    ("onnx/model.onnx", cut, r"model.onnx: ONNX Runtime cannot load the graph: .*cut off or not ONNX"),
    (
        "onnx/model.onnx",
        lambda path: path.write_bytes(b""),
        "model.onnx: ONNX Runtime cannot load the graph: .*No graph was found",
    ),
    ("onnx/model.onnx", without_its_data, r"model.onnx: ONNX Runtime cannot load the graph: .*not exist: .*model.onnx_data"),
    ("onnx/model.onnx", with_two_logits, "model.onnx: the graph has the outputs a, b; none is called logits"),
    (
        "onnx/model.onnx",
        with_another_input,
        "model.onnx: the graph has an input position_ids; known are attention_mask, input_ids",
    ),
    ("onnx/model.onnx", of_one_length, r"model.onnx: the graph's input input_ids is a tensor\(int64\) of the shape \[.*128\]"),
    ("onnx/model.onnx", of_floats, r"model.onnx: the graph's input attention_mask is a tensor\(float\)"),
]


@pytest.mark.parametrize(("file", "damage", "message"), BROKEN_FILES)
def test_a_broken_file_is_named(folder, file, damage, message):
    (folder / "model.safetensors").unlink()  # else a graph is built of it
    damage(folder / file)
    with pytest.raises(ModelError, match=message) as told:
        open_scorer(folder, Model(precision="fp32"))
    assert str(folder) in str(told.value)
    assert "\n" not in str(told.value)


BROKEN_VALUES = [
    (
        "config.json",
        {"model_type": "gpt2"},
        r"BertForSequenceClassification \(gpt2\) is not supported; supported are BertFor\w+ \(bert\), Deb",
    ),
    ("config.json", {"architectures": ["BertModel"]}, r"config.json: BertModel \(bert\) is not supported"),
    ("config.json", {"architectures": []}, r"config.json: no architecture \(bert\) is not supported"),
    (
        "config.json",
        {"id2label": {"0": "no", "1": "yes", "2": "?"}},
        "config.json: the model has 3 labels; a cross-encoder .* has one",
    ),
    ("config.json", {"id2label": None}, "config.json: the model has 2 labels"),
    ("config.json", {"num_labels": 2}, "config.json: the model has 2 labels"),
    (
        "config.json",
        {"max_position_embeddings": "512"},
        r"config.json: Expected `int`, got `str` - at `\$.max_position_embeddings`",
    ),
    ("config.json", {"max_position_embeddings": 4000}, "model.onnx: ONNX Runtime cannot run the graph: "),
    ("tokenizer_config.json", {"model_max_length": 0}, "max_position_embeddings and model_max_length leave 0 tokens"),
    ("tokenizer.json", {"post_processor": None}, "tokenizer.json: its post_processor puts no special token between"),
]


@pytest.mark.parametrize(("file", "values", "message"), BROKEN_VALUES)
def test_a_wrong_value_is_named(folder, change, file, values, message):
    (folder / "model.safetensors").unlink()
    change(file, **values)
    change("tokenizer_config.json", model_max_length=values.get("model_max_length", 10**6))
    with pytest.raises(ModelError, match=message) as told:
        open_scorer(folder, Model(max_tokens=4000, precision="fp32"))
    assert str(folder) in str(told.value)


def test_there_is_no_such_folder(tmp_path):
    with pytest.raises(ModelError, match="absent: there is no such model folder"):
        Checkpoint.read(tmp_path / "absent")


def test_weights_alone_are_a_checkpoint(folder):
    assert Checkpoint.read(folder).buildable
    (folder / "onnx" / "model.onnx").unlink()
    checkpoint = Checkpoint.read(folder)
    assert checkpoint.buildable
    assert checkpoint.graphs == {}
    with pytest.raises(ModelError, match=r"there is no auto graph; there is none but that to be built of its weights"):
        checkpoint.graph("auto")


def test_a_graph_alone_is_a_checkpoint(folder):
    (folder / "model.safetensors").unlink()
    checkpoint = Checkpoint.read(folder)
    assert not checkpoint.buildable
    assert checkpoint.graph("auto").precision == "fp32"


def test_options_that_no_graph_is_built_for_need_one_that_is_there(folder, change):
    change(hidden_act="relu")
    assert not Checkpoint.read(folder).buildable
    (folder / "onnx" / "model.onnx").unlink()
    with pytest.raises(
        ModelError, match=r'and none can be built: .*config.json: hidden_act is "relu"; a graph is built for "gelu"'
    ):
        Checkpoint.read(folder)


def test_neither_graph_nor_weights(folder):
    (folder / "onnx" / "model.onnx").unlink()
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"tiny-bert: there is no ONNX graph, .*: there is neither model.safetensors nor"):
        Checkpoint.read(folder)


def test_a_digest_of_weights_changes_with_what_decides_a_score(folder, change):
    checkpoint = Checkpoint.read(folder)
    digests = [checkpoint.digest_of_weights()]
    (folder / "README.md").write_text("does not matter")
    assert digests == [checkpoint.digest_of_weights()]
    change(layer_norm_eps=1e-5)
    digests.append(checkpoint.digest_of_weights())
    (folder / "model.safetensors").write_bytes(b"others")
    digests.append(checkpoint.digest_of_weights())
    checkpoint.tokenizer.write_bytes(b"{}")
    digests.append(checkpoint.digest_of_weights())
    assert len(set(digests)) == 4


def test_there_is_no_graph_of_that_precision(folder):
    with pytest.raises(ModelError, match=r"tiny-bert: there is no fp16 graph; there is onnx/model.onnx \(fp32\)"):
        open_scorer(folder, Model(precision="fp16"))
