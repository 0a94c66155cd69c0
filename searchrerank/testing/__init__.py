"""For the tests of applications that search: engines and proxies as pytest fixtures, and the proxy's image as a container.

pytest finds the fixtures by itself (`plugin`). What needs testcontainers is imported when it is first asked for, so that a run
of pytest that never does pays nothing.
"""

from typing import TYPE_CHECKING

from searchrerank.testing.endpoint import Endpoint
from searchrerank.testing.errors import ContainerError
from searchrerank.testing.protocol import ProxyFactory

if TYPE_CHECKING:
    from searchrerank.testing.proxy_container import SearchRerankContainer

__all__ = ["ContainerError", "Endpoint", "ProxyFactory", "SearchRerankContainer"]


def __getattr__(name: str) -> object:
    if name != "SearchRerankContainer":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from searchrerank.testing.proxy_container import SearchRerankContainer  # noqa: PLC0415  (see above)
    except ModuleNotFoundError as error:
        raise ImportError(f"{name} needs {error.name}: pip install 'searchrerank[testing]'") from error
    return SearchRerankContainer
