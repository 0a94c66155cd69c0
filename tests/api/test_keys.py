"""Invariant: a key opens what its line says and nothing else, and appears nowhere but where it was made."""

import os
import subprocess
import sys

import pytest

from searchrerank.api.key_file import KeyFile
from searchrerank.api.keys import Key, KeyRing, key_line, new_key, read_keys
from searchrerank.errors import ConfigurationError, UnauthorizedError

HASH = "sha256:" + "0" * 64
FORM = "not of the form: NAME sha256:HASH, then as needed requests=N, tokens=N (both a minute) and models=A,B"


def test_a_new_key_is_long_and_fresh_and_its_line_does_not_hold_it():
    keys = {new_key() for _ in range(10)}
    assert len(keys) == 10
    for key in keys:
        assert len(key) == 46
        line = key_line("shop", key)
        assert key not in line
        [read] = read_keys(line)
        assert read == Key.of("shop", key)
        assert key not in repr(read)
        assert read.digest.hex() not in repr(read)


def test_the_line_is_what_sha256sum_makes_of_the_key():
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    assert key_line("shop", "test") == f"shop sha256:{digest}"


@pytest.mark.parametrize("name", ["", "a b", "a#", "a\nb", "x" * 65, "café"])
def test_a_name_that_would_break_the_file(name):
    with pytest.raises(ValueError, match="up to 64 letters"):
        key_line(name, "key")


def test_what_a_line_may_say():
    text = f"\n# shops\n  shop {HASH} requests=60\ttokens=5000 models=mini,bge-* # the web shop\r\nblog {HASH}\n"
    assert read_keys(text) == (
        Key("shop", bytes(32), 60, 5000, ("mini", "bge-*")),
        Key("blog", bytes(32)),
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("sr-secret", FORM),
        ("shop sr-secret", FORM),
        ("shop sha256:abc", FORM),
        (f"shop {HASH}0", FORM),
        (f"shop {HASH} requests=0", FORM),
        (f"shop {HASH} requests=1.5", FORM),
        (f"shop {HASH} request=1", FORM),
        (f"shop {HASH} models=", FORM),
        (f"shop {HASH} models=a,,b", FORM),
        (f"shop {HASH} secret", FORM),
        (f"good {HASH}", "a second key is called good"),
    ],
)
def test_a_line_that_is_wrong_is_named_and_not_repeated(line, told):
    with pytest.raises(ValueError, match=r"^line 2: ") as caught:
        read_keys(f"good {HASH}\n{line}\n")
    assert str(caught.value) == f"line 2: {told}"


def test_every_wrong_line_is_told():
    with pytest.raises(ValueError, match=r"line 1: .*\nline 3: "):
        read_keys(f"a\nb {HASH}\nc\n")


@pytest.mark.parametrize("text", ["", "\n", "# none\n"])
def test_a_file_without_keys_would_lock_everyone_out(text):
    with pytest.raises(ValueError, match="there is no key in it"):
        read_keys(text)


@pytest.mark.parametrize("written", ["Bearer {}", "bearer  {} ", "ApiKey {}", "apikey {}"])
def test_a_key_is_found(written):
    keys = {name: new_key() for name in ("one", "two", "three")}
    ring = KeyRing([Key.of(name, key) for name, key in keys.items()])
    assert {name: ring.find(written.format(key)).name for name, key in keys.items()} == dict(zip(keys, keys, strict=True))


@pytest.mark.parametrize(
    ("authorization", "told"),
    [
        (None, "a key is needed"),
        ("", "not of the form"),
        ("Basic a2V5", "not of the form"),
        ("key", "not of the form"),
        ("Bearer", "not of the form"),
        ("Bearer a b", "not of the form"),
        ("Bearer k", "not valid"),
        ("Bearer key2", "not valid"),
        ("Bearer KEY", "not valid"),
        ("Bearer k\udce9y", "not valid"),
    ],
)
def test_anything_else_is_refused_without_being_repeated(authorization, told):
    with pytest.raises(UnauthorizedError, match=told) as caught:
        KeyRing([Key.of("one", "key")]).find(authorization)
    assert "key2" not in str(caught.value)


def test_every_key_is_compared_whichever_it_is(monkeypatch):
    compared = []
    monkeypatch.setattr("hmac.compare_digest", lambda one, other: compared.append(one) or one == other)
    ring = KeyRing([Key.of(name, name) for name in ("one", "two", "three")])
    for key in ("one", "three"):
        compared.clear()
        assert ring.find(f"Bearer {key}").name == key
        assert len(compared) == 3


@pytest.mark.parametrize(
    ("models", "allowed", "refused"), [((), "any", None), (("mini", "bge-*"), "mini", "minix"), (("*", "-mini"), "bge", "mini")]
)
def test_the_models_of_a_key(models, allowed, refused):
    key = Key("one", b"", models=models)
    assert key.allows(allowed)
    assert refused is None or not key.allows(refused)


def named(file: KeyFile, key: str) -> str | None:
    try:
        return file.ring().find(f"Bearer {key}").name
    except UnauthorizedError:
        return None


def test_a_file_is_read_again_when_it_changes(tmp_path, caplog):
    caplog.set_level("INFO")
    path = tmp_path / "keys"
    path.write_text(key_line("shop", "first"))
    file = KeyFile(path, (Key.of("own", "own-key"),))
    assert [named(file, key) for key in ("first", "second", "own-key")] == ["shop", None, "own"]
    path.write_text(key_line("shop", "second"))  # of the same size
    os.utime(path, ns=(1, 1))
    assert [named(file, key) for key in ("first", "second", "own-key")] == [None, "shop", "own"]
    replacing = tmp_path / "new"
    replacing.write_text(key_line("shop", "third!"))
    os.utime(replacing, ns=(1, 1))
    replacing.rename(path)  # of the same size and time
    assert [named(file, key) for key in ("second", "third!")] == [None, "shop"]
    assert caplog.messages == [f"{path}: the keys were read again"] * 2


@pytest.mark.parametrize(
    ("content", "told"), [(b"sr-secret\n", "line 1: not of the form"), (b"", "there is no key"), (b"\xff", "is not UTF-8")]
)
def test_a_broken_file_leaves_the_keys_and_is_told_once(content, told, tmp_path, caplog):
    path = tmp_path / "keys"
    path.write_text(key_line("shop", "first"))
    file = KeyFile(path)
    path.write_bytes(content)
    assert [named(file, "first") for _ in range(3)] == ["shop"] * 3
    [message] = caplog.messages
    assert message.startswith(f"the keys stay as they were: {path}: {told}")
    assert "secret" not in message
    path.write_text(key_line("shop", "mended"))
    assert (named(file, "first"), named(file, "mended")) == (None, "shop")


def test_a_file_that_goes_leaves_the_keys_and_is_told_once(tmp_path, caplog):
    path = tmp_path / "keys"
    path.write_text(key_line("shop", "first"))
    file = KeyFile(path)
    path.unlink()
    assert [named(file, "first") for _ in range(3)] == ["shop"] * 3
    assert caplog.messages == [f"the keys stay as they were: {path}: cannot be read: No such file or directory"]


def test_a_file_that_is_wrong_from_the_start_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigurationError, match=r"api\.keys_file: .*none: cannot be read: No such file"):
        KeyFile(tmp_path / "none")
    (tmp_path / "keys").write_text("a\nb\n")
    with pytest.raises(ConfigurationError, match=r"line 1: .*\n.*line 2: "):
        KeyFile(tmp_path / "keys")


def test_the_command_prints_a_key_and_the_line_that_lets_it_in():
    done = subprocess.run(
        [sys.executable, "-m", "searchrerank", "keys", "new", "shop"], capture_output=True, text=True, check=True
    )
    key, line = (text.strip() for text in done.stdout.splitlines()[1::2])
    assert KeyRing(read_keys(line)).find(f"Bearer {key}").name == "shop"
    assert (line, done.stdout.count(key), done.stderr) == (key_line("shop", key), 1, "")


def test_the_command_refuses_a_name_that_would_break_the_file():
    done = subprocess.run(
        [sys.executable, "-m", "searchrerank", "keys", "new", "a b"], capture_output=True, text=True, check=False
    )
    told = 'searchrerank: command line: NAME = "a b": up to 64 letters, digits, dots, hyphens and underscores\n'
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)
