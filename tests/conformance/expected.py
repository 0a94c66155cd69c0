"""What is known beforehand: where the reranking proxy differs by design, and which tests make up the default run's slice."""

import re

CHANGED_BY_DESIGN = re.compile(r"body \$\.hits\.hits\[\d+\]\._explanation\b.*")
"""Besides scores, what differs in a reranked answer: where a search asks to explain, the reranking is explained too."""

SCORES_SEEN = {
    "search/190_index_prefix_search/search with index prefixes": (
        "matches `hits.max_score` and `_score` with 1, the score of a constant query; the constant scorer gives 0.5"
    ),
}
"""Tests that fail through the reranking proxy alone, each with the reason. No others may, and these must."""

SLICE = {
    "bulk/10_basic",
    "count",
    "explain",
    "get",
    "index/10_with_id",
    "index/90_flat_object",
    "msearch",
    "scroll/20_keep_alive",
    "search.highlight/10_unified",
    "search.inner_hits/20_highlighting",
    "search/190_index_prefix_search",
    "search/200_index_phrase_search",
    "search/20_default_values",
    "search/220_total_hits_object",
    "search/300_sequence_numbers",
    "search/350_matched_queries",
    "search/360_from_and_size",
    "search/50_multi_match",
    "search/60_query_string",
    "search/70_response_filtering",
    "update/60_refresh",
}
"""Folders and files, chosen for requests of every kind and for searches that are reranked."""
