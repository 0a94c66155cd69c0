"""vLLM: `POST /rerank`, `/v1/rerank` and `/v2/rerank`; `POST /score` and `/v1/score`.

Source: vllm-project/vllm, `entrypoints/pooling/scoring/protocol.py` and `serving.py`, `renderers/params.py`, and
`docs/models/pooling_models/scoring.md`. As pydantic takes them, numbers and booleans may be written as strings.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from searchrerank.api.protocol import Call, Outcome
from searchrerank.api.shapes.answers import STATUSES, json_response, nearest
from searchrerank.api.shapes.bodies import read_body
from searchrerank.api.shapes.openai_errors import openai_failure
from searchrerank.api.shapes.vllm_bodies import (
    Content,
    Input,
    Inputs,
    Options,
    RerankedDocument,
    RerankRequest,
    RerankResponse,
    RerankResult,
    RerankUsage,
    Score,
    ScoreRequest,
    ScoreResponse,
    UsageInfo,
)
from searchrerank.errors import BadCallError, EmptyCallError, MalformedCallError, SearchrerankError, UnknownModelError
from searchrerank.message import Request, Response

__all__ = ["VLLM_RERANK", "VLLM_SCORE", "VllmRerank", "VllmScore"]

_rerank = msgspec.json.Decoder(RerankRequest, strict=False)
_score = msgspec.json.Decoder(ScoreRequest, strict=False)

_PAIRS = (("queries", "documents"), ("queries", "items"), ("data_1", "data_2"), ("text_1", "text_2"))

# Of what vLLM has no word of its own for, the type is HTTP's phrase for the status, as its handler of HTTPException makes it.
_TYPES: Mapping[type[SearchrerankError], str] = {
    SearchrerankError: "",
    BadCallError: "BadRequestError",
    MalformedCallError: "",
    UnknownModelError: "NotFoundError",
}


class _Own(NamedTuple):
    """What the answer needs of the request. documents: as they were sent."""

    identifier: str | None
    documents: Sequence[str | Content]


class VllmRerank:
    """The shape of `/rerank`."""

    name = "vllm-rerank"

    def read(self, request: Request, body: bytes) -> Call:
        """What is asked for. Raises MalformedCallError, EmptyCallError."""
        asked = read_body(_rerank, request, body)
        documents = _listed(asked.documents)
        query = _text(asked.query)
        if not query:
            raise EmptyCallError("query: must not be empty")
        if not documents:
            raise EmptyCallError("At least one text_pair element must be given")
        return Call(
            queries=(query,),
            texts=tuple(map(_text, documents)),
            top=asked.top_n if asked.top_n > 0 else None,
            own=_Own(request.headers.get("x-request-id"), documents),
            **_options(asked),
        )

    def write(self, call: Call, outcome: Outcome) -> Response:
        """The answer."""
        own: _Own = call.own
        tokens = sum(outcome.tokens)
        answer = RerankResponse(
            id=f"rerank-{own.identifier or _hex(outcome.identifier)}",
            model=outcome.model,
            usage=RerankUsage(tokens, tokens),
            results=[RerankResult(index, _shown(own.documents[index]), outcome.scores[index]) for index in outcome.order],
        )
        return json_response(answer)

    def failure(self, error: SearchrerankError, request: Request) -> Response:  # noqa: ARG002  (always JSON)
        """`{"error": {"message", "type", "param", "code"}}`."""
        return _failure(error)


class VllmScore:
    """The shape of `/score`: pairs of one text with each other, or of two lists element by element."""

    name = "vllm-score"

    def read(self, request: Request, body: bytes) -> Call:
        """What is asked for. Raises MalformedCallError, EmptyCallError; BadCallError where the lists do not go together."""
        asked = read_body(_score, request, body)
        first, second = _pair(asked)
        queries, texts = _texts(getattr(asked, first)), _texts(getattr(asked, second))
        if not queries:
            raise EmptyCallError("At least one text element must be given")
        if not texts:
            raise EmptyCallError("At least one text_pair element must be given")
        if len(queries) not in {1, len(texts)}:
            raise BadCallError("Input lengths must be either 1:1, 1:N or N:N")
        if not all(queries):
            raise EmptyCallError(f"{first}: must not be empty")
        identifier = request.headers.get("x-request-id")
        return Call(queries=queries, texts=texts, own=_Own(identifier, ()), **_options(asked))

    def write(self, call: Call, outcome: Outcome) -> Response:
        """The answer."""
        own: _Own = call.own
        tokens = sum(outcome.tokens)
        answer = ScoreResponse(
            id=f"score-{own.identifier or _hex(outcome.identifier)}",
            created=outcome.created,
            model=outcome.model,
            data=[Score(index=index, score=score) for index, score in enumerate(outcome.scores)],
            usage=UsageInfo(tokens, tokens),
        )
        return json_response(answer)

    def failure(self, error: SearchrerankError, request: Request) -> Response:  # noqa: ARG002  (always JSON)
        """`{"error": {"message", "type", "param", "code"}}`."""
        return _failure(error)


def _failure(error: SearchrerankError) -> Response:
    status = nearest(STATUSES, error)
    phrase = "InternalServerError" if status == 500 else HTTPStatus(status).phrase
    return openai_failure(error, status, nearest(_TYPES, error) or phrase)


def _options(asked: Options) -> dict[str, Any]:
    """The fields of a Call that the options decide.

    Without `truncate_prompt_tokens` nothing is cut, so a pair that is too long is an error. Texts are cut at their end only:
    one that would have to be cut on the left is refused, by its length where that is the model's limit. Raises
    MalformedCallError.
    """
    limit = asked.truncate_prompt_tokens
    left = asked.truncation_side == "left"
    if limit == 0 or (left and limit not in {None, -1}):
        raise _unserved("truncate_prompt_tokens", "must be -1 or 1 and more, and -1 with truncation_side left")
    if asked.priority:
        raise _unserved("priority", "only 0 is served")
    if asked.max_tokens_per_query:
        raise _unserved("max_tokens_per_query", "only 0 is served")
    return {
        "model": asked.model or None,
        "raw": asked.use_activation is False,
        "max_tokens": asked.max_tokens_per_doc or None,
        "max_pair_tokens": None if limit == -1 else limit,
        "truncate": (limit is not None or asked.max_tokens_per_doc > 0) and not left,
    }


def _unserved(field: str, words: str) -> MalformedCallError:
    return MalformedCallError(f"{field}: {words}", field)


def _pair(asked: ScoreRequest) -> tuple[str, str]:
    """The names of the fields that hold the texts. Raises MalformedCallError where no pair of them is whole."""
    given = {name for pair in _PAIRS for name in pair if getattr(asked, name) is not UNSET}
    for pair in _PAIRS:
        if given.issuperset(pair):
            return pair
    begun = next((pair for pair in _PAIRS if given.intersection(pair)), _PAIRS[0])
    missing = next(name for name in begun if name not in given)
    raise MalformedCallError(f"{missing}: a required field is missing", missing)


def _listed(inputs: Inputs) -> list[str | Content]:
    return inputs if isinstance(inputs, list) else [inputs]


def _texts(inputs: Inputs) -> tuple[str, ...]:
    return tuple(map(_text, _listed(inputs)))


def _text(given: Input) -> str:
    """Parts stand on lines of their own, as vLLM joins them (`chat_utils`)."""
    return given if isinstance(given, str) else "\n".join(part.text for part in given.content)


def _shown(document: str | Content) -> RerankedDocument:
    return RerankedDocument(document) if isinstance(document, str) else RerankedDocument(multi_modal=document.content)


def _hex(identifier: str) -> str:
    """A UUID as vLLM writes it (`random_uuid`)."""
    return identifier.replace("-", "")


VLLM_RERANK = VllmRerank()
VLLM_SCORE = VllmScore()
