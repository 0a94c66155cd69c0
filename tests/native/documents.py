"""Documents that every comparison is made on: real sentences, and the odd ones that a reranker meets."""

from searchrerank.evaluation import bundled_collection

QUESTION = "Which team won the Super Bowl and how many points did they score?"
ODD = {
    "no-text": {"title": "Super Bowl points"},
    "empty": {"title": "Super Bowl points", "text": ""},
    "several": {"title": "Super Bowl points", "text": ["A bowl of soup", "The Broncos won the Super Bowl by fourteen points"]},
    "nested": {"title": "Super Bowl points", "text": "Points of a bowl", "more": {"text": "Denver won the Super Bowl"}},
}
MAPPINGS = {
    "properties": {
        "title": {"type": "text", "fields": {"keyword": {"type": "keyword"}}},
        "text": {"type": "text"},
        "number": {"type": "integer"},
    }
}


def real_documents(count=300):
    """Pairs of id and source."""
    return [(each.id, {"title": each.title, "text": each.text}) for each in bundled_collection().documents[:count]]


def fill(engine, index, documents=None):
    """Through the engine's own client: one shard, so that equal scores have one order. Each document has its `number`."""
    body = {"settings": {"number_of_shards": 1, "number_of_replicas": 0}, "mappings": MAPPINGS}
    engine.indices.create(index=index, body=body)
    numbered = enumerate(documents or [*real_documents(), *ODD.items()])
    lines = [
        line
        for number, (key, source) in numbered
        for line in ({"index": {"_index": index, "_id": key}}, {**source, "number": number})
    ]
    assert not engine.bulk(body=lines, refresh=True)["errors"]
