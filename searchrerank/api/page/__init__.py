"""A page to try the rerank APIs by hand. It is one file, and its policy keeps browsers from loading anything else for it."""

import base64
import hashlib
import re
from importlib.resources import files

from searchrerank.message import Headers, Response

__all__ = ["page"]

_HTML = files(__package__).joinpath("page.html").read_bytes()


def page() -> Response:
    """The page. It asks for `openapi.json` beside itself, and for paths of the APIs."""
    policy = {
        "default-src": "'none'",
        "script-src": _hash("script"),
        "style-src": _hash("style"),
        "img-src": "data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    headers = (
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", "; ".join(f"{name} {value}" for name, value in policy.items())),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-cache"),
        ("vary", "Accept"),
    )
    return Response(200, "OK", Headers(headers), _HTML)


def _hash(name: str) -> str:
    """The source that allows this one element (Content Security Policy Level 3, section 2.3.1)."""
    (content,) = re.findall(rb"<%s>(.*)</%s>" % (name.encode(), name.encode()), _HTML, re.DOTALL)
    return f"'sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}'"
