"""Every setting, its type and its default. `config.toml` at the root documents each key; a test holds the two together."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from searchrerank.config.addresses import check_publish_address, check_redis_url, check_url, host_and_port
from searchrerank.config.controls import check_controls
from searchrerank.config.patterns import check_aliases, check_patterns
from searchrerank.config.secret import Secret
from searchrerank.config.units import Duration, Size
from searchrerank.config.weights import check_fields

__all__ = [
    "Api",
    "ApiModel",
    "Cache",
    "Configuration",
    "Control",
    "Engine",
    "Inference",
    "Log",
    "Model",
    "Rerank",
    "Rule",
    "Server",
    "Upstream",
]

Engine = Literal["auto", "elasticsearch", "opensearch", "solr"]
Precision = Literal["auto", "fp32", "fp16", "bf16", "int8"]
Runtime = Literal["auto", "onnxruntime", "openvino"]
Scores = Literal["sigmoid", "raw", "positive"]
Blend = Literal["none", "weighted", "rrf"]
FailurePolicy = Literal["open", "closed"]
Passages = Literal["document", "windows", "highlights"]
Native = Literal["serve", "pass"]
V1Rerank = Literal["cohere-v1", "jina", "voyage", "vllm-rerank", "infinity"]
V2Rerank = Literal["cohere-v2", "vllm-rerank"]
SharedRerank = Literal["infinity", "tei", "vllm-rerank"]
Window = Annotated[int, Meta(ge=1, le=10_000)]
Positive = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Text = Annotated[str, Meta(min_length=1)]
Listen = Annotated[str, Meta(extra={"check": host_and_port})]
PublishAddress = Annotated[str, Meta(extra={"check": check_publish_address})]
Url = Annotated[str, Meta(extra={"check": check_url})]
RedisUrl = Annotated[str, Meta(extra={"check": check_redis_url})]
Fields = Annotated[tuple[Text, ...], Meta(extra={"check": check_fields})]
PassageTokens = Annotated[int, Meta(ge=16)]
MostPassages = Annotated[int, Meta(ge=1, le=1000)]
Patterns = Annotated[tuple[Text, ...], Meta(min_length=1, extra={"check": check_patterns})]
Aliases = Annotated[tuple[Text, ...], Meta(extra={"check": check_aliases})]
PairTokens = Annotated[int, Meta(ge=16)]
Controls = Annotated[tuple[Text, ...], Meta(extra={"check": check_controls})]


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where searchrerank listens and what it accepts."""

    listen: Listen = "127.0.0.1:9280"
    report: bool = True
    publish_address: PublishAddress = ""
    max_header_size: Size = Size(64 * 1024)
    max_headers: Positive = 1024
    max_search_body: Size = Size(8 * 2**20)
    max_search_answer: Size = Size(64 * 2**20)
    keep_alive: Duration = Duration(75)
    body_timeout: Duration = Duration(60)
    drain: Duration = Duration(20)


class Upstream(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The search engine behind the proxy and how to reach it."""

    url: Url = "http://127.0.0.1:9200"
    engine: Engine = "auto"
    connect_timeout: Duration = Duration(5)
    read_timeout: Duration = Duration(60)
    max_connections: Positive = 256
    tls_verify: bool = True
    tls_ca: Text | None = None
    tls_certificate: Text | None = None
    tls_key: Text | None = None
    authorization: Secret | None = None


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cross-encoder that scores."""

    name: Text = "searchrerank-mini-en"
    precision: Precision = "auto"
    runtime: Runtime = "auto"
    gate: Share = 0.99
    threads: Count = 0
    max_tokens: PairTokens = 512
    max_queue: Count = 0
    cascade: Text | None = None
    folder: Text | None = None
    offline: bool = False


class Cache(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is remembered of pairs that were scored."""

    enabled: bool = True
    size: Size = Size(64 * 2**20)
    redis: RedisUrl = ""
    redis_password: Secret | None = None
    redis_timeout: Duration = Duration(0.02)
    redis_expiry: Duration = Duration(24 * 3600)


class Rerank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a search is reranked where no rule says otherwise."""

    window: Window = 50
    budget: Duration = Duration(2)
    on_failure: FailurePolicy = "open"
    fields: Fields = ()
    separator: str = "\n"
    title_field: str = ""
    strip_html: bool = False
    passages: Passages = "document"
    passage_tokens: PassageTokens = 256
    passage_stride: Positive = 192
    max_passages: MostPassages = 8
    scores: Scores = "sigmoid"
    min_score: float | None = None
    blend: Blend = "none"
    engine_weight: Share = 0.3
    rrf_rank_constant: Positive = 60
    keep_top: Count = 0
    keep_engine_score: bool = False
    cascade_top: Count = 20
    native: Native = "serve"


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Overrides of `[rerank]` for the searches that it matches; what is left unset is inherited. The first match wins."""

    name: str = ""
    index: Patterns = ("*",)
    path: Patterns = ("*",)
    enabled: bool = True
    window: Window | UnsetType = UNSET
    budget: Duration | UnsetType = UNSET
    on_failure: FailurePolicy | UnsetType = UNSET
    fields: Fields | UnsetType = UNSET
    separator: str | UnsetType = UNSET
    title_field: str | UnsetType = UNSET
    strip_html: bool | UnsetType = UNSET
    passages: Passages | UnsetType = UNSET
    passage_tokens: PassageTokens | UnsetType = UNSET
    passage_stride: Positive | UnsetType = UNSET
    max_passages: MostPassages | UnsetType = UNSET
    scores: Scores | UnsetType = UNSET
    min_score: float | UnsetType = UNSET
    blend: Blend | UnsetType = UNSET
    engine_weight: Share | UnsetType = UNSET
    rrf_rank_constant: Positive | UnsetType = UNSET
    keep_top: Count | UnsetType = UNSET
    keep_engine_score: bool | UnsetType = UNSET
    cascade_top: Count | UnsetType = UNSET
    native: Native | UnsetType = UNSET


class Inference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Elasticsearch's inference API, as far as it reranks."""

    rerank_ids: tuple[Text, ...] = ()


class Control(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a request may ask of searchrerank itself."""

    allow: Controls = ("mode",)


class Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The models as a service, in the shapes of rerank APIs."""

    enabled: bool = False
    aliases: Aliases = ()
    memory: Size = Size(4 * 2**30)
    budget: Duration = Duration(30)
    max_documents: Positive = 1000
    max_tokens: Positive = 500_000
    max_body: Size = Size(16 * 2**20)
    max_bodies: Size = Size(256 * 2**20)
    max_calls: Positive = 256
    v1_rerank: V1Rerank = "cohere-v1"
    v2_rerank: V2Rerank = "cohere-v2"
    rerank: SharedRerank = "infinity"
    key: Secret | None = None
    keys_file: Text | None = None


class ApiModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model that the API serves beside that of `[model]`, whose settings hold for it too where it has none of its own."""

    name: Text
    aliases: Aliases = ()
    warm: bool = False
    precision: Precision | UnsetType = UNSET
    max_tokens: PairTokens | UnsetType = UNSET


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Configuration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    server: Server = Server()
    upstream: Upstream = Upstream()
    model: Model = Model()
    cache: Cache = Cache()
    rerank: Rerank = Rerank()
    control: Control = Control()
    rule: tuple[Rule, ...] = ()
    inference: Inference = Inference()
    api: Api = Api()
    api_model: tuple[ApiModel, ...] = ()
    log: Log = Log()
