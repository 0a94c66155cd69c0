"""Graphs for the CPU, built from a checkpoint's weights with numpy and onnx alone. docs/graphs.md says what was gained."""

from searchrerank.models.graph.build import build_graph, buildable, save_graph

__all__ = ["build_graph", "buildable", "save_graph"]
