"""Cohere's `POST /v1/rerank` and `POST /v2/rerank`.

Sources: Cohere's OpenAPI document (operations `rerank` and `rerankv2`, `ApiMeta`, the responses of errors), the pages "Errors"
and "Best Practices for using Rerank", and its Python client.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec

from searchrerank.api.protocol import Call, Outcome
from searchrerank.api.shapes.answers import STATUSES, failure_response, json_response, nearest
from searchrerank.api.shapes.bodies import FILLED, FilledText, read_body
from searchrerank.errors import EmptyCallError, MalformedCallError, SearchrerankError, TooManyDocumentsError
from searchrerank.message import Request, Response

__all__ = [
    "CohereError",
    "CohereV1",
    "CohereV1Request",
    "CohereV1Response",
    "CohereV2",
    "CohereV2Request",
    "CohereV2Response",
]

_DOCUMENTS_PER_UNIT = 100  # cohere.com/pricing: "one query with up to 100 documents to be ranked"
_MOST_CHUNKS = 10_000  # "the endpoint will return an error" beyond: documents times chunks of each
_CHUNKS = 10
_TOKENS = 4096

Positive = Annotated[int, msgspec.Meta(ge=1)]
Document = dict[str, Any]


class CohereV1Request(msgspec.Struct, kw_only=True, frozen=True):
    """Fields that it does not know are ignored: other services that call themselves compatible add some."""

    model: str | None = None
    query: FilledText
    documents: Annotated[list[str | Document], FILLED]
    top_n: Positive | None = None
    rank_fields: Annotated[list[str], FILLED] | None = None
    return_documents: bool | None = False
    max_chunks_per_doc: Positive | None = _CHUNKS


class RelevantSpans(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The spans of a document for which it is relevant, which a cross-encoder does not tell."""

    mode: Literal["enabled", "disabled"]
    threshold: float | None = None
    max_spans: int | None = None


class CohereV2Request(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """`return_documents` and `max_chunks_per_doc` are of earlier editions of v2; Elasticsearch still sends them."""

    model: str
    query: FilledText
    documents: Annotated[list[str], FILLED]
    top_n: Positive | None = None
    max_tokens_per_doc: Positive | None = _TOKENS
    relevant_spans: RelevantSpans | None = None
    priority: Annotated[int, msgspec.Meta(ge=0, le=999)] | None = 0
    return_documents: bool | None = False
    max_chunks_per_doc: Positive | None = None


class ApiVersion(msgspec.Struct, frozen=True):
    """Which API answered."""

    version: str
    is_experimental: bool | msgspec.UnsetType = msgspec.UNSET


class BilledUnits(msgspec.Struct, frozen=True):
    """`search_units`: one for every hundred documents, or part of it."""

    search_units: int


class Meta(msgspec.Struct, frozen=True):
    """What is told of the call as a whole."""

    api_version: ApiVersion
    billed_units: BilledUnits


class CohereV1Result(msgspec.Struct, frozen=True, kw_only=True):
    """`document` is there where `return_documents` is true: all fields of an object, or `{"text": …}` for a string."""

    document: Document | msgspec.UnsetType = msgspec.UNSET
    index: int
    relevance_score: float


class CohereV2Result(msgspec.Struct, frozen=True):
    """`document` is there where `return_documents` is true."""

    index: int
    relevance_score: float
    document: Document | msgspec.UnsetType = msgspec.UNSET


class CohereV1Response(msgspec.Struct, frozen=True):
    """The best first."""

    id: str
    results: list[CohereV1Result]
    meta: Meta


class CohereV2Response(msgspec.Struct, frozen=True):
    """The best first."""

    id: str
    results: list[CohereV2Result]
    meta: Meta


class CohereError(msgspec.Struct, frozen=True):
    """Why there is no answer."""

    message: str


_v1 = msgspec.json.Decoder(CohereV1Request)
_v2 = msgspec.json.Decoder(CohereV2Request)


class CohereV1:
    """Version 1: documents are strings or objects, of which `rank_fields` are ranked by, else `text`."""

    name = "cohere-v1"

    def read(self, request: Request, body: bytes) -> Call:
        """What is asked for; a long document is scored in `max_chunks_per_doc` pieces, and the best of them counts."""
        asked = read_body(_v1, request, body)
        _refuse_empty(asked.query, asked.documents)
        chunks = asked.max_chunks_per_doc or _CHUNKS
        if len(asked.documents) * chunks > _MOST_CHUNKS:
            raise TooManyDocumentsError(
                f"number of total max chunks (number of documents * max chunks per doc) must be at most {_MOST_CHUNKS}"
            )
        return Call(
            model=asked.model,
            queries=(asked.query,),
            texts=_texts(asked.documents, asked.rank_fields),
            top=asked.top_n,
            max_chunks=chunks,
            own=_returned(asked.documents) if asked.return_documents else None,
        )

    def write(self, call: Call, outcome: Outcome) -> Response:
        """The answer. `Call.own`: the documents to return, None for none."""
        results = [
            CohereV1Result(document=_document(call.own, index), index=index, relevance_score=outcome.scores[index])
            for index in outcome.order
        ]
        meta = Meta(ApiVersion("1"), _billed(call))
        return json_response(CohereV1Response(outcome.identifier, results, meta))

    def failure(self, error: SearchrerankError, request: Request) -> Response:  # noqa: ARG002  (the same for all)
        """`{"message": …}`, with the status that Cohere's page of errors has for it."""
        return failure_response(error, nearest(STATUSES, error), CohereError(str(error)))


class CohereV2:
    """Version 2: documents are strings."""

    name = "cohere-v2"

    def read(self, request: Request, body: bytes) -> Call:
        """What is asked for; a document is cut to `max_tokens_per_doc`, and up to there scored in pieces where it must be."""
        asked = read_body(_v2, request, body)
        _refuse_empty(asked.query, asked.documents)
        if asked.relevant_spans is not None and asked.relevant_spans.mode == "enabled":
            raise MalformedCallError("relevant_spans: a cross-encoder does not tell them", "relevant_spans")
        tokens = asked.max_tokens_per_doc or _TOKENS
        return Call(
            model=asked.model,
            queries=(asked.query,),
            texts=tuple(asked.documents),
            top=asked.top_n,
            max_tokens=tokens,
            max_chunks=asked.max_chunks_per_doc or tokens,  # none has less than a token
            own=_returned(asked.documents) if asked.return_documents else None,
        )

    def write(self, call: Call, outcome: Outcome) -> Response:
        """The answer. `Call.own`: the documents to return, None for none."""
        results = [CohereV2Result(index, outcome.scores[index], _document(call.own, index)) for index in outcome.order]
        meta = Meta(ApiVersion("2", is_experimental=False), _billed(call))
        return json_response(CohereV2Response(outcome.identifier, results, meta))

    def failure(self, error: SearchrerankError, request: Request) -> Response:  # noqa: ARG002  (the same for all)
        """`{"message": …}`; 422 where a field is to blame, as it answers for one that it does not know."""
        status = 422 if isinstance(error, MalformedCallError) and error.field else nearest(STATUSES, error)
        return failure_response(error, status, CohereError(str(error)))


def _refuse_empty(query: str, documents: Sequence[str | Document]) -> None:
    if not query.strip():
        raise EmptyCallError("query must not be empty or be only whitespace")
    if not documents:
        raise EmptyCallError("list of documents must not be empty")


def _texts(documents: Sequence[str | Document], rank_fields: Sequence[str] | None) -> tuple[str, ...]:
    """What of each document is ranked by: the values of its fields one after the other, a line each."""
    if rank_fields is not None and not rank_fields:
        raise MalformedCallError(
            "rank_fields cannot be empty, it must either contain at least one field or be omitted", "rank_fields"
        )
    return tuple(
        document if isinstance(document, str) else _text(document, rank_fields or ("text",), f"documents[{at}]")
        for at, document in enumerate(documents)
    )


def _text(document: Document, fields: Sequence[str], path: str) -> str:
    values = [_value(document[name], f"{path}.{name}") for name in fields if document.get(name) is not None]
    if not values:
        raise MalformedCallError(f"{path}: it has none of the fields to rank by: {', '.join(fields)}", path)
    return "\n".join(values)


def _value(value: Any, path: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        raise MalformedCallError(f"{path}: a field to rank by must be a string, a number or a boolean", path)
    return msgspec.json.encode(value).decode()


def _returned(documents: Sequence[str | Document]) -> tuple[Document, ...]:
    return tuple({"text": document} if isinstance(document, str) else document for document in documents)


def _document(documents: Sequence[Document] | None, index: int) -> Document | msgspec.UnsetType:
    return msgspec.UNSET if documents is None else documents[index]


def _billed(call: Call) -> BilledUnits:
    return BilledUnits(-(-len(call.texts) // _DOCUMENTS_PER_UNIT))
