"""Theorem 3 read backwards: for a given epsilon, how small trembles must be and from how many items on its statement holds.

gamma(epsilon) is the largest tremble at which the bounds yield the statement when everything else is exact. The number of items
follows from a search over the horizon T and the distance d of typical frequencies: a longer horizon costs less truncation but
gives beliefs more time, so that d must be larger, at a given n, for the tails to stay small. The numbers are what this proof
promises, not what is needed; they are large (1e7 to 1e13 for rugs at discount 0.9 and epsilon from 0.5 to 0.05).

Source: file 004, Theorem 3, steps 3 and 4 of its proof."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.bounds import PayoffBounds, payoff_bounds
from negotiation.equilibrium.many_items import Item, bounds_at, bounds_in_the_limit, log_atypical, one_item
from negotiation.equilibrium.updating import decisions
from negotiation.errors import InputError
from negotiation.problem import Problem

Floats = NDArray[np.float64]
MOST_ITEMS = 1e15
STAGES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)  # horizons tried, in units of the stages that discount by epsilon
TAILS = (1.0, 1e-1, 1e-3)  # last tails tried, in units of epsilon
STATEMENTS = ("ratio", "delay", "epsilon")


@dataclass(frozen=True)
class ItemsNeeded:
    """From how many items on Theorem 3's statement holds, and how its error is spent.

    ``items``: the least number found, infinite if there is none up to MOST_ITEMS; sufficient, not necessary: theory's
    constants are generous. ``tremble``, ``stages`` (T), ``distance`` (d, of frequencies), ``reached`` (the statement's number
    at ``items``) and ``bounds`` (per item) belong to it. With this T and d the tails at every stage fall in n from
    ``decreasing_from`` <= items on, and so do all other errors: the statement holds for more items too. ``log_tails`` (2,):
    logarithms of the prior probabilities of atypical types (Chernoff's bound). Where items is infinite, the fields belong to
    the best that was found."""

    items: float
    epsilon: float
    statement: str
    tremble: float
    stages: int
    distance: float
    reached: float
    decreasing_from: float
    log_tails: Floats
    bounds: PayoffBounds | None

    @property
    def budget(self) -> dict[str, float]:
        """The largest error of a player's payoff, as a share of its Rubinstein share, by part."""
        if self.bounds is None:
            return {}
        return {part: float(np.max(error / self.bounds.rubinstein[:, None])) for part, error in self.bounds.errors.items()}


def tremble_bound(
    epsilon: float,
    surplus: float,
    discount: tuple[float, float],
    *,
    statement: str = "epsilon",
    smallest: float = 1e-14,
    **game: object,
) -> float:
    """gamma(epsilon): the largest tremble at which ``payoff_bounds(surplus, discount, **game)`` still yields the ``statement``
    ("ratio": payoffs within 1 -+ epsilon of Rubinstein's; "delay"; "epsilon": all of it, see PayoffBounds.theorem) with
    epsilon, found by bisection. 0 where no tremble from ``smallest`` on is small enough (the grid step or the distance alone
    spends epsilon)."""
    _check(epsilon, statement)

    def holds(log_tremble: float) -> bool:
        bounds = payoff_bounds(surplus, discount, tremble=math.exp(log_tremble), **game)  # type: ignore[arg-type]
        return bounds.theorem()[statement] <= epsilon

    low, high = math.log(smallest), 0.0
    if not holds(low):
        return 0.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return math.exp(low)


def items_needed(
    problem: Problem,
    epsilon: float,
    tremble: float | Callable[[float], float],
    *,
    step: float = 1.0,
    statement: str = "epsilon",
    upper: str = "average type",
) -> ItemsNeeded:
    """The number of items from which on Theorem 3's ``statement`` (see tremble_bound) holds with ``epsilon`` in the frequency
    protocol.

    ``tremble``: gamma, fixed or a function of the number of items (gamma = c / n). Horizons and distances are searched
    (STAGES, TAILS), the number of items by doubling and bisection. No number is found where trembles alone spend epsilon:
    compare with tremble_bound."""
    _check(epsilon, statement)
    item = one_item(problem)
    gamma = tremble if callable(tremble) else (lambda _: tremble)
    rate = math.sqrt(problem.discount[0] * problem.discount[1])
    unit = math.log(epsilon) / math.log(rate) if rate > 0 else 1.0
    horizons = sorted({max(2, 2 * math.ceil(x * unit / 2)) for x in STAGES})
    if not callable(tremble):  # with ever more items trembles and the horizon still cost what they do
        horizons = [
            t
            for t in horizons
            if bounds_in_the_limit(item, problem.discount, tremble, t, upper).theorem()[statement] <= epsilon
        ]

    def best(n: float) -> ItemsNeeded:
        found = ItemsNeeded(math.inf, epsilon, statement, gamma(n), 0, 0.0, math.inf, math.inf, np.zeros(2), None)
        for stages in horizons:
            for last in TAILS:
                d = _distance(item, n, gamma(n), stages, step, math.log(last * epsilon))
                falls = _falls(item, d, stages, gamma) if d else math.inf
                if not d or falls > n:
                    continue
                logs = np.array([log_atypical(n, p, d, nearly_exact=False) for p in item.prior])
                bounds = bounds_at(item, problem.discount, n, gamma(n), stages, d, step, upper, logs)
                reached = bounds.theorem()[statement]
                if reached < found.reached:
                    found = ItemsNeeded(n, epsilon, statement, gamma(n), stages, d, reached, falls, logs, bounds)
        return found

    low, high, at = 1.0, 2.0, best(2.0)
    while horizons and at.reached > epsilon and high < MOST_ITEMS:
        low, high = high, 2 * high
        at = best(high)
    if at.reached > epsilon:
        return replace(at, items=math.inf)
    while high - low > max(1.0, 1e-3 * high):
        middle = math.floor((low + high) / 2)
        here = best(middle)
        low, high, at = (low, middle, here) if here.reached <= epsilon else (middle, high, at)
    return at


def _distance(item: Item, n: float, tremble: float, stages: int, step: float, last: float) -> float | None:
    """The least d at which the tails at the last stage are at most exp(``last``) by Lemma 1; None where even d = 1 does not
    do it."""
    offers, replies = decisions(stages)[-1].T
    factor = offers * (item.log_offers(n, step) - math.log(tremble)) + replies * math.log(2 / tremble)

    def enough(d: float) -> bool:
        return all(
            log_atypical(n, p, d, nearly_exact=False) + f <= last for p, f in zip(item.prior, factor.tolist(), strict=True)
        )

    low, high = 0.0, 1.0
    if not enough(high):
        return None
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _falls(item: Item, d: float, stages: int, gamma: Callable[[float], float]) -> float:
    """n from which on -2 n d^2 + log of Lemma 1's factor falls: offers grow at most like n^kinds, 1 / gamma not at all or at
    most like n."""
    kinds = max(len(p) for p in item.prior)
    grows = 0 if gamma(1e3) == gamma(1e6) else 1
    per_log = (stages + 1) // 2 * (kinds + grows) + stages // 2 * grows
    return per_log / (2 * d * d)


def _check(epsilon: float, statement: str) -> None:
    if not 0 < epsilon < 1:
        raise InputError(f"epsilon: expected a number between 0 and 1, got {epsilon!r}")
    if statement not in STATEMENTS:
        raise InputError(f"statement: expected one of {', '.join(STATEMENTS)}, got {statement!r}")
