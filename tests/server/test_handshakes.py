"""A listener's last moment, with real sockets."""

import socket
import sys

import pytest

from searchrerank.server.handshakes import refuse_handshakes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="packet filters are Linux's")


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")], ids=["4", "6"])
def test_who_got_in_is_served_and_who_comes_later_is_refused(family, host):
    try:
        listener = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener, socket.create_connection(listener.getsockname()[:2]) as waiting:
        refuse_handshakes(listener)
        with pytest.raises(TimeoutError):
            socket.create_connection(listener.getsockname()[:2], timeout=0.3)
        accepted, _ = listener.accept()
        with accepted:
            waiting.sendall(b"asked")
            assert accepted.recv(5) == b"asked"
            accepted.sendall(b"answered")
            assert waiting.recv(8) == b"answered"
        address = listener.getsockname()[:2]
        listener.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=5)
