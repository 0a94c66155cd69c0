"""The configuration: TOML, environment and flags, read into frozen structs."""

from searchrerank.config.addresses import host_and_port
from searchrerank.config.loader import Loaded, load, load_tables
from searchrerank.config.rules import resolve
from searchrerank.config.secret import Secret, SecretReference
from searchrerank.config.settings import (
    Api,
    ApiModel,
    Cache,
    Configuration,
    Control,
    Engine,
    Inference,
    Log,
    Model,
    Rerank,
    Rule,
    Server,
    Upstream,
)
from searchrerank.config.toml import write
from searchrerank.config.units import Duration, Size
from searchrerank.config.weights import WeightedField, weighted_field

__all__ = [
    "Api",
    "ApiModel",
    "Cache",
    "Configuration",
    "Control",
    "Duration",
    "Engine",
    "Inference",
    "Loaded",
    "Log",
    "Model",
    "Rerank",
    "Rule",
    "Secret",
    "SecretReference",
    "Server",
    "Size",
    "Upstream",
    "WeightedField",
    "host_and_port",
    "load",
    "load_tables",
    "resolve",
    "weighted_field",
    "write",
]
