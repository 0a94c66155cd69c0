"""The OpenAPI document of the rerank APIs (OpenAPI 3.1), made of the routes, the Structs and what the APIs themselves say."""

from collections.abc import Iterator, Mapping
from typing import Any

import searchrerank
from searchrerank.api.openapi.components import Components
from searchrerank.api.openapi.operations import Place, operation
from searchrerank.api.routes import DEFAULTS, PREFIXED, ROUTES
from searchrerank.api.shapes.elasticsearch import ELASTICSEARCH

__all__ = ["document"]

_DESCRIPTION = """\
Models that rerank, in the shapes that clients speak already. Scores are between 0 and 1, the best first, unless a call \
asks for the model's own; an answer is whole or an error.

Each API has its own paths, and all of them below a prefix that names it: `/cohere/v2/rerank`. Where several APIs share a \
path, the request decides which one is meant.

GET paths answer HEAD too. Another method is answered 405 with `Allow`, another path 404."""

_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`ApiKey KEY`, as Elasticsearch's clients write it.",
    },
}


def document(
    *, model: str, defaults: Mapping[str, str] = DEFAULTS, keyed: bool = False, in_front: bool = False
) -> dict[str, Any]:
    """The document.

    model: the name of one that is served, for the examples. defaults: see `routes.choose`. keyed: whether a key is needed.
    in_front: whether this is in front of an engine, which then has its own inference API.
    """
    components = Components()
    places = [place for place in _places(defaults) if not (in_front and place.apis[0][0] is ELASTICSEARCH)]
    paths = {place.path: {place.route.methods[0].lower(): operation(place, model, components, keyed=keyed)} for place in places}
    tags = dict.fromkeys(operation["tags"][0] for path in paths.values() for operation in path.values())
    return {
        "openapi": "3.1.0",
        "info": {"title": "searchrerank", "version": searchrerank.__version__, "description": _DESCRIPTION},
        "tags": [{"name": name} for name in tags],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.schemas.items())),
            "responses": dict(sorted(components.responses.items())),
            **({"securitySchemes": _SCHEMES} if keyed else {}),
        },
    }


def _places(defaults: Mapping[str, str]) -> Iterator[Place]:
    """Everywhere that something is served: what is one API's alone first, and the shared paths at the end."""
    for prefix, routes in PREFIXED.items():
        for route in routes:
            yield Place.of(route, f"/{prefix}", defaults)
    for route in sorted(ROUTES, key=lambda route: len(route.shapes) > 1):
        yield Place.of(route, "", defaults)
