"""Invariant: pieces are parts of the text as it stands, from its beginning and in order, and none is longer than it may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.api.pieces import Cut, joined
from searchrerank.api.protocol import Call
from searchrerank.scoring.windows import windows


def call(**options):
    return Call(None, ("q",), ("t",), **options)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, None),
        ({"max_tokens": 90}, None),
        ({"max_tokens": 4096}, None),
        ({"max_pair_tokens": 100}, None),
        ({"max_tokens": 40}, Cut(40, 40, 1, 1)),
        ({"max_tokens": 80}, Cut(80, 40, 2, 2)),
        ({"max_tokens": 81}, Cut(81, 40, 2, 2)),
        ({"max_pair_tokens": 50}, Cut(40, 40, 1, 1)),
        ({"max_pair_tokens": 10}, Cut(1, 1, 1, 1)),
        ({"max_pair_tokens": 50, "max_tokens": 30}, Cut(30, 30, 1, 1)),
        ({"max_chunks": 3}, Cut(90, 45, 2, 6)),
        ({"max_chunks": 3, "max_tokens": 180}, Cut(90, 45, 2, 4)),
        ({"max_chunks": 3, "max_tokens": 30}, Cut(30, 30, 1, 1)),
    ],
)
def test_how_a_call_wants_its_texts_cut(options, expected):
    assert Cut.of(call(**options), beside=10, limit=100) == expected


def test_a_long_query_leaves_half():
    assert Cut.of(call(max_chunks=2), beside=101, limit=100) == Cut(48, 24, 2, 4)


@given(st.text("ab \n", max_size=60), st.integers(1, 9), st.integers(1, 3), st.integers(1, 6))
def test_pieces_are_parts_of_the_text(text, size, together, most):
    """A token is a character here that is no space."""
    tokens = [place for place, character in enumerate(text) if not character.isspace()]
    cuts = windows(len(tokens), lambda token: text[tokens[token] - 1].isspace(), tokens=size, stride=size, most=most)
    parts = [text[tokens[start] : tokens[end - 1] + 1] for start, end in cuts] or [text]
    pieces = joined(text, parts, together)
    assert len(pieces) == -(-len(parts) // together)
    at = 0
    for piece in pieces:
        assert sum(not character.isspace() for character in piece) <= size * together
        at = text.index(piece, at) + len(piece)
    whole = "".join("".join(pieces).split())
    assert "".join(text.split()).startswith(whole)
    assert len(whole) == sum(len("".join(part.split())) for part in parts)
