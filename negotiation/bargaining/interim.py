"""The Nash solution over the interim payoffs of all types, weighted with their prior probabilities (the ECL compromise).

Types t of both players with prior probabilities f(t), disagreement payoffs 0, transfers between types that meet, and no
incentive constraints:

    max prod_t U_t^f(t)   over the interim payoffs U of all decision rules and transfers.

Without transfers between components (types connected by pairs of positive probability) and with free ones inside them, feasible
is, component by component, sum over t in C of f(t) U_t <= E[S 1_C], S the first-best surplus. In V_t = f(t) U_t each component
is a problem with transferable utility, and the product over components is maximised factor by factor: V_t = f(t) / (2 f(C)) E[S
1_C], U_t = E[S | C] / 2. This module finds V by ``nash`` on every component.

Source: Treutlein, Modeling evidential cooperation in large worlds, Definition 47 and Appendix B; Harsanyi and Selten 1972."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.nash_product import nash
from negotiation.bargaining.sets import hull

if TYPE_CHECKING:
    from negotiation.equilibrium.type_classes import TypeSpace

FloatArray = NDArray[np.float64]
NOTHING = 1e-12  # a component's surplus that counts as none, in terms of the largest


def interim_nash(space: "TypeSpace") -> tuple[tuple[FloatArray, FloatArray], float]:
    """Interim payoffs (types of i,) of both players' types, in utils, and the largest residual of a component's solution.

    A component without surplus has payoffs 0."""
    payoffs = tuple(np.zeros(len(p)) for p in space.probability)
    largest = max(float(s.max()) for s in space.surplus)
    residual = 0.0
    for component in np.unique(space.component[0]):
        members = [np.flatnonzero(c == component) for c in space.component]
        f = [p[at] for p, at in zip(space.probability, members, strict=True)]
        total = float(f[0] @ space.surplus[0][members[0]])
        if total <= NOTHING * largest:
            continue
        every = np.concatenate(f)
        solution = nash(hull(total * np.eye(len(every)), transfers=True), np.zeros(len(every)), every)
        gained = np.split(solution.point / every, [len(f[0])])
        for payoff, at, u in zip(payoffs, members, gained, strict=True):
            payoff[at] = u
        residual = max(residual, solution.residual)
    return (payoffs[0], payoffs[1]), residual
