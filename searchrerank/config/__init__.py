"""The configuration: TOML, environment and flags, read into frozen structs."""

from searchrerank.config.secret import Secret
from searchrerank.config.settings import Configuration, Engine, Log, Model, Rerank, Rule, Server, Upstream
from searchrerank.config.units import Duration, Size

__all__ = [
    "Configuration",
    "Duration",
    "Engine",
    "Log",
    "Model",
    "Rerank",
    "Rule",
    "Secret",
    "Server",
    "Size",
    "Upstream",
]
