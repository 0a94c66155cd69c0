"""What the fixture `rerank_proxy` is, for annotations."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from searchrerank.testing.endpoint import Endpoint

__all__ = ["ProxyFactory", "Section"]

Section = Mapping[str, object] | Sequence[Mapping[str, object]]
"""A table of the configuration file, or for `rule` a list of them."""


class ProxyFactory(Protocol):
    """Starts proxies."""

    def __call__(
        self,
        upstream: Endpoint | str,
        *,
        model: str | Mapping[str, object] = "constant",
        container: bool = False,
        **sections: Section,
    ) -> Endpoint:
        """A proxy in front of `upstream`, which runs until the session ends. The same call gets the same proxy.

        model: a name, a folder, or the configuration's whole `[model]`. sections: the configuration's other sections, as in
        `rerank={"window": 20}`. container: whether the proxy runs as a container, and not in a thread of this process.

        Raises ConfigurationError (ModelError) where a setting is wrong, and ContainerError where a container does not answer.
        """
        ...
