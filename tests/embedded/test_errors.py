"""What is refused, and in which words: OpenSearch's own where it refuses the same (see test_parity)."""

import pytest

REFUSED = [
    ("POST", "/x/y/z", None, 400, "no handler found for uri [/x/y/z] and method [POST]"),
    ("GET", "/nope/_search", None, 404, "no such index [nope]"),
    ("GET", "/v,nope/_search", None, 404, "no such index [nope]"),
    ("GET", "/nope/_doc/1", None, 404, "no such index [nope]"),
    ("DELETE", "/nope", None, 404, "no such index [nope]"),
    ("PUT", "/v", None, 400, "already exists"),
    ("PUT", "/Upper", None, 400, "Invalid index name [Upper], must be lowercase"),
    ("PUT", "/_under", None, 400, "must not start with '_', '-', or '+'"),
    ("PUT", "/u", {"mappings": {"properties": {"a": {"type": "foo"}}}}, 400, "No handler for type [foo] declared on field [a]"),
    ("PUT", "/u", {"mappings": {"properties": {"a": {"type": "ip"}}}}, 400, "does not serve fields of type [ip]"),
    ("PUT", "/u", {"mappings": {"properties": {"a": {"type": "text", "analyzer": "no"}}}}, 400, "analyzer [no] has not been"),
    ("PUT", "/u", {"mappings": {"_source": {"enabled": False}}}, 400, "does not serve the mapping parameter [_source]"),
    ("PUT", "/u", {"aliases": {"a": {}}}, 400, "does not serve aliases"),
    ("PUT", "/u", {"other": 1}, 400, "unknown key [other] for create index"),
    ("PUT", "/u", {"settings": {"analysis": {"filter": {"a": {"type": "synonym"}}}}}, 400, "custom analyzers"),
    ("POST", "/v/_doc/9", b"", 400, "request body is required"),
    ("POST", "/v/_doc/9", b"[1]", 400, "failed to parse"),
    ("POST", "/v/_doc/9", b'{"n":', 400, "failed to parse"),
    ("POST", "/v/_doc/9", {"n": "abc"}, 400, "failed to parse field [n] of type [long] in document with id '9'"),
    ("POST", "/v/_doc/9", b'{"n":9223372036854775808}', 400, "failed to parse field [n] of type [long]"),
    ("POST", "/v/_doc/9", b'{"new":1e400}', 400, "failed to parse field [new] of type [float]"),
    ("POST", "/v/_doc/9", {"n": {"below": 1}}, 400, "mapper [n] cannot be changed from type [long] to [ObjectMapper]"),
    ("POST", "/v/_doc/9", {"o": 5}, 400, "object mapping for [o] tried to parse field [o] as object"),
    ("POST", "/v/_create/1", {}, 409, "[1]: version conflict, document already exists (current version [1])"),
    ("GET", "/v/_search?x=1", None, 400, "request [/v/_search] contains unrecognized parameter: [x]"),
    ("GET", "/v/_search?x=1&y", None, 400, "contains unrecognized parameters: [x], [y]"),
    ("GET", "/v/_search?scroll=1m", None, 400, "the embedded engine does not serve the parameter [scroll]"),
    ("GET", "/v/_search?size=-1", None, 400, "[size] parameter cannot be negative, found [-1]"),
    ("GET", "/v/_search?size=ten", None, 400, "Failed to parse int parameter [size] with value [ten]"),
    ("GET", "/v/_search?pretty=maybe", None, 400, "Failed to parse value [maybe]"),
    ("GET", "/v/_search?q=(", None, 400, "Failed to parse query [(]"),
    ("GET", "/v/_search?q=a&default_operator=XX", None, 400, "No enum constant org.opensearch.index.query.Operator.XX"),
    ("GET", "/v/_search?sort=title", None, 400, "Text fields are not optimised"),
    ("GET", "/v/_search?sort=nope", None, 400, "No mapping found for [nope] in order to sort on"),
    ("POST", "/v/_search", b"{", 400, "Input data was truncated"),
    ("POST", "/v/_search", b"[]", 400, "Expected [START_OBJECT] but found [START_ARRAY]"),
    ("POST", "/v/_search", {"nonsense": 1}, 400, "Unknown key for a VALUE_NUMBER in [nonsense]."),
    ("POST", "/v/_search", {"from": 9999, "size": 2}, 400, "must be less than or equal to: [10000] but was [10001]"),
    ("POST", "/v/_search", {"size": "ten"}, 400, 'For input string: \\"ten\\"'),
    ("POST", "/v/_search", {"aggs": {"a": {"terms": {"field": "tag"}}}}, 400, "does not serve [aggs] of a search"),
    ("POST", "/v/_search", {"suggest": {"text": "x"}}, 400, "does not serve [suggest] of a search"),
    ("POST", "/v/_search", {"ext": {"rerank": {}}}, 400, "does not serve [ext] of a search"),
    ("POST", "/v/_search", {"explain": True}, 400, "does not serve [explain] of a search"),
    ("POST", "/v/_search", {"query": {"nonsense": {}}}, 400, "unknown query [nonsense]"),
    ("POST", "/v/_search", {"query": {"knn": {}}}, 400, "does not serve the [knn] query"),
    ("POST", "/v/_search", {"query": {"nested": {}}}, 400, "does not serve the [nested] query"),
    ("POST", "/v/_search", {"query": {}}, 400, "query malformed, empty clause found"),
    ("POST", "/v/_search", {"query": 5}, 400, "Unknown key for a VALUE_NUMBER in [query]."),
    ("POST", "/v/_search", {"query": {"match_all": {}, "x": {}}}, 400, "[match_all] malformed query, expected [END_OBJECT]"),
    ("POST", "/v/_search", {"query": {"match": {}}}, 400, "No text specified for text query"),
    ("POST", "/v/_search", {"query": {"match": {"a": "x", "b": "y"}}}, 400, "multiple fields, found [a] and [b]"),
    ("POST", "/v/_search", {"query": {"match": {"title": {"query": "x", "zip": 1}}}}, 400, "does not support [zip]"),
    ("POST", "/v/_search", {"query": {"match": {"title": {"query": "x", "fuzziness": 1}}}}, 400, "does not serve [fuzziness]"),
    ("POST", "/v/_search", {"query": {"match": {"n": "abc"}}}, 400, 'failed to create query: For input string: \\"abc\\"'),
    ("POST", "/v/_search", {"query": {"prefix": {"n": "5"}}}, 400, "Can only use prefix queries on keyword and text fields"),
    ("POST", "/v/_search", {"query": {"bool": {"nonsense": []}}}, 400, "[bool] unknown field [nonsense]"),
    ("POST", "/v/_search", {"query": {"range": {"n": {"zz": 1}}}}, 400, "[range] query does not support [zz]"),
    ("POST", "/v/_search", {"query": {"terms": {"n": "a"}}}, 400, "[terms] query does not support [n]"),
    ("POST", "/v/_search", {"query": {"query_string": {"query": "fox~1"}}}, 400, "does not serve fuzzy terms"),
    ("POST", "/v/_search", {"query": {"function_score": {"script_score": {}}}}, 400, "does not serve [script_score]"),
    ("POST", "/v/_search", {"query": {"function_score": {"functions": [{"gauss": {}}]}}}, 400, "does not serve functions"),
    ("GET", "/v/_count", {"size": 1}, 400, "request does not support [size]"),
    ("POST", "/_bulk", b"", 400, "request body is required"),
    ("POST", "/_bulk", b'{"index":{"_index":"v"}}\n{}', 400, "must be terminated by a newline"),
    ("POST", "/_bulk", b'{"index":{}}\n{}\n', 400, "Validation Failed: 1: index is missing;"),
    ("POST", "/_bulk", b'{"foo":{"_index":"v"}}\n{}\n', 400, "expected one of [create, delete, index, update] but found [foo]"),
    ("POST", "/_bulk", b'{"index":{"_index":"v","foo":1}}\n{}\n', 400, "line [1] contains an unknown parameter [foo]"),
    ("GET", "/_cat/indices?h=nonsense", None, 400, "no column [nonsense]"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status", "words"), REFUSED, ids=str)
async def test_a_refusal_says_why(filled, method, path, body, status, words):  # noqa: PLR0917 - the columns of the table
    answer = await filled(method, path, body)
    assert answer.status == status, answer.body
    assert words in answer.body.decode()
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    error = answer.json["error"]
    if isinstance(error, dict):
        assert answer.json["status"] == status
        assert list(error)[:3] == ["root_cause", "type", "reason"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v/_search", "GET,POST"),
        ("POST", "/_cluster/health", "GET"),
        ("POST", "/v", "GET,HEAD,PUT,DELETE"),
        ("PATCH", "/v/_bulk", "POST,PUT"),
        ("POST", "/", "GET,HEAD"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(filled, method, path, allowed):
    answer = await filled(method, path)
    assert answer.status == 405
    assert answer.headers["allow"] == allowed
    listed = allowed.replace(",", ", ")
    reason = f"Incorrect HTTP method for uri [{path}] and method [{method}], allowed: [{listed}]"
    assert answer.json == {"error": reason, "status": 405}


async def test_a_body_that_is_not_json_is_not_acceptable(filled):
    answer = await filled("POST", "/v/_search", b"{}", "text/plain")
    assert (answer.status, answer.json) == (406, {"error": "Content-Type header [text/plain] is not supported", "status": 406})


async def test_queries_too_deep_are_refused_and_do_no_harm(filled):
    depth = 900
    body = b'{"query":' + b'{"bool":{"must":' * depth + b'{"match_all":{}}' + b"}}" * depth + b"}"
    answer = await filled("POST", "/v/_search", body)
    assert answer.status == 400
    assert (await filled("GET", "/v/_search")).status == 200


async def test_a_document_that_is_refused_leaves_no_trace(filled):
    before = (await filled("GET", "/v/_mapping")).body
    assert (await filled("PUT", "/v/_doc/1", b'{"new":1,"n":"abc"}')).status == 400
    assert (await filled("GET", "/v/_mapping")).body == before
    assert (await filled("GET", "/v/_doc/1")).json["_version"] == 1
