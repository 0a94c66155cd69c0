"""The story of a template: the engine renders it, and what it comes to is planned like any other search."""

from searchrerank.dialects import EvaluationPlan, ManyPlan, Passed, Plan, Refused, Unrendered
from searchrerank.errors import BodyTooLargeError
from searchrerank.message import Request
from searchrerank.proxy.services import Services
from searchrerank.server.encoding import EncodingError, decode
from searchrerank.together import together

__all__ = ["render"]


async def render(unrendered: Unrendered, services: Services) -> Plan | ManyPlan | EvaluationPlan | Refused | Passed:
    """Have every template rendered, and plan what they give. Raises UpstreamError where the engine cannot be asked."""
    return unrendered.planned(await together(_rendered(question, services) for question in unrendered.renderings))


async def _rendered(question: Request, services: Services) -> bytes | None:
    """The search that a template gives. What the engine says of one that gives none, it says to the client's own request."""
    try:
        answer = await services.upstream.send(question, limit=services.limit)
        body = decode(answer.body, answer.headers.get("content-encoding"), services.limit)
    except (BodyTooLargeError, EncodingError):
        return None
    return services.dialect.rendered(body) if answer.status == 200 else None
