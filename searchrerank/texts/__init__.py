"""Texts: from a search's and a hit's values to what a cross-encoder reads, and from its logits back to the hits'."""

from searchrerank.texts.best_chunks import best_chunks
from searchrerank.texts.chunks import Chunking, chunks
from searchrerank.texts.hit_text import HitText, Part
from searchrerank.texts.html import strip_html
from searchrerank.texts.join import combine, distinct
from searchrerank.texts.markup import Markup
from searchrerank.texts.passages import divided, hit_logits, plain_passages, titled_passages

__all__ = [
    "Chunking",
    "HitText",
    "Markup",
    "Part",
    "best_chunks",
    "chunks",
    "combine",
    "distinct",
    "divided",
    "hit_logits",
    "plain_passages",
    "strip_html",
    "titled_passages",
]
