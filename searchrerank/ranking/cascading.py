"""Two models' logits as one list: a small model's for the whole window, a large model's for the best of it."""

import math
from collections.abc import Mapping, Sequence

__all__ = ["cascaded"]


def cascaded(first: Sequence[float | None], second: Mapping[int, float]) -> list[float | None]:
    """The hits' logits in the order of `first`, all of `second` above all others, which keep the order of `first`.

    first: the small model's, None for a hit that it did not score. second: hit → the large model's logit, as it is returned.

    The two are on different scales. So a logit of the small model stands as it is only where it is below what must be above
    it; else it is the next lower number to that, which no reader can tell apart, but every comparison can. A hit that the
    large model has not seen is therefore never shown as better than either model says.
    """
    joined = [second.get(index, logit) for index, logit in enumerate(first)]
    rest = [(logit, index) for index, logit in enumerate(first) if logit is not None and index not in second]
    ceiling, above = min(second.values(), default=math.inf), math.inf
    for logit, index in sorted(rest, key=lambda each: each[0], reverse=True):
        if logit < above:
            ceiling, above = min(math.nextafter(ceiling, -math.inf), logit), logit
        joined[index] = ceiling
    return joined
