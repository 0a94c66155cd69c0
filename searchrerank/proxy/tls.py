"""TLS to the upstream, as the settings ask for it."""

import ssl

from searchrerank.config import Upstream as Settings
from searchrerank.errors import ConfigurationError

__all__ = ["client_context"]


def client_context(settings: Settings) -> ssl.SSLContext:
    """Check the upstream by `tls_ca` or the system's authorities, and show `tls_certificate` where there is one.

    Raises ConfigurationError, which names the setting, for files that are not there or not what they should be.
    """
    try:
        context = ssl.create_default_context(cafile=settings.tls_ca)
    except OSError as error:
        raise ConfigurationError(
            f"upstream.tls_ca = {settings.tls_ca!r}: no certificates can be read from it: {error}"
        ) from error
    if not settings.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.tls_certificate is not None:
        try:
            context.load_cert_chain(settings.tls_certificate, settings.tls_key)
        except OSError as error:
            shown = f"upstream.tls_certificate = {settings.tls_certificate!r}, upstream.tls_key = {settings.tls_key!r}"
            raise ConfigurationError(f"{shown}: not a certificate and its key: {error}") from error
    return context
