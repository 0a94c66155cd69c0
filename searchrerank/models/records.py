"""What is noted on disk, as JSON that people can read."""

import os
import tempfile
from pathlib import Path

import msgspec

__all__ = ["readable", "write_record"]


def readable(record: msgspec.Struct) -> bytes:
    """The record as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def write_record(path: Path, record: msgspec.Struct) -> None:
    """Write it whole or not at all, for the user's other accounts to read; who writes last wins. Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as draft:
        try:
            draft.write(readable(record))
            os.fchmod(draft.fileno(), 0o644)
            draft.close()
            os.replace(draft.name, path)  # noqa: PTH105  the name is text
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise
