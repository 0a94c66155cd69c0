"""From logits to what an answer says. Pure."""

from collections.abc import Sequence

from searchrerank.api.protocol import Call, Outcome
from searchrerank.ranking.score_maps import sigmoid

__all__ = ["outcome"]


def outcome(
    call: Call, logits: Sequence[float], tokens: Sequence[int], *, model: str, identifier: str, created: int
) -> Outcome:
    """What came of a call.

    The order is that of the logits: two that differ may have one sigmoid. Equal ones keep the order of the call.
    """
    order = sorted(range(len(logits)), key=logits.__getitem__, reverse=True)[: call.top]
    scores = logits if call.raw else [sigmoid(logit) for logit in logits]
    return Outcome(scores, order, tokens, model, identifier, created)
