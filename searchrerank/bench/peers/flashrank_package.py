"""FlashRank's own Ranker on a model in a folder, at its defaults: all passages in one batch, padded to the longest.

It reads models from a cache of its own and knows them by name, so the folder is laid out as one of them. It feeds a graph
`token_type_ids` wherever one is not 0, whether or not the graph takes them; for a graph that does not (DeBERTa's), the
tokenizer is repackaged to give zeros, without which it could not run at all.
"""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime  # type: ignore[import-untyped]  # the wheel carries neither stubs nor py.typed
from flashrank import Ranker, RerankRequest
from flashrank.Config import model_file_map

from searchrerank.bench.peers.call import Call, logit_of

__all__ = ["load"]

_NAME = "benchmark"


def load(folder: Path, graph: Path, *, threads: int | None, max_tokens: int) -> Call:  # noqa: ARG001 - it cannot be told
    """threads: it cannot be told; it takes a thread for each physical core."""
    cache = Path(tempfile.mkdtemp(prefix="searchrerank-flashrank-"))
    _lay_out(cache / _NAME, folder, graph)
    model_file_map[_NAME] = graph.name
    ranker = Ranker(model_name=_NAME, cache_dir=str(cache), max_length=max_tokens, log_level="WARNING")

    def score(query: str, passages: Sequence[str]) -> list[float]:
        numbered: list[dict[str, Any]] = [{"id": index, "text": text} for index, text in enumerate(passages)]
        ranked = ranker.rerank(RerankRequest(query, numbered))
        return [logit_of(float(each["score"])) for each in sorted(ranked, key=lambda each: each["id"])]

    return score


def _lay_out(target: Path, folder: Path, graph: Path) -> None:
    target.mkdir()
    for path in (*graph.parent.glob(f"{graph.name}*"), folder / "config.json", folder / "tokenizer_config.json"):
        (target / path.name).symlink_to(path)
    tokens = folder / "special_tokens_map.json"
    (target / tokens.name).write_bytes(tokens.read_bytes() if tokens.is_file() else b"{}")
    tokenizer = json.loads((folder / "tokenizer.json").read_bytes())
    if "token_type_ids" not in _inputs(graph):
        tokenizer["post_processor"] = _without_types(tokenizer["post_processor"])
    (target / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")


def _inputs(graph: Path) -> set[str]:
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    return {each.name for each in session.get_inputs()}


def _without_types(node: Any) -> Any:
    """A post-processor of `tokenizers` in which every token is of the type 0."""
    if isinstance(node, dict):
        return {key: 0 if key == "type_id" else _without_types(value) for key, value in node.items()}
    return [_without_types(each) for each in node] if isinstance(node, list) else node
