"""The tensors of a checkpoint: `model.safetensors`, or the shards that `model.safetensors.index.json` lists."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from searchrerank.errors import ModelError

__all__ = ["INDEX", "SINGLE", "Weights", "weight_files"]

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"

_FLOATS = frozenset({"F32", "F16", "BF16"})


class _Index(msgspec.Struct, frozen=True):
    weight_map: dict[str, str]


class Weights:
    """Open files of tensors, each of which is to be taken once; a context manager that closes them."""

    def __init__(self, folder: Path) -> None:
        """Open the files of `folder`. Raises ModelError where one is missing, cut off or not safetensors."""
        self._folder = folder
        self._files = {path: _opened(path) for path in weight_files(folder)}
        self._places = {name: path for path, file in self._files.items() for name in file.keys()}  # noqa: SIM118  no mapping
        self._taken: set[str] = set()
        if (folder / INDEX).is_file() and not (folder / SINGLE).is_file():
            self._hold_against(_index(folder / INDEX))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for file in self._files.values():
            file.__exit__(kind, error, trace)

    def take(self, name: str, *shape: int) -> NDArray[np.float32]:
        """The tensor of that name, widened to float32.

        Raises ModelError where there is none, or where its shape, type or values are not those of a weight.
        """
        path = self._places.get(name)
        if path is None:
            raise ModelError(f"{self._where}: there is no tensor {name}")
        with _faults_of(path):
            entry = self._files[path].get_slice(name)
            kind, found = str(entry.get_dtype()), tuple(entry.get_shape())
        if kind not in _FLOATS:
            raise ModelError(f"{path}: the tensor {name} is {kind}; right is F32, F16 or BF16")
        if found != shape:
            raise ModelError(f"{path}: the tensor {name} has the shape {list(found)}; config.json asks for {list(shape)}")
        with _faults_of(path):
            value = np.asarray(self._files[path].get_tensor(name), np.float32)
        if not (np.isfinite(value.min()) and np.isfinite(value.max())):
            raise ModelError(f"{path}: the tensor {name} holds NaN or infinite values")
        self._taken.add(name)
        return value

    def refuse_others(self, harmless: tuple[str, ...]) -> None:
        """Raise ModelError where a tensor was not taken, unless its name begins or ends with one of `harmless`."""
        others = sorted(
            name for name in self._places.keys() - self._taken if not (name.startswith(harmless) or name.endswith(harmless))
        )
        if others:
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            raise ModelError(f"{self._places[others[0]]}: the tensor {others[0]}{more} has no place in this architecture")

    @property
    def _where(self) -> Path:
        return next(iter(self._files)) if len(self._files) == 1 else self._folder / INDEX

    def _hold_against(self, listed: Mapping[str, str]) -> None:
        for name, file in listed.items():
            if self._places.get(name) != self._folder / file:
                raise ModelError(f"{self._folder / file}: there is no tensor {name}, which {INDEX} places there")


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of the model in `folder`. Raises ModelError where there is neither file nor index."""
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    if (folder / INDEX).is_file():
        return sorted({folder / file for file in _index(folder / INDEX).values()})
    raise ModelError(f"{folder}: there is neither {SINGLE} nor {INDEX}")


def _index(path: Path) -> Mapping[str, str]:
    try:
        listed = msgspec.json.decode(path.read_bytes(), type=_Index).weight_map
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    if not listed:
        raise ModelError(f"{path}: it lists no tensor")
    if outside := next((file for file in listed.values() if Path(file).name != file), None):
        raise ModelError(f"{path}: it names {outside!r}, which is not a file beside it")
    return listed


def _opened(path: Path) -> Any:
    with _faults_of(path):
        return safe_open(path, "np").__enter__()  # type: ignore[no-untyped-call]


@contextmanager
def _faults_of(path: Path) -> Iterator[None]:
    """Rule: whatever safetensors raises names the file."""
    try:
        yield
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file") from None
    except (SafetensorError, OSError, TypeError) as error:
        raise ModelError(f"{path}: cut off or not safetensors: {error}") from error
