"""What clients may call a model, and what they may not."""

import pytest

from searchrerank.api.names import ModelNames, public_name
from searchrerank.errors import UnknownModelError

NAMES = ModelNames(
    {
        "searchrerank-mini-en": ("searchrerank-mini-en", "rerank-v3.5", "default-*"),
        "bge-reranker-base": ("BAAI/bge-reranker-base", "rerank-*"),
        "ours": ("/models/ours", "*-ours", "-not-ours"),
    }
)


@pytest.mark.parametrize(
    ("asked", "model"),
    [
        (None, "searchrerank-mini-en"),
        ("", "searchrerank-mini-en"),
        ("searchrerank-mini-en", "searchrerank-mini-en"),
        ("Searchrerank-Mini-EN", "searchrerank-mini-en"),
        ("mini", "searchrerank-mini-en"),
        ("rerank-v3.5", "searchrerank-mini-en"),
        ("default-", "searchrerank-mini-en"),
        ("rerank-v4.0", "bge-reranker-base"),
        ("bge-reranker-base", "bge-reranker-base"),
        ("baai/BGE-reranker-base", "bge-reranker-base"),
        ("@cf/baai/bge-reranker-base", "bge-reranker-base"),
        ("/models/ours", "ours"),
        ("ours", "ours"),
        ("all-ours", "ours"),
    ],
)
def test_a_name_that_is_known(asked, model):
    assert NAMES.find(asked) == model


@pytest.mark.parametrize("asked", ["not-ours", "other", "*", "mxbai-base", "rerank", "x" * 1000])
def test_a_name_that_is_not(asked):
    with pytest.raises(UnknownModelError, match="there is searchrerank-mini-en, bge-reranker-base, ours") as told:
        NAMES.find(asked)
    assert len(str(told.value)) < 250


@pytest.mark.parametrize(
    ("configured", "public"),
    [
        ("mini", "searchrerank-mini-en"),
        ("BAAI/bge-reranker-base", "bge-reranker-base"),
        ("someone/reranker", "someone/reranker"),
        ("/models/ours/", "ours"),
        ("./ours", "ours"),
        ("~/ours", "ours"),
        ("constant", "constant"),
    ],
)
def test_public_names(configured, public):
    assert public_name(configured) == public
