"""Numbers as Solr shows them: its scores are Java floats."""

import math
import struct

__all__ = ["java_float", "rounded"]

_LARGEST = struct.unpack(">f", b"\x7f\x7f\xff\xff")[0]


def rounded(number: float) -> float:
    """The nearest Java float; the largest ones where it is past them."""
    return float(struct.unpack(">f", struct.pack(">f", min(max(number, -_LARGEST), _LARGEST)))[0])


def java_float(number: float) -> str:
    """`Float.toString` (JDK 19 and later): the fewest digits that tell the float from its neighbours."""
    number = rounded(number)
    if number == 0:
        return "-0.0" if math.copysign(1, number) < 0 else "0.0"
    shortest = next(text for digits in range(2, 10) if _is(text := f"{number:.{digits - 1}e}", number))
    mantissa, _, exponent = shortest.partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    power = int(exponent)
    if -3 <= power < 7:
        digits = len(mantissa.lstrip("-").replace(".", ""))
        return f"{float(shortest):.{max(digits - 1 - power, 1)}f}"
    return f"{mantissa if '.' in mantissa else f'{mantissa}.0'}E{power}"


def _is(text: str, number: float) -> bool:
    try:
        return bool(struct.unpack(">f", struct.pack(">f", float(text)))[0] == number)
    except OverflowError:
        return False
