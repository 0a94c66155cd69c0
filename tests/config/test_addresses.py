import pytest

from searchrerank.config import host_and_port
from searchrerank.config.addresses import check_redis_url, check_url


@pytest.mark.parametrize(
    ("listen", "parts"),
    [
        ("127.0.0.1:9280", ("127.0.0.1", 9280)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
        ("localhost:65535", ("localhost", 65535)),
        ("my-host.example.com:80", ("my-host.example.com", 80)),
        ("[::1]:9280", ("::1", 9280)),
        ("[::]:9280", ("::", 9280)),
        ("[fe80::1%eth0]:9280", ("fe80::1%eth0", 9280)),
    ],
)
def test_listen(listen, parts):
    assert host_and_port(listen) == parts


@pytest.mark.parametrize(
    "listen",
    [
        "", "9280", ":9280", "localhost", "localhost:", "localhost:http", "localhost:65536", "localhost:-1", "::1:9280",
        "[::1]", "[::1:9280", "[]:9280", "[zz]:9280", "[1.2.3.4]:9280", "300.1.1.1:9280", "1.2.3:80", "*:9280",
        "http://localhost:9280", "a b:80", "a:80\n",
    ],
)  # fmt: skip
def test_no_listen(listen):
    with pytest.raises(ValueError, match=r"^HOST:PORT, such as 127\.0\.0\.1:9280, 0\.0\.0\.0:9280 or \[::1\]:9280$"):
        host_and_port(listen)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:9200", "https://es.example.com", "http://[::1]:9200", "https://gateway/es/", "HTTP://h:1", "http://user-less:80/a%40b",
    ],
)  # fmt: skip
def test_urls(url):
    check_url(url)


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("localhost:9200", "an address with its scheme, such as http://localhost:9200"),
        ("", "an address with its scheme, such as http://localhost:9200"),
        ("ftp://localhost", "an address with its scheme, such as http://localhost:9200"),
        ("http:/localhost", "an address with its scheme, such as http://localhost:9200"),
        ("http://u:p@h", "an address without a user or password; upstream.authorization is the place for them"),
        ("http://token@h", "an address without a user or password; upstream.authorization is the place for them"),
        ("http://h/?a=b", "an address without a query or fragment, such as http://localhost:9200"),
        ("http://h/#a", "an address without a query or fragment, such as http://localhost:9200"),
        ("http://", "an address with a host, and a port from 1 to 65535 if any, such as http://localhost:9200"),
        ("http://:9200", "an address with a host, and a port from 1 to 65535 if any, such as http://localhost:9200"),
        ("http://h:", "an address with a host, and a port from 1 to 65535 if any, such as http://localhost:9200"),
        ("http://h:0", "an address with a host, and a port from 1 to 65535 if any, such as http://localhost:9200"),
        ("http://h:65536", "an address with a host, and a port from 1 to 65535 if any, such as http://localhost:9200"),
        ("http://h:x", "an address with a host, and a port from 1 to 65535 if any, such as http://localhost:9200"),
        ("http://[::1", "an address with a host, and a port from 1 to 65535 if any, such as http://localhost:9200"),
        ("http://a b", "an address with a host, and a port from 1 to 65535 if any, such as http://localhost:9200"),
        ("http://h\n", "an address with a host, and a port from 1 to 65535 if any, such as http://localhost:9200"),
    ],
)
def test_no_urls(url, right):
    with pytest.raises(ValueError) as caught:
        check_url(url)
    assert str(caught.value) == right


@pytest.mark.parametrize(
    "url",
    ["", "redis://cache:6379/0", "redis://localhost", "REDISS://cache.example.com:6380/", "redis://[::1]:6379", "redis://us%40er@c:1/15"],
)  # fmt: skip
def test_redis(url):
    check_redis_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "cache:6379", "http://cache:6379", "redis://", "redis:///0", "redis://cache:0", "redis://cache:x", "redis://cache:6379/a",
        "redis://cache/0/1", "redis://cache?ssl_cert_reqs=none", "redis://cache#0", "redis://ca che", "redis://[::1", "unix:///s",
    ],
)  # fmt: skip
def test_no_redis(url):
    with pytest.raises(ValueError, match=r"^redis:// or rediss:// \(for TLS\), a host and, where needed, a port and database"):
        check_redis_url(url)


@pytest.mark.parametrize("url", ["redis://user:secret@cache", "redis://:secret@cache:6379/0", "redis://:s@e@c"])
def test_a_password_in_the_address_of_redis(url):
    with pytest.raises(ValueError, match=r"without a password; cache\.redis_password is the place") as told:
        check_redis_url(url)
    assert "secret" not in str(told.value)
