"""Item by item nothing is efficient: what the seller earns at least by screening, and at most in an efficient equilibrium.

Examples 2 and 1 of file 004. Of two items that cost the seller c, the buyer values one at h, the other at l, and only he knows
which (h and l are measured from c here). Both players discount by d a stage. The sup/inf argument, in full:

Let L be the seller's least payoff, over all equilibria and beliefs of hers, at a stage where she offers and both items are
open. Refusing everything secures her d L when he offers, so over the types that she believes in he expects at most
h + l - d L then.

1. She offers both at q. If some types refuse both, then by Bayes' rule she believes in those afterwards, so one of them
   expects at most d (h + l - d L) of refusing. So nobody refuses both if he can accept something that is worth more to him.
2. A single item worth at least l: she gets at least l/(1 + d) where she offers, by the same argument, and never sells it below
   d times that. If q < l/(1 + d) everybody therefore prefers both to one alone. With 1., L >= 2 l/(1 + d).
3. Taking the better item alone is worth h - q + w, w = d l/(1 + d) his share of the other, which both then know to be worth l.
   By 1. nobody refuses both if q < Q = h + w - d (h + l - d L). She gets q now and at least r = d^2 l/(1 + d) from the item
   that is left, or 2 q >= q + r. (To take the worse item first, as if it were the better, costs him (h - l)(1 - d), and gives
   her the same.) So L >= Q + r, which from 2. on rises to

       L >= h/(1 + d).                                                                   (h = 10: 10/(1 + d), Example 2)

4. A type accepts the item that it values at l at stage 0 only if it costs at most l: else leaving it gains. So an offer that
   sells both items to both types has prices up to l and earns her at most 2 l < h/(1 + d): no equilibrium is efficient.
5. An offer that sells both to one type, at p1 > l and p2 <= l: the other type takes item 2 alone. If the first never does, it
   could pass for the other and then buy item 1 as if worth l, so p1 <= h (1 - d) + d^2 l/(1 + d). She earns, types equally
   likely, at most h (1 - d)/2 + l + d^2 l/(1 + d), in Example 2 less than h/(1 + d) too.

Example 1 adds two items that cost her more, of which he values one at a surplus of g, the other below its cost. Asked at q
and at s < g/(1 + d) above cost, he takes the better of each pair: for each part he could leave aside, 1. applies to what would
remain. So L >= (h + g)/(1 + d). In an efficient equilibrium the cheap items cost up to l, as in 4., and she earns at most
2 l + g.

What this takes for granted (the paper's sketch does too, or more):

(a) beliefs follow Bayes' rule from one history to the next also after a deviation, and who is sure stays sure; weak perfect
    Bayesian equilibrium as defined in Section 3.6 does not ask for it;
(b) in 3., after a single acceptance she is sure that the better item went: Bayes' rule wherever only that type takes it. If
    she may believe anything, w = 0 and L is ``seller_any_belief``;
(c) in Example 1, he is sure of her costs after the deviation, which prices them;
(d) 5. is for acceptance in pure strategies: that a type mixes between both items and the cheaper one is not excluded.

Trembles are left out. On a grid of prices she shades every price by at most a step, at every stage."""

import itertools
from dataclasses import dataclass

import numpy as np

from negotiation.equilibrium.trees import Floats
from negotiation.errors import CannotPlay, InputError
from negotiation.problem import Problem


@dataclass(frozen=True)
class SeparateSale:
    """Example 2's bounds, utils at the seller's offer. ``low``, ``high``: l and h.

    ``start``: 2.'s bound; ``price``, ``buyer_rest``, ``seller_rest``: Q, w and r at the bound; ``seller``: L; ``at_once``: 2 l,
    her most if both types buy both at stage 0; ``one_type``: 5.'s bound; ``seller_any_belief``: L without (b)."""

    low: float
    high: float
    discount: float
    step: float
    start: float
    price: float
    buyer_rest: float
    seller_rest: float
    seller: float
    at_once: float
    one_type: float
    seller_any_belief: float

    @property
    def margin(self) -> float:
        """By how much trading both at stage 0 with both types falls short of what she can secure, utils; positive: it is
        impossible."""
        return self.seller - self.at_once

    @property
    def margin_one_type(self) -> float:
        """The same for an offer that sells both to one type."""
        return self.seller - self.one_type

    def __str__(self) -> str:
        return (
            f"seller at least {self.seller:.6g} (any belief: {self.seller_any_belief:.6g}); both at once earn "
            f"{self.at_once:g}, to one type {self.one_type:.6g}, at most: short by {self.margin:.6g} and "
            f"{self.margin_one_type:.6g}"
        )


@dataclass(frozen=True)
class Response:
    """A response to the deviation: the items taken at once. ``buyer``: what it is worth to him, exactly where ``exact``, else
    at most; ``seller``: what it gives her at least. Utils of stage 0."""

    taken: str
    buyer: float
    seller: float
    exact: bool


@dataclass(frozen=True)
class InefficiencyGap:
    """Example 1: why no efficient profile of item-by-item negotiation is an equilibrium.

    ``prices`` (cheap, cheap, dear, dear) are the efficient profile's at stage 0, by default those that give her most;
    ``efficient``: her payoff in it; ``deviation``: the prices asked instead, in the same order; ``secured``: what they earn her
    at least; ``responses`` of the buyer, the one he prefers first; ``supremum``: (h + g)/(1 + d), the limit of less shading."""

    prices: tuple[float, float, float, float]
    efficient: float
    deviation: tuple[float, float, float, float]
    secured: float
    supremum: float
    responses: tuple[Response, ...]

    @property
    def gain(self) -> float:
        """What the deviation gains at least, utils."""
        return self.secured - self.efficient


def _common_discount(discount: tuple[float, float]) -> float:
    if discount[0] != discount[1]:
        raise InputError(f"discount: this argument needs equal discount factors, got {discount}")
    return discount[0]


def separate_sale(problem: Problem, step: float = 0.0) -> SeparateSale:
    """The bounds for Example 2 and its like: two items of equal cost, worth l and h to the buyer, either way round.

    ``step``: of the price grid, utils. Raises CannotPlay for other problems, InputError for unequal discount factors."""
    pairs = _pairs(problem)
    costs = {cost for cost, _ in pairs}
    if len(pairs) != 2 or len(costs) != 1 or pairs[0][1] <= pairs[0][0] or not _everything_possible(problem, 2):
        raise CannotPlay(f"separate sale: expected two items of one cost below both of the buyer's values; not {problem.name}")
    if step < 0 or not np.isfinite(step):
        raise InputError(f"step: expected a number of utils, at least 0, got {step!r}")
    cost = costs.pop()
    low, high = pairs[0][1] - cost, pairs[1][1] - cost
    return _sale(low, high, _common_discount(problem.discount), step)


def _sale(low: float, high: float, d: float, step: float) -> SeparateSale:
    keep = 1 - d * d
    single = max(0.0, (low * (1 - d) - step) / keep)  # her least and most where she offers a single item worth l
    most = (low * (1 - d) + d * step) / keep
    rest = d * d * single
    wait = max(0.0, d * (low - d * most - step))  # w
    # 2.: both taken rather than the worse one; as h > l, then also rather than the better one, or none
    start = max(0.0, 2 * (low - d * (low - d * single) - step))

    def secured(share: float) -> tuple[float, float]:
        """Q and L from 3., with w = ``share``; where 3. leads no further the bound of 2., 2 r or more, stays."""
        bound = max(start, (high + share + rest - d * (high + low) - step) / keep)
        return high + share - d * (high + low - d * bound) - step, bound

    price, seller = secured(wait)
    one_type = (high - d * (high - d * most - step)) / 2 + low + (d * low - wait) / 2
    return SeparateSale(low, high, d, step, start, price, wait, rest, seller, 2 * low, one_type, secured(0.0)[1])


def efficiency_gap(
    problem: Problem, prices: tuple[float, float, float, float] | None = None, shade: float = 1e-3
) -> InefficiencyGap:
    """The profitable deviation of Example 1's proof against an efficient profile of item-by-item negotiation.

    ``prices``: the profile's at stage 0 for the two items that cost her less, then the two that cost more; by default the most
    she can ask in an efficient equilibrium, so that the gain is the least over all of them. ``shade``: how much less than the
    limits she asks for each item. Raises CannotPlay for problems without the structure of Example 1, InputError for prices at
    which some efficient trade would not take place."""
    pairs, d = _pairs(problem), _common_discount(problem.discount)
    costs, values = sorted({a for a, _ in pairs}), sorted({b for _, b in pairs})
    if len(costs) != 2 or len(values) != 2 or pairs != sorted(itertools.product(costs, values)):
        raise CannotPlay(f"efficiency gap: expected each of four matchups of two costs and two values once, not {problem.name}")
    (cheap, dear), (small, large) = costs, values
    if not cheap < small < dear < large or not _everything_possible(problem, 24):
        raise CannotPlay(f"efficiency gap: expected cost < value < cost < value, all orders possible, not {problem.name}")
    low, high, gain = small - cheap, large - cheap, large - dear
    if dear - small <= gain or high <= low * (1 + d + d * d):
        raise CannotPlay(f"efficiency gap: the argument needs values further apart than in {problem.name}")
    best = (small, small, large, large)
    asked = best if prices is None else (float(prices[0]), float(prices[1]), float(prices[2]), float(prices[3]))
    for number, (price, limit) in enumerate(zip(asked, best, strict=True)):
        least = -np.inf if number < 2 else small
        if not least <= price <= limit:
            raise InputError(f"prices[{number}]: in an efficient profile it is from {least:g} to {limit:g}, got {price:g}")
    efficient = asked[0] + asked[1] - 2 * cheap + (asked[2] + asked[3]) / 2 - dear
    q, s = (high - low * d * d) / (1 + d) - shade, gain / (1 + d) - shade  # above cost
    wait, rest = d * low / (1 + d), d * d * low / (1 + d)

    def left(surplus: float, seller: float) -> tuple[float, float]:
        """What he can expect, and she secures, of leaving open items with this surplus of which she secures ``seller``."""
        return d * (surplus - d * seller), d * d * seller

    at = 1 / (1 + d)
    both_left, one_left, none_left = (
        left(high + low + gain, (high + gain) * at),
        left(low + gain, (low + gain) * at),
        (wait, rest),
    )
    pair_left = left(high + low, high * at)
    responses = (
        Response("the better of each pair", high - q + gain - s + none_left[0], q + s + none_left[1], True),
        Response("the better cheap item", high - q + one_left[0], q + one_left[1], False),
        Response("the better dear item", gain - s + pair_left[0], s + pair_left[1], False),
        Response("nothing", both_left[0], both_left[1], False),
        Response("both cheap items and the better dear one", high + low - 2 * q + gain - s, 2 * q + s, True),
    )
    return InefficiencyGap(
        prices=asked,
        efficient=efficient,
        deviation=(cheap + q, cheap + q, dear + s, dear + s),
        secured=responses[0].seller,
        supremum=(high + gain) * at,
        responses=responses,
    )


def _pairs(problem: Problem) -> list[tuple[float, float]]:
    """The (cost, value) of every item in increasing order, the same at every state; CannotPlay where they are not."""
    if problem.null < 0 or len(problem.choices) != 2:
        raise CannotPlay(f"separate sales: expected items that are traded or not, not {problem.name}")
    types = problem.prior.support().types
    trade = int(problem.proposals[0])
    worth = [u[problem.classes, trade, types[:, i]] for i, u in enumerate(problem.utility)]
    rows: Floats = np.stack([-worth[0], worth[1]], axis=2)
    found = [sorted(map(tuple, row.tolist())) for row in rows]
    if any(row != found[0] for row in found):
        raise CannotPlay(f"separate sales: expected the same matchups at every state, not {problem.name}")
    return found[0]


def _everything_possible(problem: Problem, orders: int) -> bool:
    """Whether all orders of the matchups are possible and equally likely."""
    probability = problem.prior.support().probability
    return len(probability) == orders and bool(np.allclose(probability, 1 / orders))
