"""The one boundary where what aiohttp's client raises becomes an error that says what is wrong with the upstream."""

import errno
import os
import ssl

import aiohttp
from aiohttp.http import HttpProcessingError

from searchrerank.errors import (
    SearchrerankError,
    UpstreamBrokenError,
    UpstreamTimeoutError,
    UpstreamUnreachableError,
)

__all__ = ["FOREIGN", "blame"]

FOREIGN = (aiohttp.ClientError, HttpProcessingError, OSError)


def blame(error: BaseException, upstream: str) -> SearchrerankError:
    """What a client may be told: one line with the upstream's URL, and no address that it resolves to."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return UpstreamTimeoutError(f"{upstream}: no connection was free or could be made in time")
    if isinstance(error, TimeoutError):
        return UpstreamTimeoutError(f"{upstream}: no answer in time")
    if isinstance(error, aiohttp.ClientConnectorError):
        return UpstreamUnreachableError(f"{upstream}: {_why_unreachable(error)}")
    return UpstreamBrokenError(f"{upstream}: {_why_broken(error)}")


def _why_unreachable(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host name does not resolve"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        cause = error.certificate_error
        why = cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else "not valid"
        return f"its TLS certificate is not accepted: {why}"
    if isinstance(error, aiohttp.ClientSSLError):
        return "TLS could not be set up"
    return _errno_text(error.os_error) or "no connection could be made"


def _why_broken(error: BaseException) -> str:
    if isinstance(error, HttpProcessingError | aiohttp.ClientResponseError):
        return f"its answer breaks HTTP's rules: {error.message.partition(':')[0]}"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "its answer broke off"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it closed the connection before it had answered"
    text = _errno_text(error)
    return f"the connection broke: {text}" if text else "the connection broke"


def _errno_text(error: BaseException) -> str:
    """The system's words for the error's number: its own text may hold addresses."""
    number = getattr(error, "errno", None)
    return os.strerror(number).lower() if isinstance(number, int) and number in errno.errorcode else ""
