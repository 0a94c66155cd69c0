"""What infinity and Text Embeddings Inference publish of their speed: of other machines and other work, so no ratios.

No figure of a reranker on CPU was found of either. Those that come closest are embeddings; looked up in November 2026.
"""

from searchrerank.bench.report import Table

__all__ = ["PUBLISHED"]

_INFINITY = "https://github.com/michaelfeil/infinity/blob/main/docs/docs/benchmarking.md"
_TEI = "https://github.com/huggingface/text-embeddings-inference/blob/main/README.md"

PUBLISHED = Table(
    "What infinity and TEI publish, of other machines",
    ("", "what", "figure", "machine", "source"),
    (
        (
            "infinity-optimum-int8",
            "embeddings, BAAI/bge-small-en-v1.5, 10 requests of 256 sentences / 115_000 tokens each",
            "100.490 s, 0.10 requests/s",
            "CPU-only, Intel Cascade Lake, GCP g2-standard-16",
            _INFINITY,
        ),
        ("infinity-optimum (onnx)", "the same", "125.342 s, 0.08 requests/s", "the same", _INFINITY),
        (
            "huggingface/TEI (candle)",
            "the same, by infinity's authors, TEI 0.6",
            "1104.357 s, 0.009 requests/s",
            "the same",
            _INFINITY,
        ),
        (
            "TEI",
            "embeddings, BAAI/bge-base-en-v1.5, 512 tokens",
            "plots without numbers",
            "Nvidia A10",
            _TEI,
        ),
    ),
    "As they stand there. No figure of a reranker on CPU was found of either project: these are embeddings.",
)
