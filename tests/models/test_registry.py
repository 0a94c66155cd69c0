import pytest

from searchrerank.models import BUNDLED, MODELS, find
from searchrerank.models.registry import nearest


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("searchrerank-mini-en", "searchrerank-mini-en"),
        ("mixedbread-ai/mxbai-rerank-xsmall-v1", "mxbai-rerank-xsmall-v1"),
        ("mxbai-rerank-base", "mxbai-rerank-base-v1"),
        ("@cf/baai/bge-reranker-base", "bge-reranker-base"),
        ("baai/bge-reranker-base", "bge-reranker-base"),
        ("BAAI/BGE-Reranker-Large", "bge-reranker-large"),
        ("BAAI/bge-reranker-v2-m3", "bge-reranker-v2-m3"),
        ("ms-marco-MiniLM-L-6-v2", "ms-marco-MiniLM-L6-v2"),
        ("cross-encoder/ms-marco-minilm-l-6-v2", "ms-marco-MiniLM-L6-v2"),
    ],
)
def test_a_model_is_found_by_each_of_its_names_in_any_case(name: str, known: str):
    model = find(name)
    assert model is not None
    assert model.name == known


def test_no_name_means_two_models():
    names = [
        name.lower()
        for model in MODELS
        for name in {model.name, *model.aliases, *([model.repository] if model.repository else [])}
    ]
    assert sorted(names) == sorted(set(names))


def test_only_the_bundled_model_is_on_no_hub():
    assert [model.name for model in MODELS if model.repository is None] == [BUNDLED]


def test_an_unknown_name_is_not_found():
    assert find("bge-reranker-tiny") is None


def test_the_nearest_names_come_best_first():
    assert nearest("bge-reranker-bse")[0] == "bge-reranker-base"
    assert nearest("zzzzzz") == []
