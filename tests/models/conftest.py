"""A hub with one model of the tests' own, and a process that knows no other hub, no token and no cache."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import close_session
from models.hub import Hub, Repository, serving
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from searchrerank.models import hub as client

NAME = "someone/tiny"
GRAPH = "onnx/model.onnx"
CONFIG = {
    "architectures": ["BertForSequenceClassification"],
    "model_type": "bert",
    "max_position_embeddings": 64,
    "id2label": {"0": "LABEL_0"},
}


def tiny_files() -> dict[str, bytes]:
    noise = random.Random(7).randbytes
    return {
        "README.md": b"# A model of the tests' own\n",
        "config.json": json.dumps(CONFIG).encode(),
        "tokenizer.json": Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]")).to_str().encode(),
        "tokenizer_config.json": b'{"model_max_length": 64}',
        "special_tokens_map.json": b'{"unk_token": "[UNK]"}',
        "model.safetensors": noise(100),
        GRAPH: noise(300_000),
        "onnx/model_quantized.onnx": noise(90_000),
    }


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def hub(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HF_TOKEN", "HF_OIDC_RESOURCE", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "AGENT_HARNESSES_PATH", str(tmp_path / "agents"))
    monkeypatch.setattr(client, "PAUSE", 0)
    with serving(Hub(repositories={NAME: Repository(tiny_files())})) as hub:
        for name, value in {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "home"),
            "SEARCHRERANK_MODELS": str(models),
            "NO_PROXY": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        close_session()  # the library keeps one client, with the proxies and connections of the test before
        yield hub
        close_session()
