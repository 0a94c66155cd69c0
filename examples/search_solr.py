"""A search application on pysolr. Usage: search_solr.py URL QUESTION, where URL has a core (or collection) named `example`."""

import sys

import pysolr

# From Wikipedia, through XQuAD (CC BY-SA 4.0).
SENTENCES = [
    "The most useful instrument for analyzing the performance of steam engines is the steam engine indicator.",
    "Early versions were in use by 1851, but the most successful indicator was developed for Charles Porter.",
    "The engine indicator can also be used on internal combustion engines.",
    "It was routinely used by engineers, mechanics and insurance inspectors.",
]


def main(url: str, question: str) -> None:
    """Index a few sentences, ask a question, print the answers."""
    engine = pysolr.Solr(f"{url}/solr/example")
    engine.add([{"id": str(number), "text_t": text} for number, text in enumerate(SENTENCES)], commit=True)
    found = engine.search(question, defType="edismax", qf="text_t", mm=1, fl="text_t,score")
    for document in found:
        print(f"{document['score']:.3f}  {document['text_t']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
