"""Each line of the file is a request or is refused by its number."""

import pytest

from searchrerank.compare import RequestsFileError, read_requests
from searchrerank.message import Headers, Request


def test_lines_become_requests():
    lines = [
        b'{"method":"POST","target":"/i/_search?pretty","headers":[["content-type","application/json"]],"body":"{\\"q\\":1}"}\n',
        b"\n",
        b'{"method":"GET","target":"/caf%C3%A9"}\n',
        b'{"method":"PUT","target":"/x","headers":[["Content-Length","99"],["A","1"],["A","2"]],"body_base64":"AP8="}',
    ]
    assert list(read_requests(lines, "r.ndjson")) == [
        (1, Request("POST", "/i/_search?pretty", Headers((("content-type", "application/json"),)), b'{"q":1}')),
        (3, Request("GET", "/caf%C3%A9")),
        (4, Request("PUT", "/x", Headers((("A", "1"), ("A", "2"))), b"\x00\xff")),
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{", "Input data was truncated"),
        (b"\xff", "invalid character"),
        (b"[]", "Expected `object`"),
        (b'{"method":"GET"}', "missing required field `target`"),
        (b'{"method":"GET","target":"/","bod":""}', "unknown field `bod`"),
        (b'{"method":"GE T","target":"/"}', "`method` is 'GE T'"),
        (b'{"method":"GET","target":"i/_search"}', "`target` is"),
        (b'{"method":"GET","target":"/ x"}', "`target` is"),
        ('{"method":"GET","target":"/é"}'.encode(), "`target` is"),
        (b'{"method":"GET","target":"/a#b"}', "`target` is"),
        (b'{"method":"GET","target":"/","headers":[["a"]]}', "headers"),
        (b'{"method":"GET","target":"/","headers":[["a","b\\r\\nc"]]}', "`headers` holds"),
        (b'{"method":"GET","target":"/","headers":[["a b","c"]]}', "`headers` holds"),
        (b'{"method":"GET","target":"/","body":"","body_base64":""}', "`body` and `body_base64` are given at once"),
        (b'{"method":"GET","target":"/","body_base64":"*"}', "base64"),
    ],
)
def test_a_broken_line_is_told(line, complaint):
    with pytest.raises(RequestsFileError, match=complaint) as told:
        list(read_requests([b'{"method":"GET","target":"/"}', line], "r.ndjson"))
    assert str(told.value).startswith("r.ndjson:2: ")
