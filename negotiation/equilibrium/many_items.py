"""Theorem 3's bounds on payoffs in the frequency protocol with iid types, for a given number of items.

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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium.bounds import PayoffBounds, payoff_bounds
from negotiation.equilibrium.type_classes import NotAvailable
from negotiation.equilibrium.updating import trembling_tails
from negotiation.errors import InputError
from negotiation.priors import IID
from negotiation.problem import Problem

Floats = NDArray[np.float64]
EXACT = 1e12  # items up to which binomial tails are computed from factorials


@dataclass(frozen=True)
class Item:
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


def one_item(problem: Problem) -> Item:
    if not isinstance(problem.prior, IID) or len(problem.surplus_table) > 1 or problem.parts > 1:
        raise NotAvailable("Theorem 3's bounds need iid types and one class of items")
    rows = [problem.prior._rows(i)[0] for i in (0, 1)]
    kept = [p > 0 for p in rows]
    table = problem.surplus_table[0][np.ix_(*kept)]
    a, b = rows[0][kept[0]], rows[1][kept[1]]
    if not table.max() > 0:
        raise NotAvailable("Theorem 3's bounds need a surplus")
    return Item(table, (a, b), float(a @ table @ b), float(table.max()))


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
    whole, part = math.lgamma(items + 1), math.lgamma(k + 1) + math.lgamma(items - k + 1)
    log_pmf = whole - part + k * math.log(p) + (items - k) * math.log1p(-p)
    ratio = (items - k) * p / ((k + 1) * (1 - p))
    rounding = 16 * np.finfo(float).eps * whole  # part is smaller
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
    class), offers alternating.

    ``tremble``: gamma at a decision of Phase 1; there are none in Phase 2. ``stages``: T. ``distance``: d, of frequencies.
    ``step``: of demands for the whole, from 0 to the largest surplus, utils. ``upper``: "average type" is proved for
    exchangeable equilibria, "each type" rests on the paper's premise (see payoff_bounds). Raises NotAvailable for other
    priors and several classes."""
    item = one_item(problem)
    logs = np.array([log_atypical(items, p, distance) for p in item.prior])
    return bounds_at(item, problem.discount, items, tremble, stages, distance, step, upper, logs)


def bounds_at(
    item: Item,
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


def bounds_in_the_limit(item: Item, discount: tuple[float, float], tremble: float, stages: int, upper: str) -> PayoffBounds:
    """The bounds per item as the number of items grows without end."""
    high = (item.largest, item.largest)
    return payoff_bounds(item.mean, discount, horizon=stages, tremble=tremble, lowest=(0.0, 0.0), highest=high, upper=upper)
