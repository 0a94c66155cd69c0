"""No two pairs share a key, and a pair has one key wherever it is asked for."""

from hypothesis import given
from hypothesis import strategies as st

from searchrerank.scoring.cache.keys import KEY_BYTES, pair_keys

TEXTS = st.text(st.characters(), max_size=4)


@given(st.tuples(TEXTS, TEXTS, TEXTS), st.tuples(TEXTS, TEXTS, TEXTS))
def test_pairs_are_told_apart(one, other):
    keys = [
        pair_keys(identity.encode("utf-16", "replace").hex(), query, [passage])[0] for identity, query, passage in (one, other)
    ]
    same = one[1:] == other[1:] and one[0].encode("utf-16", "replace") == other[0].encode("utf-16", "replace")
    assert (keys[0] == keys[1]) == same


def test_what_moves_over_a_border_changes_the_key():
    keys = {
        pair_keys(*parts[:2], [parts[2]])[0]
        for parts in (("ab", "c", "d"), ("a", "bc", "d"), ("a", "b", "cd"), ("", "abc", "d"))
    }
    assert len(keys) == 4


def test_lone_surrogates_are_not_what_they_are_read_as():
    assert len(set(pair_keys("m", "q", ["\ud800", "\udfff", "\ufffd", "\ud83d\ude00", "😀"]))) == 5


def test_a_key_does_not_depend_on_the_company():
    both = pair_keys("m", "q", ["one", "two"])
    assert both == [*pair_keys("m", "q", ["one"]), *pair_keys("m", "q", ["two"])]
    assert {len(key) for key in both} == {KEY_BYTES}


def test_keys_stay_what_they_are():
    """Replicas of different releases share them."""
    assert pair_keys("sha256:0:512", "what is a cat", ["A cat is an animal."])[0].hex() == "d688e7031841cd021fefcc00731a6ba2"
