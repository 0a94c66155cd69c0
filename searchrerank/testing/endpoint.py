"""Where something answers."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

__all__ = ["Endpoint"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An engine or a proxy that answers.

    url: scheme, host and port, without a path.
    container_url: the same for other containers of the same Docker engine; None where they have no way of their own.
    """

    url: str
    container_url: str | None = None

    @property
    def host(self) -> str:
        """The host's name or address, an IPv6 address without brackets."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port, be it the scheme's own."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine itself can reach it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"
