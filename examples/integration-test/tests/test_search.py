"""What the service promises, on every engine."""

from article_search import create_app
from fastapi.testclient import TestClient

from searchrerank.testing import Endpoint, ProxyFactory

QUESTION = "How long does charging a battery take?"


def titles(service: TestClient, question: str) -> list[str]:
    answer = service.get("/search", params={"question": question})
    return [found["title"] for found in answer.raise_for_status().json()]


def test_the_article_with_the_answer_comes_first(plain: TestClient, reranked: TestClient) -> None:
    assert titles(plain, QUESTION)[0] == "Battery"
    assert titles(reranked, QUESTION)[0] == "Charging"
    assert sorted(titles(reranked, QUESTION)) == sorted(titles(plain, QUESTION))


def test_the_proxy_changes_no_order_by_itself(plain: TestClient, engine: Endpoint, rerank_proxy: ProxyFactory) -> None:
    proxy = rerank_proxy(engine, model="constant")
    with TestClient(create_app(proxy.url)) as service:
        assert titles(service, QUESTION) == titles(plain, QUESTION)


def test_what_is_added_through_the_proxy_is_found(plain: TestClient, reranked: TestClient) -> None:
    bread = {"title": "Bread", "text": "Bread is made of flour, water and salt."}
    assert reranked.post("/articles", json=[bread]).json() == 1
    assert titles(plain, "What is bread made of?")[0] == "Bread"
    assert titles(reranked, "What is bread made of?")[0] == "Bread"


def test_the_engine_is_reached(reranked: TestClient) -> None:
    assert reranked.get("/engine").json().startswith("opensearch ")
