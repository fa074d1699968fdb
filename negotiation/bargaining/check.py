"""Reading arguments: shapes, numbers and weights, each with the documented error.

A payoff vector is an array of n finite numbers; weights are n numbers, non-negative (positive where the
theory takes a logarithm), that are normalised to sum 1 (Definition 9 and equation (7) of Treutlein, Modeling
evidential cooperation in large worlds).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.errors import BadShape, BadWeights, NotANumber
from negotiation.bargaining.solution import FloatArray


def array(value: ArrayLike, what: str) -> FloatArray:
    """``value`` as floats; BadShape if it is ragged, NotANumber if it is not numeric or has a NaN."""
    try:
        out = np.array(value, dtype=np.float64)
    except TypeError as error:
        raise NotANumber(f"{what}: expected numbers, got {value!r}") from error
    except ValueError as error:
        kind = BadShape if "inhomogeneous" in str(error) else NotANumber
        raise kind(f"{what}: {error}") from error
    if np.isnan(out).any():
        raise NotANumber(f"{what}: contains NaN")
    return out


def finite(value: ArrayLike, what: str) -> FloatArray:
    """``array`` without infinities (NotANumber)."""
    out = array(value, what)
    if not np.isfinite(out).all():
        raise NotANumber(f"{what}: contains an infinite number")
    return out


def vector(value: ArrayLike, n: int, what: str) -> FloatArray:
    """(n,) finite numbers, or BadShape, NotANumber."""
    out = finite(value, what)
    if out.shape != (n,):
        raise BadShape(f"{what}: expected shape ({n},), one entry for each player, got {out.shape}")
    return out


def weights(value: ArrayLike | None, n: int, *, positive: bool, what: str = "weights") -> FloatArray:
    """(n,) weights normalised to sum 1; equal weights for None."""
    if value is None:
        return np.full(n, 1.0 / n)
    out = vector(value, n, what)
    if (out < 0).any() or out.sum() <= 0 or (positive and (out <= 0).any()):
        raise BadWeights(f"{what}: must be {'positive' if positive else 'non-negative, not all zero'}, got {out}")
    return np.asarray(out / out.sum())
