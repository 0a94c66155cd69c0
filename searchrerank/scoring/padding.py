"""How far a pair is padded: as its own length says, so that nothing else decides its logit. And how many share a call."""

from dataclasses import dataclass

__all__ = ["Padding", "call_size"]

_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Padding:
    """Pairs become a multiple of `step` tokens long, so that more of them share calls, but no longer than `longest` for it.

    tokens: the most of a call. Beyond it, a call gains nothing more by being longer: what it costs besides its tokens is small
    by then. scores: the most that each head of a call has. Beyond it, a call gets slower: these grow fastest of what it holds,
    and leave a core's cache.
    """

    step: int = 1
    longest: int = _LONGEST
    tokens: int = 512
    scores: int = 40_000

    def width(self, tokens: int) -> int:
        """The length of a pair of so many tokens, padding included."""
        return max(tokens, min(-(-tokens // self.step) * self.step, self.longest))

    def fitting(self, width: int) -> int:
        """How many pairs of this length fit into a call, at least one."""
        return max(1, min(self.tokens // width, self.scores // width**2))


def call_size(most: int) -> int:
    """How many pairs share a call where `most` could, 1 or more: a power of two, or thrice one, so that there are few shapes.

    A runtime may prepare, and remember, something for each; and each can be tried before it is relied on.
    """
    power = 1 << (most.bit_length() - 1)
    return power + power // 2 if power > 1 and most >= power + power // 2 else power
