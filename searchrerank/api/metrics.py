"""What the rerank APIs did, counted for Prometheus."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from searchrerank.message import Headers, Response
from searchrerank.scoring import Workers

__all__ = ["Metrics"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """Counters of one server. Labels never hold what a client made up: a name that is not known counts as an empty one."""

    def __init__(self, *, under_way: Callable[[], float], loaded: Callable[[], float], threads: Workers) -> None:
        """under_way: how many calls are; loaded: how many models are in memory. All are asked when somebody looks."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # each counter would be told twice: once more with the time of its first count
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._calls = Counter(
            "searchrerank_api_calls",
            "Calls of rerank APIs that ended; status 499: the client left.",
            ("shape", "status", "model", "key"),
            registry=registry,
        )
        self._documents = Counter(
            "searchrerank_api_documents", "Texts that were scored for answers.", ("model", "key"), registry=registry
        )
        self._tokens = Counter(
            "searchrerank_api_tokens", "Tokens that were scored for answers.", ("model", "key"), registry=registry
        )
        self._seconds = Histogram(
            "searchrerank_api_call_seconds",
            "How long calls took, from their head to their answer.",
            ("shape",),
            buckets=_SECONDS,
            registry=registry,
        )
        Gauge("searchrerank_api_calls_under_way", "Calls under way.", registry=registry).set_function(under_way)
        Gauge("searchrerank_models_loaded", "Models in memory.", registry=registry).set_function(loaded)
        registry.register(_ScorerCollector(threads))

    def ended(self, *, shape: str, status: int, model: str, key: str, seconds: float) -> None:
        """A call ended."""
        self._calls.labels(shape, str(status), model, key).inc()
        self._seconds.labels(shape).observe(seconds)

    def answered(self, *, model: str, key: str, documents: int, tokens: int) -> None:
        """A call was answered with scores."""
        self._documents.labels(model, key).inc(documents)
        self._tokens.labels(model, key).inc(tokens)

    def exposition(self, accept: str) -> Response:
        """All of it, in the format that the Accept header asks for."""
        encode, content_type = choose_encoder(accept)
        return Response(200, "OK", Headers((("content-type", content_type),)), encode(self._registry))


class _ScorerCollector(Collector):
    """A counter of the library's own cannot be asked for what is counted elsewhere."""

    def __init__(self, threads: Workers) -> None:
        self._threads = threads

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("searchrerank_scorer_threads", "Threads that score.", self._threads.threads)
        busy = "Time during which these had work, all of them together."
        yield CounterMetricFamily("searchrerank_scorer_busy_seconds", busy, self._threads.busy_seconds)
