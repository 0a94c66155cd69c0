"""searchrerank itself, opened as `searchrerank serve` opens its scorer."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from searchrerank.app import load_scorer
from searchrerank.config import load
from searchrerank.scoring import Scorer
from searchrerank.scoring.cache import remembering

__all__ = ["open_ours"]


def open_ours(settings: Mapping[str, str]) -> Scorer:
    """The scorer of a configuration that is all defaults but for `settings` (dotted key → text), caches included."""
    with tempfile.TemporaryDirectory() as nowhere:
        configuration = load(None, {}, settings, Path(nowhere)).configuration
    return remembering(load_scorer(configuration.model), configuration.cache)
