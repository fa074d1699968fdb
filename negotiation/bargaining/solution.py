"""What every bargaining solution returns: the point, the weights that support it, and a certificate.

For a closed convex set F and weights w >= 0, w != 0, write h(w) = max {w.y : y in F}. A point x of F is
(weakly) Pareto optimal if and only if w.x = h(w) for some such w: the *common weights* of Theorem 6. They are
the proof of optimality, and h(w) - w.x is what is missing from it.

Source: Treutlein, Modeling evidential cooperation in large worlds, Theorems 5 and 6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.errors import NotCertified

FloatArray = NDArray[np.float64]

LARGEST_RESIDUAL = 1e-6
"""``certified`` passes nothing with more; usual are 0 to 1e-9."""


@dataclass(frozen=True)
class Solution:
    """A solution of the bargaining problem (F, d) of n players.

    ``name``: which solution.
    ``point``: (n,) payoffs x in utils.
    ``disagreement``: (n,) d in utils; NaN where the solution has no use for it and none was given.
    ``weights``: (n,) supporting weights, non-negative with sum 1 (per util of each player): x maximises their
    weighted sum over F. At a kink of the frontier they are one choice out of a cone (see ``common_weights``).
    ``residual``: what is missing from the certificate, without unit, 0 for an exact solution:

    - Nash: max over y in F of w.(y - x) / w.(x - d), where w_i = nu_i / (x_i - d_i) exactly (for players who
      cannot gain, w_i is the price of keeping them at d_i). The sum of nu_i log(gain_i), nu adding to 1, is
      within this number of its maximum.
    - Kalai-Smorodinsky, egalitarian: the larger of max over y in F of w.(y - x) / w.(x - d) and the deviation
      of the gains from the wanted proportions, relative to the gains; x is within this fraction of the
      furthest point of the ray. Where no feasible point has these proportions, ``note`` says so and only the
      first part counts.
    - utilitarian, relative utilitarian, variance-normalised: max over y in F of w.(y - x), w the weights
      asked for, relative to the range of payoffs valued at w.

    ``unique``: whether the payoffs are the only ones that satisfy the definition; None if not established.
    ``note``: what a reader has to know: ties, players who cannot gain, free disposal.
    """

    name: str
    point: FloatArray
    disagreement: FloatArray
    weights: FloatArray
    residual: float
    unique: bool | None = None
    note: str = ""

    @property
    def gains(self) -> FloatArray:
        """(n,) payoffs above the disagreement point, in utils."""
        return self.point - self.disagreement


def certified(solution: Solution) -> Solution:
    """``solution`` itself; NotCertified if its residual is above LARGEST_RESIDUAL or NaN."""
    if not solution.residual <= LARGEST_RESIDUAL:
        raise NotCertified(f"{solution.name}: residual {solution.residual:.3g} at {solution.point}")
    return solution
