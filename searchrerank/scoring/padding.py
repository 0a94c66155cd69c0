"""How far a pair is padded: as its own length says, so that nothing else decides its logit."""

from dataclasses import dataclass

__all__ = ["Padding", "fitting", "power_of_two"]

_TOKENS_A_CALL = 512
"""Beyond it, a call gains nothing more by being longer: what it costs besides its tokens is small by then."""

_SCORES_A_CALL = 40_000
"""Of each head. Beyond it, a call gets slower: of its activations these grow fastest, and they leave a core's cache."""

_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Padding:
    """Pairs become a multiple of `step` tokens long, so that more of them share calls, but no longer than `longest` for it."""

    step: int = 1
    longest: int = _LONGEST

    def width(self, tokens: int) -> int:
        """The length of a pair of so many tokens, padding included."""
        return max(tokens, min(-(-tokens // self.step) * self.step, self.longest))


def fitting(width: int) -> int:
    """How many pairs of this length fit into a call, at least one."""
    return max(1, min(_TOKENS_A_CALL // width, _SCORES_A_CALL // width**2))


def power_of_two(most: int) -> int:
    """The greatest that is no more than `most`, 1 or more: how many pairs share a call, so that there are few shapes of calls.

    A runtime may prepare, and remember, something for each; and each can be tried before it is relied on.
    """
    return 1 << (most.bit_length() - 1)
