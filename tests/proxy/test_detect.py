"""What the start says of the upstream."""

import pytest
from proxy.stub import Peer, answering

from searchrerank.config import Duration, Secret
from searchrerank.config import Upstream as Settings
from searchrerank.proxy import Found, detect


def http(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([http(b'{"version":{"number":"9.4.3"}}')], Found("elasticsearch", "9.4.3")),
        ([http(b'{"version":{"number":"3.8.0","distribution":"opensearch"}}')], Found("opensearch", "3.8.0")),
        ([http(b"<html>"), http(b'{"lucene":{"solr-spec-version":"9.10.1"}}')], Found("solr", "9.10.1")),
        ([http(b"{}")], Found("auto", problem="did not say its version (status 200)")),
        ([http(b"[]", b"401 Unauthorized")], Found("auto", problem="did not say its version (status 401)")),
    ],
)
async def test_what_answers_is_told(rig, answers, found):
    made = await rig(answering(*answers))
    assert await detect(made.upstream, Settings(url=made.stub.url)) == found


async def test_the_credential_of_the_configuration_is_sent_and_not_shown(rig):
    made = await rig(answering(http(b"{}")))
    settings = Settings(url=made.stub.url, authorization=Secret("ApiKey abc"))
    found = await detect(made.upstream, settings)
    assert b"Authorization: ApiKey abc" in made.stub.received
    assert "abc" not in str(found)


async def test_an_upstream_that_does_not_answer_holds_nothing_up(rig):
    async def silent(peer: Peer) -> None:
        await peer.until_closed()

    made = await rig(silent)
    found = await detect(made.upstream, Settings(url=made.stub.url, connect_timeout=Duration(0.05), engine="opensearch"))
    assert str(found) == "opensearch: no answer within 50ms"
