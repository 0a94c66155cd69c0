"""Who is measured: searchrerank as it is configured, and its peers on the files of the same folder."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from searchrerank.errors import ModelError
from searchrerank.models.checkpoint import Checkpoint

__all__ = ["OURS", "PEERS", "REFERENCE", "Contender", "contenders"]

OURS = "searchrerank"
REFERENCE = "sentence-transformers onnx fp32"
"""Whose logits the others are held against: the published graph in full precision."""

Graph = Literal["int8", "fp32"]


@dataclass(frozen=True, slots=True)
class Contender:
    """name: as the tables show it. specification: what its process is told. note: what is run, and how, in one line."""

    name: str
    specification: Mapping[str, Any]
    note: str

    @property
    def is_ours(self) -> bool:
        """Whether it is searchrerank, in whatever precision."""
        return "settings" in self.specification

    @property
    def is_package(self) -> bool:
        """Whether it is another project's package, which may be installed elsewhere."""
        return str(self.specification.get("module", "")).endswith("_package")


@dataclass(frozen=True, slots=True)
class _Peer:
    module: str
    graphs: tuple[Graph, ...]
    note: str


_DOCUMENTED = "its documented call without torch: sorted by length, batches of 32 padded to the longest"

PEERS: Mapping[str, _Peer] = {
    "sentence-transformers onnx": _Peer("onnx_backend", ("int8", "fp32"), f"onnxruntime, {_DOCUMENTED}"),
    "sentence-transformers openvino": _Peer("openvino_backend", ("fp32",), f"OpenVINO, latency hint, {_DOCUMENTED}"),
    "fastembed": _Peer("fastembed_package", ("int8", "fp32"), "the package itself, TextCrossEncoder, batches of 64"),
    "flashrank": _Peer("flashrank_package", ("int8",), "the package itself, Ranker, all passages in one batch"),
}
"""By the name that the tables give them; one contender for each graph."""


def contenders(
    folder: Path,
    *,
    threads: int | None,
    max_tokens: int,
    precisions: Collection[str],
    settings: Mapping[str, str],
    peers: Collection[str] = tuple(PEERS),
) -> list[Contender]:
    """Those that can score the model in `folder`: one of ours for each precision, then each peer with each graph there is.

    threads: None is everyone's own default. settings: of searchrerank, dotted key → text, as its configuration has them.
    Raises ModelError where the folder is no model.
    """
    checkpoint = Checkpoint.read(folder)
    ours = {"model.name": str(folder), "model.max_tokens": str(max_tokens), "model.threads": str(threads or 0), **settings}
    found = [
        Contender(
            OURS if precision == "auto" else f"{OURS} {precision}",
            {"settings": {**ours, "model.precision": precision}},
            f"this version, precision {precision}",
        )
        for precision in precisions
    ]
    for name in peers:
        peer = PEERS[name]
        for graph in peer.graphs if len(checkpoint.graphs) > 1 else tuple(checkpoint.graphs):
            try:
                path = checkpoint.graph(graph).path
            except ModelError:
                continue
            specification = {
                "module": peer.module,
                "folder": str(folder),
                "graph": str(path),
                "threads": threads,
                "max_tokens": max_tokens,
            }
            found.append(Contender(f"{name} {graph}", specification, f"{path.name}: {peer.note}"))
    return found
