"""Evaluation: judged collections, and how well a search endpoint ranks them."""

from searchrerank.evaluation.collection import Collection, Document, bundled_collection, read_collection
from searchrerank.evaluation.loading import load_collection
from searchrerank.evaluation.measure import Measured, compare, ndcg
from searchrerank.evaluation.searching import Hit, index_collection, search_all

__all__ = [
    "Collection",
    "Document",
    "Hit",
    "Measured",
    "bundled_collection",
    "compare",
    "index_collection",
    "load_collection",
    "ndcg",
    "read_collection",
    "search_all",
]
