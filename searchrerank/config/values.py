"""One value: from TOML or text to what its key holds, or a ValueError whose text says what would be right."""

import re
import sys
from collections.abc import Mapping
from typing import Final

from msgspec.inspect import (
    BoolType,
    CustomType,
    FloatType,
    IntType,
    LiteralType,
    Metadata,
    NoneType,
    StrType,
    Type,
    UnionType,
    VarTupleType,
)

from searchrerank.config.secret import Secret, SecretReference
from searchrerank.config.units import Duration, Size

__all__ = ["decode", "from_text", "is_secret"]

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LARGEST: Final = sys.float_info.max  # beyond it are TOML's inf and integers that no float holds
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REFERENCE: Final = 'where the credential stands, { env = "NAME" } or { file = "/path" }, and not the credential itself'


def decode(kind: Type, raw: object) -> object:
    """`raw`, as TOML has it or typed already, as a value of `kind`. A secret comes as a SecretReference.

    Raises ValueError, whose text says what would be right and never repeats `raw`.
    """
    match kind:
        case Metadata(type=inner, extra={"check": check}):
            value = decode(inner, raw)
            check(value)
            return value
        case UnionType(types=(inner, NoneType())):
            return decode(inner, raw)
        case CustomType(cls=cls) if cls is Secret:
            return raw if isinstance(raw, Secret) else _reference(raw)
        case CustomType(cls=cls) if cls is Duration or cls is Size:
            return raw if isinstance(raw, cls) else cls.parse(raw if isinstance(raw, str) else "")
        case VarTupleType(item_type=item):
            return _list(kind, item, raw)
    if not _fits(kind, raw):
        raise ValueError(_expected(kind))
    return float(raw) if isinstance(kind, FloatType) and isinstance(raw, int) else raw


def from_text(kind: Type, text: str) -> object:
    """What TOML would have for `text`, the way a variable or a flag holds it.

    Lists are separated by commas. A text that stands for no value of `kind` comes back as it is, for `decode` to refuse.
    """
    match kind:
        case Metadata(type=inner) | UnionType(types=(inner, NoneType())):
            return from_text(inner, text)
        case BoolType():
            return {"true": True, "false": False}.get(text.strip().lower(), text)
        case IntType() if _WHOLE_NUMBER.fullmatch(text.strip()):
            return int(text)
        case FloatType() if _NUMBER.fullmatch(text.strip()):
            return float(text)
        case VarTupleType():
            return [item.strip() for item in text.split(",") if item.strip()]
    return text


def is_secret(kind: Type) -> bool:
    """Whether values of `kind` must not be shown."""
    match kind:
        case UnionType(types=(CustomType(cls=cls), NoneType())):
            return cls is Secret
    return False


def _fits(kind: Type, raw: object) -> bool:
    match kind, raw:
        case BoolType(), bool():
            return True
        case LiteralType(values=words), str():
            return raw in words
        case StrType(min_length=shortest), str():
            return len(raw) >= (shortest or 0) and not re.search("[\ud800-\udfff]", raw)
        case IntType(ge=least, le=most), int() if not isinstance(raw, bool):
            return (least is None or raw >= least) and (most is None or raw <= most)
        case FloatType(ge=least, le=most), float() | int() if not isinstance(raw, bool):
            return (-_LARGEST if least is None else least) <= raw <= (_LARGEST if most is None else most)
    return False


def _expected(kind: Type) -> str:
    match kind:
        case BoolType():
            return "true or false"
        case LiteralType(values=words):
            return f"one of {', '.join(map(str, words))}"
        case IntType(ge=least, le=None):
            return f"a whole number, {least} or more"
        case IntType(ge=least, le=most):
            return f"a whole number from {least} to {most}"
        case FloatType(ge=None, le=None):
            return "a number"
        case FloatType(ge=least, le=most):
            return f"a number from {least} to {most}"
        case StrType(min_length=shortest):
            return "a text that is not empty" if shortest else "a text"
    raise TypeError(f"no setting has this type: {kind}")


def _list(kind: VarTupleType, item: Type, raw: object) -> tuple[object, ...]:
    right = 'a list of texts, such as ["one", "two"]'
    if not isinstance(raw, list | tuple) or len(raw) < (kind.min_length or 0):
        raise ValueError(right)
    try:
        return tuple(decode(item, member) for member in raw)
    except ValueError:
        raise ValueError(right) from None


def _reference(raw: object) -> SecretReference:
    match raw:
        case Mapping() if len(raw) != 1:
            raise ValueError(_REFERENCE)
        case {"env": str(name)} if _VARIABLE.fullmatch(name):
            return SecretReference("env", name)
        case {"file": str(name)} if name:
            return SecretReference("file", name)
    raise ValueError(_REFERENCE)
