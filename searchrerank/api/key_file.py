"""A file of keys that is read again whenever it changes."""

import logging
from os import stat_result
from pathlib import Path

from searchrerank.api.keys import Key, KeyRing, read_keys
from searchrerank.errors import ConfigurationError

__all__ = ["KeyFile"]

_log = logging.getLogger(__name__)


class KeyFile:
    """The keys of a file, and those that are given beside it.

    A new file that cannot be read, or holds a line that is wrong, leaves the keys as they are; the log tells, once.
    """

    def __init__(self, path: Path, beside: tuple[Key, ...] = ()) -> None:
        """Read the file. Raises ConfigurationError where that cannot be done."""
        self._path = path
        self._beside = beside
        self._seen = _version(path)
        try:
            self._ring = self._read()
        except ValueError as error:
            raise ConfigurationError(f"api.keys_file: {error}") from None

    def ring(self) -> KeyRing:
        """The keys that are valid now. Costs a stat(2) while the file is the same."""
        version = _version(self._path)
        if version != self._seen:
            self._seen = version
            try:
                self._ring = self._read()
            except ValueError as error:
                _log.warning("the keys stay as they were: %s", "; ".join(str(error).splitlines()))
            else:
                _log.info("%s: the keys were read again", self._path)
        return self._ring

    def _read(self) -> KeyRing:
        try:
            return KeyRing((*self._beside, *read_keys(self._path.read_text(encoding="utf-8"))))
        except OSError as error:
            raise ValueError(f"{self._path}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ValueError(f"{self._path}: is not UTF-8") from None
        except ValueError as error:
            raise ValueError("\n".join(f"{self._path}: {line}" for line in str(error).splitlines())) from None


def _version(path: Path) -> tuple[int, int, int] | None:
    """What differs once a file is written again or replaced; None where there is none."""
    try:
        found: stat_result = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
