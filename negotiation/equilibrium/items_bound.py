"""Theorem 3 in numbers: how small trembles, and how many items, it takes in the frequency protocol with iid types.

A player's type is *typical* when its frequencies phi are within d of the prior's f in every type, |phi - f| < d. Per item, with
s(a, b) the surplus of a pair of item types and s0 = f_a s f_b its mean, the expected surplus of typical frequencies is

    |phi_a s phi_b - s0| <= h_a d range(s f_b) + h_b d range(f_a s) + h_a h_b d^2 max |s_ab - s_a'b - s_ab' + s_a'b'|,

h_i = floor(|Theta_i| / 2), as half the sum of |phi - f| is at most h_i d. (The paper's 2 d S_max needs two types each.) The
surplus of matched items varies about it with a standard deviation of at most s_max / (2 sqrt(n - 1)) per item (a sum over a
random permutation).

A type is atypical with probability alpha^0 <= sum of binomial tails over types (one for two types). Each tail is bounded in
logarithms by

    log P(X >= k) <= log pmf(k) - log(1 - (n - k) p / ((k + 1)(1 - p)))     (nearly exact; up to 1e12 items)
    log P(X >= n q) <= -n KL(q, p) <= -2 n (q - p)^2                        (Chernoff, Hoeffding; falls in n)

Lemma 1 turns it into tails at stage t: by then a player has made o offers, each tremble hitting one of |Phi_i| |V|
(frequencies times demands), and r replies, so odds grow by at most (|Phi_i| |V| / gamma)^o (2 / gamma)^r; half the paper's
gamma_n^-t in logarithms.

In Phase 2 a responder says No where the realised surplus falls short of the demand. A demand leaves a typical responder g =
D_j times its offering share of s0 or more, so with t = g / s_max this happens with probability at most 2 exp(-n t^2 / (4 (s0
+ e) / s_max + 2 t)) (Chatterjee 2007, Proposition 1.1, for sums over a random permutation). Equal discount factors make the
bound complete; with unequal ones it is taken for granted that nobody expects to lose by an own offer that is accepted.

Source: file 004, Theorem 3 and its proof, footnotes 23 and 26; Hoeffding 1963."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium.bounds import PayoffBounds, payoff_bounds
from negotiation.equilibrium.type_classes import NotAvailable
from negotiation.equilibrium.updating import decisions, trembling_tails
from negotiation.errors import InputError
from negotiation.priors import IID
from negotiation.problem import Problem

Floats = NDArray[np.float64]
EXACT = 1e12  # items up to which binomial tails are computed from factorials
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
    """gamma(epsilon): the largest tremble at which payoff_bounds(surplus, discount, **game) still yields the ``statement``
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


def log_binomial_tail(items: float, p: float, share: float, nearly_exact: bool = True) -> float:
    """log P(X >= share * items) at most, for X binomial(items, p): Chernoff's bound, or a nearly exact one up to EXACT
    items."""
    if p == 0 or share > 1:
        return -math.inf if share > 0 else 0.0
    if share <= p:
        return 0.0
    chernoff = -items * (share * math.log(share / p) + ((1 - share) * math.log((1 - share) / (1 - p)) if share < 1 else 0.0))
    if not nearly_exact or items > EXACT:
        return chernoff
    k = math.ceil(share * items - 1e-9)
    if k > items:
        return -math.inf
    whole, part = math.lgamma(items + 1), math.lgamma(k + 1) + math.lgamma(items - k + 1)
    log_pmf = whole - part + k * math.log(p) + (items - k) * math.log1p(-p)
    ratio = (items - k) * p / ((k + 1) * (1 - p))
    rounding = 8 * np.finfo(float).eps * (whole + part)
    return min(chernoff, log_pmf + rounding - math.log1p(-ratio)) if ratio < 1 else chernoff


def log_atypical(items: float, p: Floats, distance: float, nearly_exact: bool = True) -> float:
    """log of alpha^0 at most: some frequency of ``items`` draws from p (types,) is ``distance`` or more from p."""
    kinds = p[:1] if len(p) == 2 else p  # of two types both frequencies are off, or none
    sides = [(x, x + distance) for q in map(float, kinds) for x in (q, 1 - q)]
    return min(0.0, float(np.logaddexp.reduce([log_binomial_tail(items, x, y, nearly_exact) for x, y in sides])))


def frequency_bounds(
    problem: Problem,
    items: float,
    tremble: float,
    *,
    stages: int,
    distance: float,
    step: float = 1.0,
    upper: str = "average type",
) -> PayoffBounds:
    """Theorem 3's bounds, per item, for the frequency protocol with ``items`` items like those of ``problem`` (iid prior, one
    class).

    ``tremble``: gamma at a decision of Phase 1. ``stages``: T. ``distance``: d, of frequencies. ``step``: of demands for the
    whole, utils. Types atypical by more than d, trembles, the grid and lapses in Phase 2 are accounted for as the module
    says; "average type" is proved there for exchangeable equilibria. Raises NotAvailable for other priors and for one side's
    order (no margin keeps a responder from No)."""
    item = _item(problem)
    logs = np.array([log_atypical(items, p, distance) for p in item.prior])
    return _frequency_bounds(item, problem.discount, items, tremble, stages, distance, step, upper, logs)


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
    item = _item(problem)
    gamma = tremble if callable(tremble) else (lambda _: tremble)
    rate = math.sqrt(problem.discount[0] * problem.discount[1])
    unit = math.log(epsilon) / math.log(rate) if rate > 0 else 1.0
    horizons = sorted({max(2, 2 * math.ceil(x * unit / 2)) for x in STAGES})
    if not callable(tremble):  # with ever more items trembles and the horizon still cost what they do
        horizons = [t for t in horizons if _limit(item, problem.discount, tremble, t, upper).theorem()[statement] <= epsilon]

    def best(n: float) -> ItemsNeeded:
        found = ItemsNeeded(math.inf, epsilon, statement, gamma(n), 0, 0.0, math.inf, math.inf, np.zeros(2), None)
        for stages in horizons:
            for last in TAILS:
                d = _distance(item, n, gamma(n), stages, step, math.log(last * epsilon))
                falls = _falls(item, d, stages, gamma) if d else math.inf
                if not d or falls > n:
                    continue
                logs = np.array([log_atypical(n, p, d, nearly_exact=False) for p in item.prior])
                bounds = _frequency_bounds(item, problem.discount, n, gamma(n), stages, d, step, upper, logs)
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


@dataclass(frozen=True)
class _Item:
    """One item: its surplus by types, the prior's frequencies of both, and what follows."""

    surplus: Floats
    prior: tuple[Floats, Floats]
    mean: float
    largest: float

    def distance(self, d: float) -> float:
        """e: how far the expected surplus per item of frequencies within d is from the mean, at most."""
        s, (a, b) = self.surplus, self.prior
        h, ranges = [len(p) // 2 for p in self.prior], [float(np.ptp(s @ b)), float(np.ptp(a @ s))]
        cross = s[:, None, :, None] - s[None, :, :, None] - s[:, None, None, :] + s[None, :, None, :]
        return h[0] * d * ranges[0] + h[1] * d * ranges[1] + h[0] * h[1] * d * d * float(np.abs(cross).max())

    def log_offers(self, items: float, step: float) -> Floats:
        """log(|Phi_i| |V|) of both players."""
        demands = math.log(items * self.largest / step + 1)
        return np.array([_log_choose(items, len(p)) + demands for p in self.prior])


def _log_choose(items: float, kinds: int) -> float:
    """log C(items + kinds - 1, kinds - 1), the number of frequencies."""
    return sum(math.log1p(items / k) for k in range(1, kinds))


def _item(problem: Problem) -> _Item:
    if not isinstance(problem.prior, IID) or len(problem.surplus_table) > 1 or problem.parts > 1:
        raise NotAvailable("Theorem 3's bounds need iid types and one class of items")
    rows = [problem.prior._rows(i)[0] for i in (0, 1)]
    kept = [p > 0 for p in rows]
    table = problem.surplus_table[0][np.ix_(*kept)]
    a, b = rows[0][kept[0]], rows[1][kept[1]]
    if not table.max() > 0:
        raise NotAvailable("Theorem 3's bounds need a surplus")
    return _Item(table, (a, b), float(a @ table @ b), float(table.max()))


def _frequency_bounds(
    item: _Item,
    discount: tuple[float, float],
    n: float,
    tremble: float,
    stages: int,
    d: float,
    step: float,
    upper: str,
    logs: Floats,
) -> PayoffBounds:
    if not n >= 1 or not step > 0:
        raise InputError(f"items, step: expected at least one item and a positive step, got {n!r} and {step!r}")
    tails = trembling_tails(logs, item.log_offers(n, step), tremble, stages)
    e, s_max = item.distance(d), item.largest
    margin = float(rubinstein_shares(discount).answering.min()) * item.mean / s_max
    lapse = min(1.0, 2 * math.exp(-n * margin**2 / (4 * (item.mean + e) / s_max + 2 * margin))) if margin > 0 else 1.0
    return payoff_bounds(
        item.mean,
        discount,
        horizon=stages,
        step=step / n,
        distance=e,
        tremble=tremble,
        tails=tails,
        lowest=(0.0, 0.0),
        highest=(s_max, s_max),
        largest=s_max,
        lapse=lapse,
        deviation=s_max / (2 * math.sqrt(n - 1)) if n > 1 else s_max / 2,
        upper=upper,
    )


def _limit(item: _Item, discount: tuple[float, float], tremble: float, stages: int, upper: str) -> PayoffBounds:
    """The bounds per item as the number of items grows without end."""
    high = (item.largest, item.largest)
    return payoff_bounds(item.mean, discount, horizon=stages, tremble=tremble, lowest=(0.0, 0.0), highest=high, upper=upper)


def _distance(item: _Item, n: float, tremble: float, stages: int, step: float, last: float) -> float | None:
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


def _falls(item: _Item, d: float, stages: int, gamma: Callable[[float], float]) -> float:
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
