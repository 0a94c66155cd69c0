"""A search application on elasticsearch-py. Usage: search_elasticsearch.py URL QUESTION."""

import sys

from elasticsearch import Elasticsearch

# From Wikipedia, through XQuAD (CC BY-SA 4.0).
SENTENCES = [
    "The most useful instrument for analyzing the performance of steam engines is the steam engine indicator.",
    "Early versions were in use by 1851, but the most successful indicator was developed for Charles Porter.",
    "The engine indicator can also be used on internal combustion engines.",
    "It was routinely used by engineers, mechanics and insurance inspectors.",
]


def main(url: str, question: str) -> None:
    """Index a few sentences, ask a question, print the answers."""
    with Elasticsearch(url) as engine:
        actions = ({"index": {"_index": "example", "_id": str(number)}} for number in range(len(SENTENCES)))
        lines = [line for action, text in zip(actions, SENTENCES, strict=True) for line in (action, {"text": text})]
        engine.bulk(operations=lines, refresh=True)
        found = engine.search(index="example", query={"match": {"text": question}})
    for hit in found["hits"]["hits"]:
        print(f"{hit['_score']:.3f}  {hit['_source']['text']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
