"""The mapping of an index: which fields its documents have and how each is indexed.

Fields come from the mapping that the index was made with and, as in OpenSearch, from the first document that has them
(https://docs.opensearch.org/latest/field-types/mappings/#dynamic-mapping): a string is text with a `keyword` beside it,
a number is a long or a float, an object is its members by dotted path. Strings that look like dates stay text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from searchrerank.embedded.analysis import BUILT_IN, Analyzer
from searchrerank.embedded.errors import RefusedError, not_served
from searchrerank.embedded.shapes import integer, object_of, string
from searchrerank.embedded.words import words

__all__ = ["Field", "FieldKind", "IndexMapping"]

FieldKind = Literal["text", "keyword", "long", "double", "boolean", "date"]

_KINDS: dict[str, FieldKind] = {
    "text": "text",
    "match_only_text": "text",
    "keyword": "keyword",
    **dict.fromkeys(("long", "integer", "short", "byte"), "long"),
    **dict.fromkeys(("double", "float", "half_float", "scaled_float"), "double"),
    "boolean": "boolean",
    "date": "date",
}  # fmt: skip
_OBJECTS = ("object", "nested")
_NOT_SERVED = words(
    "alias binary completion constant_keyword date_nanos date_range dense_vector derived double_range flat_object flattened "
    "float_range geo_point geo_shape histogram integer_range ip ip_range join knn_vector long_range percolator point "
    "rank_feature rank_features search_as_you_type semantic sparse_vector star_tree token_count unsigned_long version "
    "wildcard xy_point xy_shape"
)
_STRING = {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}
_ROOT_SETTINGS = frozenset(("properties", "dynamic", "_meta", "date_detection", "numeric_detection"))
_ROOT_NOT_SERVED = frozenset(("_source", "_routing", "dynamic_templates", "dynamic_date_formats", "derived", "runtime"))


@dataclass(frozen=True, slots=True)
class Field:
    """One searchable field. `source` is the path of the values that it indexes: its own, or its parent's for a multi-field."""

    path: str
    source: str
    type: str
    kind: FieldKind
    analyzer: Analyzer
    search_analyzer: Analyzer
    indexed: bool = True
    ignore_above: int | None = None


@dataclass(frozen=True, slots=True)
class IndexMapping:
    """A mapping as a value: `definition` is its JSON, `fields` its leaves by dotted path."""

    definition: Mapping[str, Any] = field(default_factory=dict)
    analyzers: Mapping[str, Analyzer] = field(default_factory=lambda: BUILT_IN)
    fields: Mapping[str, Field] = field(default_factory=dict)
    objects: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, definition: Mapping[str, Any], analyzers: Mapping[str, Analyzer]) -> "IndexMapping":
        """Read the JSON of a mapping. Raises RefusedError for a type, an analyzer or an option that is not served."""
        for key in definition:
            if key in _ROOT_NOT_SERVED:
                raise not_served(f"the mapping parameter [{key}]")
            if key not in _ROOT_SETTINGS:
                reason = f"Root mapping definition has unsupported parameters:  [{key} : {definition[key]}]"
                raise _unreadable(reason)
        leaves: dict[str, Field] = {}
        objects: set[str] = set()
        disabled: set[str] = set()
        for path, declared in _walk(definition, ""):
            if "properties" in declared or string(declared.get("type", "object"), "type") in _OBJECTS:
                (objects if declared.get("enabled", True) else disabled).add(path)
            else:
                leaves |= _leaf(path, path, declared, analyzers)
        return cls(definition, analyzers, leaves, frozenset(objects), frozenset(disabled))

    @property
    def dynamic(self) -> str:
        """What becomes of a field that the mapping does not know: `true`, `false` or `strict`."""
        return str(self.definition.get("dynamic", "true")).lower()

    def learning(self, samples: Mapping[str, Any]) -> "IndexMapping":
        """The mapping with a field for each path of `samples`, of the type of its value.

        Raises RefusedError where a path runs through a field that is no object, or names an object.
        """
        properties = self.definition.get("properties", {})
        for path, sample in samples.items():
            properties = _with_property(properties, path.split("."), path, _inferred(sample))
        return IndexMapping.parse({**self.definition, "properties": properties}, self.analyzers)


def _walk(definition: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every property below `definition` with its dotted path, except below an object that is not enabled."""
    for name, below in object_of(definition.get("properties", {}), "properties").items():
        declared = object_of(below, name)
        yield prefix + name, declared
        if declared.get("enabled", True):
            yield from _walk(declared, f"{prefix}{name}.")


def _leaf(path: str, source: str, declared: Mapping[str, Any], analyzers: Mapping[str, Analyzer]) -> dict[str, Field]:
    """The field declared at `path` and its multi-fields."""
    kind = _KINDS.get(type_ := string(declared.get("type"), "type"))
    if kind is None:
        raise (
            not_served(f"fields of type [{type_}]")
            if type_ in _NOT_SERVED
            else _unreadable(f"No handler for type [{type_}] declared on field [{path}]")
        )
    default = "default" if "default" in analyzers else "standard"
    analyzer = _analyzer(string(declared.get("analyzer", default), "analyzer"), analyzers)
    own = Field(
        path,
        source,
        type_,
        kind,
        analyzer,
        _analyzer(string(declared.get("search_analyzer", analyzer.name), "search_analyzer"), analyzers),
        indexed=declared.get("index", True) not in (False, "false"),
        ignore_above=integer(declared["ignore_above"]) if "ignore_above" in declared else None,
    )
    leaves = {path: own}
    for name, below in object_of(declared.get("fields", {}), "fields").items():
        leaves |= _leaf(f"{path}.{name}", source, object_of(below, name), analyzers)
    return leaves


def _analyzer(name: str, analyzers: Mapping[str, Analyzer]) -> Analyzer:
    if name not in analyzers:
        reason = f"analyzer [{name}] has not been configured in mappings"
        cause = {"type": "illegal_argument_exception", "reason": reason}
        raise RefusedError(400, "mapper_parsing_exception", f"Failed to parse mapping [_doc]: {reason}", cause=cause)
    return analyzers[name]


def _inferred(sample: Any) -> dict[str, Any]:
    if isinstance(sample, bool):
        return {"type": "boolean"}
    if isinstance(sample, int):
        return {"type": "long"}
    return {"type": "float"} if isinstance(sample, float) else _STRING


def _with_property(properties: Mapping[str, Any], names: list[str], path: str, declared: dict[str, Any]) -> dict[str, Any]:
    name, *rest = names
    known = properties.get(name)
    if not rest:
        if known is not None:
            raise RefusedError(
                400,
                "mapper_parsing_exception",
                f"object mapping for [{path}] tried to parse field [{name}] as object, but found a concrete value",
            )
        return {**properties, name: declared}
    if known is not None and known.get("type", "object") not in _OBJECTS:
        parent = path.removesuffix("." + ".".join(rest))
        reason = f"mapper [{parent}] cannot be changed from type [{known['type']}] to [ObjectMapper]"
        raise RefusedError(400, "illegal_argument_exception", reason)
    below = _with_property((known or {}).get("properties", {}), rest, path, declared)
    return {**properties, name: {**(known or {}), "properties": below}}


def _unreadable(reason: str) -> RefusedError:
    return RefusedError(
        400,
        "mapper_parsing_exception",
        f"Failed to parse mapping [_doc]: {reason}",
        cause={"type": "mapper_parsing_exception", "reason": reason},
        root={"type": "mapper_parsing_exception", "reason": reason},
    )
