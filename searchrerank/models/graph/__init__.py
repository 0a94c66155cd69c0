"""Graphs for the CPU, built from a checkpoint's weights with numpy and onnx alone. docs/graphs.md says what was gained."""

from searchrerank.models.graph.build import build_graph, buildable, obstacle, save_graph, understood
from searchrerank.models.graph.weights import INDEX, SINGLE, weight_files

__all__ = ["INDEX", "SINGLE", "build_graph", "buildable", "obstacle", "save_graph", "understood", "weight_files"]
