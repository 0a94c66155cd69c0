"""Reading the JSON of a query: its one field, its options, and what to say of those that it may not have."""

from collections.abc import Mapping
from typing import Any

from searchrerank.embedded import shapes
from searchrerank.embedded.errors import RefusedError, not_served, unparsable
from searchrerank.embedded.words import words

__all__ = ["Options", "clauses", "only_member", "operator", "single_field"]

Options = Mapping[str, Any]

_NOT_SERVED = words(
    "_name auto_generate_synonyms_phrase_query case_insensitive cutoff_frequency format functions fuzziness "
    "fuzzy_max_expansions fuzzy_prefix_length fuzzy_rewrite fuzzy_transpositions max_boost max_expansions min_score "
    "minimum_should_match prefix_length quote_analyzer quote_field_suffix relation rewrite time_zone type"
)


def checked(query: str, body: Any, allowed: str) -> Options:
    """The body of `query`, an object with no options but those that `allowed` names, parted by spaces.

    Raises RefusedError: for what OpenSearch has it says that this engine does not serve it.
    """
    if not isinstance(body, dict):
        raise unparsable(f"[{query}] query malformed, no start_object after query name")
    for name in body.keys() - set(allowed.split()):
        raise (
            not_served(f"[{name}] of the [{query}] query")
            if name in _NOT_SERVED
            else unparsable(f"[{query}] query does not support [{name}]")
        )
    return body


def only_member(body: Any) -> tuple[str, Any]:
    """The name and the body of the one query that an object holds."""
    if not isinstance(body, dict):
        raise unparsable("[_na] query malformed, must start with start_object")
    if not body:
        raise RefusedError(400, "illegal_argument_exception", "query malformed, empty clause found")
    name, *more = body
    if more:
        raise unparsable(f"[{name}] malformed query, expected [END_OBJECT] but found [FIELD_NAME]")
    return name, body[name]


def single_field(query: str, body: Any, value: str, allowed: str = "") -> tuple[str, Options]:
    """The field of a query on one, and its options; a bare value is the option called `value`."""
    if not isinstance(body, dict):
        raise unparsable(f"[{query}] query malformed, no start_object after query name")
    if not body:
        raise unparsable("No text specified for text query")
    field, *more = body
    if more:
        raise unparsable(f"[{query}] query doesn't support multiple fields, found [{field}] and [{more[0]}]")
    options = body[field]
    if not isinstance(options, dict):
        options = {value: options}
    options = checked(query, options, f"{value} boost {allowed}")
    if options.get(value) is None or isinstance(options[value], (dict, list)):
        raise unparsable("No text specified for text query")
    return field, options


def query_text(query: str, options: Options) -> str | int | float | bool:
    """The text to search for. Raises RefusedError where there is none, or no scalar."""
    text = options.get("query")
    if text is None or isinstance(text, (dict, list)):
        raise unparsable(f"No text specified for {query} query")
    return text  # type: ignore[no-any-return]


def operator(options: Options, name: str = "operator") -> str:
    """`and` or `or`, which is the default."""
    given = str(options.get(name, "or")).lower()
    if given not in ("and", "or"):
        reason = f"No enum constant org.opensearch.index.query.Operator.{given.upper()}"
        raise RefusedError(400, "illegal_argument_exception", reason)
    return given


def boost(options: Options) -> float:
    """The factor of the scores, 1 unless given."""
    return number(options, "boost", 1.0)


def number(options: Options, name: str, default: float) -> float:
    """A number among the options. Raises RefusedError for a negative one or none at all."""
    given = options.get(name, default)
    value = shapes.number(given)
    if value < 0:
        reason = f"negative [{name}] are not allowed in [{given}], use a value between 0 and 1 to deboost"
        raise RefusedError(400, "illegal_argument_exception", reason)
    return value


def clauses(body: Options, name: str) -> list[Any]:
    """The clauses of a compound query: one object or a list of them."""
    given = body.get(name, [])
    return given if isinstance(given, list) else [given]
