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

    Scores have nine digits, enough to tell any two of a model's 32-bit floats apart. OpenSearch's ML Commons fails at a number
    of more than 18 characters (its JSON reader makes a BigDecimal of it), which a double's own digits are.
    """
    order = sorted(range(len(logits)), key=logits.__getitem__, reverse=True)[: call.top]
    scores = [float(f"{logit if call.raw else sigmoid(logit):.9g}") for logit in logits]
    return Outcome(scores, order, tokens, model, identifier, created)
