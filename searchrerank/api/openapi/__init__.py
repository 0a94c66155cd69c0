"""The OpenAPI document of what is served. Pure."""

from searchrerank.api.openapi.document import document

__all__ = ["document"]
