import pytest

from searchrerank.errors import ModelError
from searchrerank.models.selection import select

BASE = {"config.json", "tokenizer.json"}
OTHERS = {"README.md", ".gitattributes", "model.safetensors", "pytorch_model.bin", "vocab.txt", "onnx/model_q4.onnx"}


@pytest.mark.parametrize(
    ("published", "precision", "chosen"),
    [
        ({"onnx/model.onnx", "onnx/model_quantized.onnx"}, "fp32", {"onnx/model.onnx"}),
        ({"onnx/model.onnx", "onnx/model_quantized.onnx"}, "int8", {"onnx/model_quantized.onnx"}),
        ({"onnx/model.onnx", "onnx/model_fp16.onnx"}, "fp16", {"onnx/model_fp16.onnx"}),
        ({"onnx/model.onnx", "onnx/model_quantized.onnx"}, "auto", {"onnx/model.onnx"}),
        ({"onnx/model_fp16.onnx", "onnx/model_int8.onnx"}, "auto", {"onnx/model_fp16.onnx"}),
        ({"onnx/model_int8.onnx"}, "auto", {"onnx/model_int8.onnx"}),
        ({"model.onnx"}, "auto", {"model.onnx"}),
        ({"onnx/model.onnx", "model.onnx"}, "auto", {"onnx/model.onnx"}),
        ({"onnx/model.onnx", "onnx/model.onnx_data"}, "fp32", {"onnx/model.onnx", "onnx/model.onnx_data"}),
        ({"model.onnx", "model.onnx.data"}, "fp32", {"model.onnx", "model.onnx.data"}),
        (
            {
                "onnx/model.onnx",
                "onnx/model.onnx_data",
                "onnx/model.onnx_data_1",
                "onnx/model_fp16.onnx_data",
                "model.onnx_data",
            },
            "fp32",
            {"onnx/model.onnx", "onnx/model.onnx_data", "onnx/model.onnx_data_1"},
        ),
    ],
)
def test_the_graph_of_a_precision_comes_with_its_external_data(published: set[str], precision, chosen: set[str]):
    assert select("a/b", BASE | OTHERS | published, precision, buildable=False) == BASE | chosen


def test_tokenizer_settings_come_where_they_are_published():
    extra = {"tokenizer_config.json", "special_tokens_map.json"}
    assert select("a/b", BASE | OTHERS | extra | {"model.onnx"}, "auto", buildable=False) == BASE | extra | {"model.onnx"}


@pytest.mark.parametrize("name", ["model_quint8_avx2", "model_qint8_avx512_vnni", "model_qint8_arm64", "model_uint8"])
def test_an_int8_file_named_after_a_cpu_will_do(name: str):
    assert f"onnx/{name}.onnx" in select("a/b", BASE | {f"onnx/{name}.onnx"}, "int8", buildable=False)


def test_a_precision_that_is_not_published_is_an_error_that_says_what_is():
    with pytest.raises(ModelError, match=r"^a/b has no ONNX file for precision int8 \(it has onnx/model.onnx\)$"):
        select("a/b", BASE | {"onnx/model.onnx"}, "int8", buildable=False)


SHARDS = {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}
INDEX = "model.safetensors.index.json"


@pytest.mark.parametrize(
    ("published", "precision", "chosen"),
    [
        ({"model.safetensors", "onnx/model.onnx"}, "auto", {"model.safetensors"}),
        ({"model.safetensors", "onnx/model.onnx"}, "fp32", {"model.safetensors"}),
        ({"model.safetensors"}, "auto", {"model.safetensors"}),
        ({"model.safetensors", "onnx/model_quantized.onnx"}, "int8", {"onnx/model_quantized.onnx"}),
        ({"model.safetensors", "onnx/model.onnx"}, "int8", {"model.safetensors"}),
        ({"model.safetensors", "onnx/model_fp16.onnx"}, "fp16", {"onnx/model_fp16.onnx"}),
        ({INDEX, *SHARDS, "onnx/model.onnx", "adapter.safetensors"}, "auto", {INDEX, *SHARDS}),
        ({"model.safetensors", INDEX, *SHARDS}, "auto", {"model.safetensors"}),
        ({"pytorch_model.bin", "onnx/model.onnx"}, "auto", {"onnx/model.onnx"}),
    ],
)
def test_weights_to_build_from_come_before_a_graph(published: set[str], precision, chosen: set[str]):
    assert select("a/b", BASE | published, precision, buildable=True) == BASE | chosen


def test_fp16_is_not_built():
    with pytest.raises(ModelError, match=r"^a/b has no ONNX file for precision fp16 \(it has none at all\)$"):
        select("a/b", BASE | {"model.safetensors"}, "fp16", buildable=True)


def test_weights_of_an_architecture_that_is_not_built_are_an_error_without_onnx():
    with pytest.raises(ModelError, match=r"^a/b has no ONNX file for precision auto \(it has none at all\)$"):
        select("a/b", BASE | {"model.safetensors"}, "auto", buildable=False)


def test_a_repository_without_a_fast_tokenizer_is_an_error():
    with pytest.raises(ModelError, match=r"^a/b has no config.json and no tokenizer.json"):
        select("a/b", {"onnx/model.onnx"}, "auto", buildable=False)
