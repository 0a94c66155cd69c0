"""The model that ships with the package."""

from searchrerank.config import Model
from searchrerank.scoring import open_scorer


async def test_ranks_a_relevant_passage_first(scorer):
    about = {
        "how do volcanoes form": "Magma rises through the crust, and a volcano builds up around the vent.",
        "stock market crash of 1929": "Share prices in New York collapsed in October 1929; the Depression followed.",
        "what does the heart do": "The heart pumps blood through the body, sending oxygen and nutrients to the tissues.",
    }
    passages = list(about.values())
    for query, relevant in about.items():
        logits = await scorer.score(query, passages)
        assert max(zip(logits, passages, strict=True))[1] == relevant


async def test_two_loads_score_alike(scorer, bundled, passages):
    once = await scorer.score("how do volcanoes form", passages)
    other = open_scorer(bundled, Model(threads=1))
    assert await other.score("how do volcanoes form", passages) == once
    await other.close()
