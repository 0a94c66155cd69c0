"""The models searchrerank knows by name, and the other names people call them by."""

import difflib
from dataclasses import dataclass

__all__ = ["BUNDLED", "MODELS", "KnownModel", "find", "nearest"]

BUNDLED = "searchrerank-mini-en"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A cross-encoder with one label.

    repository: on the hub, `organisation/name`; None for the model that ships with searchrerank.
    revision: a branch, tag or commit of the repository.
    parameters: how many weights. size: bytes on disk, approximate; in fp32 but for the bundled model, which is int8.
    licence: the SPDX identifier.
    """

    name: str
    repository: str | None
    languages: str
    parameters: int
    size: int
    licence: str
    aliases: tuple[str, ...] = ()
    revision: str = "main"


def _fp32(millions: float) -> tuple[int, int]:
    parameters = int(millions * 1_000_000)
    return parameters, 4 * parameters


# Where a repository has safetensors, a graph is built of them; what follows is of the ONNX files beside.
# Which files each repository holds is asked of the hub at the time of the pull; `selection` chooses among them by name.
# What could be confirmed in public code that fetches them is noted here, so that a failed pull can be judged.
MODELS: tuple[KnownModel, ...] = (
    KnownModel(BUNDLED, None, "English", 22_700_000, 23_694_594, "Apache-2.0", ("mini", "mini-en")),
    # Confirmed: onnx/model.onnx, onnx/model_quantized.onnx, tokenizer.json; not confirmed: the same int8 name for base, large.
    KnownModel(
        "mxbai-rerank-xsmall-v1",
        "mixedbread-ai/mxbai-rerank-xsmall-v1",
        "English",
        *_fp32(70.8),
        "Apache-2.0",
        ("mxbai-rerank-xsmall", "mxbai-xsmall"),
    ),
    KnownModel(
        "mxbai-rerank-base-v1",
        "mixedbread-ai/mxbai-rerank-base-v1",
        "English",
        *_fp32(184.4),
        "Apache-2.0",
        ("mxbai-rerank-base", "mxbai-base"),
    ),
    # Confirmed: onnx/model.onnx.
    KnownModel(
        "mxbai-rerank-large-v1",
        "mixedbread-ai/mxbai-rerank-large-v1",
        "English",
        *_fp32(435.1),
        "Apache-2.0",
        ("mxbai-rerank-large", "mxbai-large"),
    ),
    # Confirmed: onnx/model.onnx of 1 112 459 588 bytes in one file. No int8 file was seen; the conversion under Xenova has one.
    KnownModel(
        "bge-reranker-base",
        "BAAI/bge-reranker-base",
        "English, Chinese",
        *_fp32(278.0),
        "MIT",
        ("@cf/baai/bge-reranker-base",),
    ),
    # Confirmed: onnx/model.onnx. At 2.2 GB it is past protobuf's limit, so its weights are external data beside it.
    KnownModel("bge-reranker-large", "BAAI/bge-reranker-large", "English, Chinese", *_fp32(559.9), "MIT"),
    # BAAI publishes no ONNX file of this one: its graph is built from model.safetensors. Not confirmed: that this is one file.
    KnownModel("bge-reranker-v2-m3", "BAAI/bge-reranker-v2-m3", "multilingual", *_fp32(567.8), "Apache-2.0"),
    # Confirmed: onnx/model.onnx of 91 MB, onnx/model_quint8_avx2.onnx, tokenizer.json; not confirmed: the VNNI and Arm files.
    KnownModel(
        "ms-marco-MiniLM-L6-v2",
        "cross-encoder/ms-marco-MiniLM-L6-v2",
        "English",
        *_fp32(22.7),
        "Apache-2.0",
        ("ms-marco-MiniLM-L-6-v2", "cross-encoder/ms-marco-MiniLM-L-6-v2"),
    ),
)


def _names(model: KnownModel) -> tuple[str, ...]:
    return (model.name, *model.aliases, *([model.repository] if model.repository else []))


_BY_NAME = {name.lower(): model for model in MODELS for name in _names(model)}


def find(name: str) -> KnownModel | None:
    """The model that is called so: its name, an alias or its hub repository, in any case. None when nothing is."""
    return _BY_NAME.get(name.lower())


def nearest(name: str) -> list[str]:
    """Known models whose names look most like this one, best first; at most three, none when nothing is near."""
    close = difflib.get_close_matches(name.lower(), _BY_NAME, n=6, cutoff=0.5)
    return list(dict.fromkeys(_BY_NAME[key].name for key in close))[:3]
