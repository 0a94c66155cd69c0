"""Dialects: how each engine spells a search and its answer. Pure: bytes and values in, bytes and values out."""

from searchrerank.dialects.protocol import Dialect, Passed, Plan, Refused, Window

__all__ = ["Dialect", "Passed", "Plan", "Refused", "Window"]
