"""The proxy's image as a container, in testcontainers' own style."""

from typing import Any, Self

from searchrerank.config.toml import literal
from searchrerank.testing.http_container import HttpContainer
from searchrerank.testing.protocol import Section

__all__ = ["SearchRerankContainer"]

_CONFIGURATION = "/etc/searchrerank/config.toml"


class SearchRerankContainer(HttpContainer):
    """searchrerank in front of an engine.

    ```
    with SearchRerankContainer("searchrerank").with_upstream("http://172.17.0.2:9200") as proxy:
        ...  # proxy.get_url()
    ```
    It is ready once `GET /` is answered below 500, which is what the image's own health check asks: so the engine has to run.
    """

    def __init__(self, image: str = "searchrerank", **kwargs: Any) -> None:
        """kwargs: what DockerContainer takes, and docker-py's `run`. Raises ContainerError where no Docker engine answers."""
        super().__init__(image, port=9280, path="/", accepts=lambda status: status < 500, **kwargs)
        self._sections: dict[str, Section] = {}

    def with_upstream(self, url: str) -> Self:
        """The engine's address, as the container reaches it: its own 127.0.0.1 is not the machine's."""
        return self.with_env("SEARCHRERANK_UPSTREAM_URL", url)

    def with_model(self, name: str) -> Self:
        """The model that scores: `constant`, a known name, or a folder of the container."""
        return self.with_env("SEARCHRERANK_MODEL_NAME", name)

    def with_settings(self, **sections: Section) -> Self:
        """Sections of the configuration file: `with_settings(rerank={"window": 20}, rule=[{"index": ["books"]}])`."""
        self._sections.update(sections)
        return self

    def _configure(self) -> None:
        if self._sections:
            lines = [f"{name} = {literal(section)}\n" for name, section in self._sections.items()]
            self.with_copy_into_container("".join(lines).encode(), _CONFIGURATION)
