"""From a graph in fp32 to one in int8 that ranks as it does."""

from searchrerank.models.quantise.guarded import Guarded, guarded_int8
from searchrerank.models.quantise.int8 import quantised
from searchrerank.models.quantise.integers import FULL_RANGE, REDUCED_RANGE
from searchrerank.models.quantise.matmuls import WeightMatMul, weight_matmuls
from searchrerank.models.quantise.portable import portable
from searchrerank.models.quantise.units import with_units_apart

__all__ = [
    "FULL_RANGE",
    "REDUCED_RANGE",
    "Guarded",
    "WeightMatMul",
    "guarded_int8",
    "portable",
    "quantised",
    "weight_matmuls",
    "with_units_apart",
]
