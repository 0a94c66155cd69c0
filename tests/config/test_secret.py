import copy
import pickle

import msgspec
import pytest

from searchrerank.config import Configuration, Secret, SecretReference, Upstream, write

PASSWORD = "ApiKey s3cr3t"
SECRET = Secret(PASSWORD, SecretReference("env", "NAME"))


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r}".format, "%s".__mod__, ascii, lambda secret: f"{[secret]}"])
def test_it_cannot_be_shown(show):
    assert "s3cr3t" not in show(SECRET)
    assert "<hidden>" in show(SECRET)
    assert "s3cr3t" not in show(Configuration(upstream=Upstream(authorization=SECRET)))


@pytest.mark.parametrize("serialise", [pickle.dumps, copy.deepcopy, msgspec.json.encode, msgspec.to_builtins])
def test_it_is_not_serialised(serialise):
    with pytest.raises(TypeError) as caught:
        serialise(Configuration(upstream=Upstream(authorization=SECRET)))
    assert "s3cr3t" not in str(caught.value)


def test_it_is_given_out_on_request():
    assert SECRET.reveal() == PASSWORD


def test_it_compares_by_value():
    assert Secret(PASSWORD) == SECRET
    assert hash(Secret(PASSWORD)) == hash(SECRET)
    assert Secret("other") != SECRET
    assert SECRET != PASSWORD


@pytest.mark.parametrize(
    ("secret", "line"),
    [
        (SECRET, 'authorization = { env = "NAME" }'),
        (Secret(PASSWORD, SecretReference("file", "/a b")), 'authorization = { file = "/a b" }'),
        (Secret(PASSWORD), "# authorization = <hidden>"),
        (None, "# authorization is not set"),
    ],
)
def test_a_written_configuration_says_where_it_stands(secret, line):
    assert line in write(Configuration(upstream=Upstream(authorization=secret)), {}).splitlines()
