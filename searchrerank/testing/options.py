"""What can be set: by command line, environment variable or ini option, in this order, else the default."""

import os
from dataclasses import dataclass

import pytest

from searchrerank.testing.engines import ENGINES

__all__ = ["OPTIONS", "Option", "settable"]


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be set, and its three names."""

    name: str
    default: str
    meaning: str

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return f"--searchrerank-{self.name}"

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"SEARCHRERANK_TEST_{self.name}".upper().replace("-", "_")

    @property
    def ini(self) -> str:
        """Its name in pytest's configuration file."""
        return f"searchrerank_{self.name}".replace("-", "_")

    def add(self, parser: pytest.Parser) -> None:
        """Make it known to pytest."""
        shown = self.default or "none"
        group = parser.getgroup("searchrerank", "engines and proxies (searchrerank)")
        group.addoption(self.flag, dest=self.ini, metavar="VALUE", help=f"{self.meaning} (default: {shown}; {self.variable})")
        parser.addini(self.ini, self.meaning, type="string", default="")

    def value(self, config: pytest.Config) -> str:
        """What was set, or the default."""
        given: str | None = config.getoption(self.ini)
        return given or os.environ.get(self.variable) or config.getini(self.ini) or self.default

    def __str__(self) -> str:
        """All three names."""
        return f"{self.flag}, {self.variable} or the ini option {self.ini}"


OPTIONS = {
    option.name: option
    for option in (
        *(
            option
            for engine in ENGINES.values()
            for option in (
                Option(f"{engine.name}-image", engine.image, f"the image of {engine.name}_cluster"),
                Option(
                    f"{engine.name}-version",
                    engine.version,
                    f"the tag of {engine.name}_cluster's image, where that is named without one",
                ),
                Option(f"{engine.name}-url", "", f"a node that runs already, for {engine.name}_cluster instead of a container"),
            )
        ),
        Option("proxy-image", "searchrerank", "the image of rerank_proxy(…, container=True)"),
        Option("startup-timeout", "180s", "how long a container may take to answer"),
    )
}


def settable(*names: str) -> str:
    """What an error says of the options that may help."""
    lines = [f"  {option.meaning}: {option}" for option in map(OPTIONS.__getitem__, names)]
    return "\n".join(("What can be set:", *lines))
