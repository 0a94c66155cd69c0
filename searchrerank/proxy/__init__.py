"""The proxy: what asks the search engine, and what becomes of each request between it and the client."""

from searchrerank.proxy.detect import Found, detect
from searchrerank.proxy.handler import ProxyHandler
from searchrerank.proxy.inference import InferenceHandler
from searchrerank.proxy.sniffing import SniffingHandler
from searchrerank.proxy.upstream import Upstream

__all__ = ["Found", "InferenceHandler", "ProxyHandler", "SniffingHandler", "Upstream", "detect"]
