"""What clients call the models that are served. Pure."""

from collections.abc import Mapping, Sequence

from searchrerank.config.patterns import matches
from searchrerank.errors import UnknownModelError
from searchrerank.models import find

__all__ = ["ModelNames", "public_name"]

_SHOWN = 100


def public_name(configured: str) -> str:
    """What a model is called in answers: its known name, a hub id, or the last part of the path of its folder."""
    known = find(configured)
    if known is not None:
        return known.name
    return configured.rstrip("/").rpartition("/")[2] if configured.startswith(("/", ".", "~")) else configured


class ModelNames:
    """From a name in a call to the public name of a model."""

    def __init__(self, aliases: Mapping[str, Sequence[str]]) -> None:
        """aliases: the public name of each model, the default one first → its other names, which may be patterns."""
        self._default = next(iter(aliases))
        self._aliases = aliases
        exact = [(alias, name) for name, listed in aliases.items() for alias in listed]
        self._exact = {alias.lower(): name for alias, name in [*exact, *((name, name) for name in aliases)]}

    @property
    def all(self) -> tuple[str, ...]:
        """The public names, the default one first."""
        return tuple(self._aliases)

    def find(self, asked: str | None) -> str:
        """The model that is meant; None and an empty name mean the default one.

        Rule 1: a name or an alias as it is configured comes first, in any case.
        Rule 2: then what `searchrerank models list` knows the model by: another name, or its repository on the hub.
        Rule 3: then aliases that are patterns, in the order of the configuration.
        Raises UnknownModelError where none is.
        """
        if not asked:
            return self._default
        if (name := self._exact.get(asked.lower())) is not None:
            return name
        known = find(asked)
        if known is not None and known.name in self._aliases:
            return known.name
        for name, patterns in self._aliases.items():
            if matches(patterns, asked):
                return name
        raise UnknownModelError(f"no model called {asked[:_SHOWN]!r} is served; there is {', '.join(self.all)}")
