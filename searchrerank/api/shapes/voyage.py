"""Voyage's `POST /v1/rerank`.

Sources: the pages "Rerankers" of Voyage's API reference and "Error Codes", and its Python client, which reads of an error its
`detail` and makes of 400, 401, 422 and 429 an exception each.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from searchrerank.api.protocol import Call, Outcome
from searchrerank.api.shapes.answers import STATUSES, failure_response, json_response, nearest
from searchrerank.api.shapes.bodies import FilledText, read_body
from searchrerank.errors import (
    EmptyCallError,
    MalformedCallError,
    SearchrerankError,
    TooManyDocumentsError,
    UnknownModelError,
)
from searchrerank.message import Request, Response

__all__ = ["Voyage", "VoyageError", "VoyageRequest", "VoyageResponse"]

_MOST_DOCUMENTS = 1000
_DOCUMENTS = msgspec.Meta(extra_json_schema={"minItems": 1, "maxItems": _MOST_DOCUMENTS})
_MALFORMED = "The request body is not valid JSON, or some arguments were not specified properly. In particular, "


class VoyageRequest(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """At most 1,000 documents, none of them empty."""

    query: FilledText
    documents: Annotated[list[FilledText], _DOCUMENTS]
    model: str
    top_k: Annotated[int, msgspec.Meta(ge=1)] | None = None
    return_documents: bool | None = False
    truncation: bool | None = True


class VoyageResult(msgspec.Struct, frozen=True):
    """`document` is there where `return_documents` is true."""

    relevance_score: float
    index: int
    document: str | msgspec.UnsetType = msgspec.UNSET


class VoyageUsage(msgspec.Struct, frozen=True):
    """`total_tokens`: those of the query times the number of documents, and those of the documents."""

    total_tokens: int


class VoyageResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The best first."""

    object: Literal["list"] = "list"
    data: list[VoyageResult]
    model: str
    usage: VoyageUsage


class VoyageError(msgspec.Struct, frozen=True):
    """Why there is no answer."""

    detail: str


_decoder = msgspec.json.Decoder(VoyageRequest)

_STATUSES: Mapping[type[SearchrerankError], int] = {**STATUSES, UnknownModelError: 400}


class Voyage:
    """Documents are strings; a field that the API does not know is refused, as there."""

    name = "voyage"

    def read(self, request: Request, body: bytes) -> Call:
        """What is asked for."""
        asked = read_body(_decoder, request, body)
        if not asked.query or not asked.documents or not all(asked.documents):
            raise EmptyCallError("Input cannot contain empty strings or empty lists")
        if len(asked.documents) > _MOST_DOCUMENTS:
            raise TooManyDocumentsError(f"The number of documents cannot exceed {_MOST_DOCUMENTS}: {len(asked.documents)}")
        return Call(
            model=asked.model,
            queries=(asked.query,),
            texts=tuple(asked.documents),
            top=asked.top_k,
            truncate=asked.truncation is not False,
            own=asked.return_documents is True,
        )

    def write(self, call: Call, outcome: Outcome) -> Response:
        """The answer. `Call.own`: whether it repeats the documents."""
        data = [
            VoyageResult(outcome.scores[index], index, call.texts[index] if call.own else msgspec.UNSET)
            for index in outcome.order
        ]
        usage = VoyageUsage(sum(outcome.tokens))
        return json_response(VoyageResponse(data=data, model=outcome.model, usage=usage))

    def failure(self, error: SearchrerankError, request: Request) -> Response:  # noqa: ARG002  (the same for all)
        """`{"detail": …}`. A model that is not served is an invalid request there, hence 400."""
        detail = f"{_MALFORMED}{error}" if isinstance(error, MalformedCallError) else str(error)
        return failure_response(error, nearest(_STATUSES, error), VoyageError(detail))
