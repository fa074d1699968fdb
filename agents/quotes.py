"""What to quote to a responder whose threshold is uncertain: the arithmetic shared by strategies of demands.

Against hypotheses h with probability q_h, in which the responder accepts demands up to a_h out of a surplus s_h, a demand v is
worth

    J(v) = v P(a_h >= v) + w E[s_h; a_h < v],

where w is the share that the proposer expects, in present value, after a refusal. The best v is one of the a_h. The thresholds
are those of a responder who accepts at her discounted Rubinstein share (``Shares.answering``) of the surplus that she knows or
expects: of everything at once, a_h = s_h less that share of s_h, for she sees the surplus in a truthful offer; of a single
item, where an offer does not show it, the share of what her own type lets expect. Where waiting is worth more than every demand
that is not a loss, the player demands all that the other could have, and is refused."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.strategy import Situation
from negotiation.surplus import Law
from negotiation.table import TIE, View, look

Floats = NDArray[np.float64]


def best_quote(thresholds: Floats, surplus: Floats, probability: Floats, waiting: float, scale: float) -> tuple[float, float]:
    """(the best demand, its J) among the thresholds that are not negative; (0, value of waiting) if there are none. Demands
    that are equally good within TIE of the scale: the lowest."""
    order = np.argsort(thresholds, kind="stable")
    a, s, q = thresholds[order], surplus[order], probability[order]
    below = np.concatenate([[0.0], np.cumsum(q * s)[:-1]])
    # P(a >= v) and E[s; a < v] at the first of equal thresholds
    first = np.searchsorted(a, a - TIE * scale, side="left")
    chance = 1 - np.concatenate([[0.0], np.cumsum(q)[:-1]])[first]
    value = a * chance + waiting * below[first]
    value[a < 0] = -np.inf
    if not np.isfinite(value).any():
        return 0.0, float(waiting * (q @ s))
    at = int(np.flatnonzero(value >= value.max() - TIE * scale)[0])
    return float(a[at]), float(value[at])


def whole_quote(law: Law, situation: Situation) -> tuple[float, float]:
    """(demand, J) for everything at once, given the law of the surplus."""
    shares, i = situation.shares, situation.player
    scale = situation.problem.largest_surplus
    return best_quote(shares.offering[i] * law.points, law.points, law.probability, shares.waiting[i], scale)


class ItemQuotes(NamedTuple):
    """For an item of class c and own type t: the choice to propose, the demand, its J, the least payoff to accept, the largest
    payoff that any type of the other could leave; and for each type h of the other its probability, threshold and surplus."""

    choice: NDArray[np.int64]  # (classes, own types)
    demand: Floats
    value: Floats
    reserve: Floats
    upper: Floats
    probability: Floats  # (classes, own types, other's types)
    threshold: Floats
    surplus: Floats


def item_quotes(situation: Situation) -> ItemQuotes:
    """The quotes for single items, by class and own type; worked out once for a situation."""
    quotes: ItemQuotes = situation.once("item quotes", lambda: _item_quotes(situation))
    return quotes


def _item_quotes(situation: Situation) -> ItemQuotes:
    problem, i = situation.problem, situation.player
    prior, shares = problem.prior, situation.shares
    own, other = problem.utility[i], problem.utility[1 - i]
    surplus = problem.surplus_table if i == 0 else problem.surplus_table.transpose(0, 2, 1)
    probability = prior.item_conditional(i)
    expected = (prior.item_conditional(1 - i) * surplus.transpose(0, 2, 1)).sum(axis=-1)  # (classes, other's types)
    kinds, _, types = own.shape
    shape = (kinds, types)
    choice, demand = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    value, upper = np.zeros(shape), np.zeros(shape)
    threshold = np.zeros((*shape, other.shape[2]))
    for c in range(kinds):
        scale = float(problem.item_surplus[c])
        for t in range(types):
            best = shares.waiting[i] * float(probability[c, t] @ surplus[c, t])  # what a demand refused by all is worth
            joint = own[c, :, t, None] + other[c]  # (choices, other's types)
            limits = joint - shares.answering[1 - i] * expected[c]
            upper[c, t] = max(0.0, joint.max())
            choice[c, t], demand[c, t] = int(problem.proposals[joint.max(axis=1)[problem.proposals].argmax()]), upper[c, t]
            for x in problem.proposals[limits.max(axis=1)[problem.proposals] >= 0]:
                v, worth = best_quote(limits[x], surplus[c, t], probability[c, t], shares.waiting[i], scale)
                if worth > best + TIE * scale:
                    choice[c, t], demand[c, t], best = x, v, worth
            value[c, t], threshold[c, t] = best, limits[choice[c, t]]
    reserve = shares.answering[i] * (probability * surplus).sum(axis=-1)
    return ItemQuotes(choice, demand, value, reserve, upper, probability, threshold, surplus)


def highest(situation: Situation, types: NDArray[np.integer]) -> Floats:
    """The largest surplus (R, U) that a player with these types thinks possible for each unit, utils."""
    if situation.protocol.itemwise:
        return item_quotes(situation).upper[situation.problem.classes, types]
    return situation.by_types("highest", types, lambda own: situation.law(own).highest)


def item_choices(view: View) -> NDArray[np.int64] | None:
    """The choices (R, n) to propose where items are negotiated one by one, None elsewhere."""
    situation = view.situation
    return look(item_quotes(situation).choice.ravel(), view.cells) if situation.protocol.itemwise else None
