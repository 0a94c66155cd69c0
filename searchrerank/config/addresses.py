"""The kinds of address in a configuration: where to listen, where the engine is, and where Redis is."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import urlsplit

__all__ = ["check_publish_address", "check_redis_url", "check_url", "host_and_port"]

_LISTEN = "HOST:PORT, such as 127.0.0.1:9280, 0.0.0.0:9280 or [::1]:9280"
_HOST_AND_PORT = re.compile(r"(?:\[([^\[\]]+)\]|([A-Za-z0-9_.-]+)):([0-9]{1,5})")
_SCHEME = re.compile("https?://", re.IGNORECASE)
_REDIS = re.compile("rediss?://[^/?#]*(/[0-9]*)?", re.IGNORECASE)
_SPACE_OR_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def host_and_port(listen: str) -> tuple[str, int]:
    """Take "127.0.0.1:9280" or "[::1]:9280" apart; an IPv6 host comes without its brackets.

    Port 0 lets the system choose. Raises ValueError, whose text says what would be right.
    """
    match = _HOST_AND_PORT.fullmatch(listen)
    if match is None or int(match[3]) > 65535:
        raise ValueError(_LISTEN)
    six, host, port = match.groups()
    try:
        if six:
            IPv6Address(six)
        elif not host.strip("0123456789."):
            IPv4Address(host)
    except AddressValueError:
        raise ValueError(_LISTEN) from None
    return six or host, int(port)


def check_publish_address(address: str) -> None:
    """Hold it to HOST:PORT, or to nothing. Raises ValueError, whose text says what would be right."""
    if address and host_and_port(address)[1] == 0:
        raise ValueError("HOST:PORT as clients reach it, or empty")


def check_url(url: str) -> None:
    """Hold the engine's address to a scheme, a host and at most a port and a path beside them.

    Raises ValueError, whose text says what would be right.
    """
    if _SCHEME.match(url) is None:
        raise ValueError("an address with its scheme, such as http://localhost:9200")
    if "@" in url:
        raise ValueError("an address without a user or password; upstream.authorization is the place for them")
    if "?" in url or "#" in url:
        raise ValueError("an address without a query or fragment, such as http://localhost:9200")
    if _SPACE_OR_CONTROL.search(url) or not _has_host(url):
        raise ValueError("an address with a host, and a port from 1 to 65535 if any, such as http://localhost:9200")


def check_redis_url(url: str) -> None:
    """Hold it to a scheme, a host and at most a user, a port and the number of a database beside them, or to nothing.

    Raises ValueError, whose text says what would be right.
    """
    if ":" in url.partition("://")[2].rpartition("@")[0]:
        raise ValueError("an address without a password; cache.redis_password is the place for it")
    if url and not (_REDIS.fullmatch(url) and _SPACE_OR_CONTROL.search(url) is None and _has_host(url)):
        raise ValueError("redis:// or rediss:// (for TLS), a host and, where needed, a port and database: redis://cache:6379/0")


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and not parts.netloc.endswith(":")
    except ValueError:  # an unclosed bracket, a port that is no number or past 65535
        return False
