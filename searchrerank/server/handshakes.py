"""A listener that lets nobody new in, while those who are halfway in come all the way.

A TCP connection that is in a listener's queue when that is closed is reset, though its client may have sent a request
already. So the queue has to be emptied first, and stay empty: by a packet filter, since a listener has no other way to stop
shaking hands. A shorter queue (`listen(0)`) is none: where it is full the kernel ignores the last packet of a handshake,
and the client, to whom the connection is open, is reset in the end.
"""

import ctypes
import socket
import struct
import sys

__all__ = ["refuse_handshakes"]

# asm-generic/socket.h; the socket module does not name it.
_SO_ATTACH_FILTER = 26
# The 14th byte of a TCP header holds the flags (RFC 9293, 3.1).
_FLAGS, _SYN = 13, 0x02
# linux/bpf_common.h, linux/filter.h: code, how many instructions to skip if true and if false, operand.
_LOAD_BYTE, _JUMP_IF_ANY_BIT, _RETURN = 0x30, 0x45, 0x06
_DROP, _KEEP = 0, 0xFFFFFFFF
_PROGRAM = [(_LOAD_BYTE, 0, 0, _FLAGS), (_JUMP_IF_ANY_BIT, 0, 1, _SYN), (_RETURN, 0, 0, _DROP), (_RETURN, 0, 0, _KEEP)]


def refuse_handshakes(listener: socket.socket) -> None:
    """Ignore whoever wants to connect from now on; those try again, and are refused once the listener is closed.

    Does nothing where there are no such filters: on other systems than Linux. Raises OSError where the kernel lets none in.
    Source: `SO_ATTACH_FILTER` in socket(7), Documentation/networking/filter.rst of Linux.
    """
    if sys.platform != "linux":
        return
    instructions = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in _PROGRAM))
    program = struct.pack("HL", len(_PROGRAM), ctypes.addressof(instructions))
    listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
