"""Screening: quote what pays best against the current belief, and learn from what happens by Bayes' rule.

For each unit (an item, or everything at once) the player holds a belief over hypotheses h: the other's type of the item, or the
surplus (32 groups of values of about equal probability). Its model of the opponent, mixed with trembles of total probability g:

- as responder she accepts a demand v if v <= a_h (her discounted Rubinstein share, ``agents.quotes``), so a refusal has
  likelihood (1 - g) 1{a_h < v} + g / 2;
- as proposer she leaves any payoff between 0 and the Rubinstein share R s_h of one who answers, each equally likely, so that an
  offer of y > 0 has likelihood (1 - g) 1{y <= R s_h} / (R s_h) + g / s_max; announced types are cheap talk to it.

An event that the model gives probability 0 leaves the belief as it was. It quotes the v with the largest
J(v) = v P(a_h >= v) + w E[s_h; a_h < v] and accepts what is at least its discounted chance to quote itself at the next stage.
Source: the screening of Fudenberg, Levine and Tirole (1985) as a rule of thumb: the opponent is a model, so this is not an
equilibrium."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.quotes import Floats, item_choices, item_quotes
from negotiation.registry import register
from negotiation.strategy import DemandStrategy, Plan, Situation
from negotiation.table import HEARD, View, sum_items

HYPOTHESES = 32


class Hypotheses(NamedTuple):
    """Thresholds, in increasing order, surpluses and beliefs, each (R, U, hypotheses); the belief is a view of memory."""

    threshold: Floats
    surplus: Floats
    belief: Floats


def item_tables(situation: Situation) -> tuple[Floats, Floats, Floats]:
    """Thresholds in increasing order, surpluses and prior probabilities of an item's hypotheses, (classes x types, h)."""

    def compute():
        quotes = item_quotes(situation)
        order = np.argsort(quotes.threshold, axis=-1, kind="stable")
        tables = (quotes.threshold, quotes.surplus, quotes.probability)
        return tuple(np.take_along_axis(t, order, axis=-1).reshape(-1, order.shape[-1]) for t in tables)

    return situation.once("screening items", compute)


def hypotheses(view: View) -> Hypotheses:
    if view.situation.protocol.itemwise:
        threshold, surplus, _ = item_tables(view.situation)
        shape = (*view.cells.shape, threshold.shape[1])
        return Hypotheses(threshold[view.cells], surplus[view.cells], view.memory.reshape(shape))
    surplus = view.private[:, None, :]
    return Hypotheses(view.situation.shares.offering[view.player] * surplus, surplus, view.memory[:, None, :])


def quote(view: View) -> tuple[Floats, Floats]:
    """(the best demands, their J), each (R, U); of equally good demands the lowest, and 0 where none is feasible."""
    a, s, q = hypotheses(view)
    waiting = view.situation.shares.waiting[view.player]
    below = np.cumsum(q * s, axis=-1) - q * s
    accepted = np.cumsum(q[..., ::-1], axis=-1)[..., ::-1]
    value = np.where((a >= 0) & (q > 0), a * accepted + waiting * below, -1.0)
    at = (value >= value.max(axis=-1, keepdims=True) - view.situation.slack).argmax(axis=-1)[..., None]
    best = np.take_along_axis(value, at, axis=-1)[..., 0]
    demand = np.take_along_axis(a, at, axis=-1)[..., 0]
    return np.where(best >= 0, demand, 0.0), np.maximum(best, 0.0)


@register
@dataclass(frozen=True)
class Screening(DemandStrategy):
    """Bayesian: quotes what pays best against its belief, learns from refusals and offers."""

    name = "screening"
    timeless = True

    def prepare(self, situation, types):
        """private: the surplus of each hypothesis (items have theirs in a table); memory: the belief over them."""
        if situation.protocol.itemwise:
            cells = situation.lookup.cells(situation.player, types)
            prior = item_tables(situation)[2][cells]
            return Plan(np.zeros((len(types), 0)), prior.reshape(len(types), -1).copy())

        def row(own):
            law = situation.law(own).compressed(HYPOTHESES)
            pad = HYPOTHESES - len(law.points)  # impossible hypotheses, above all others
            return np.concatenate([np.pad(law.points, (0, pad), mode="edge"), np.pad(law.probability, (0, pad))])

        rows = situation.by_types("screening", types, row)
        return Plan(rows[:, :HYPOTHESES].copy(), rows[:, HYPOTHESES:].copy())

    def demand(self, view):
        payoff, _ = quote(view)
        return item_choices(view), payoff

    def reserve(self, view):
        protocol, i = view.situation.protocol, view.player
        alice = {"alternating": 1.0 - i, "alice": 1.0, "bob": 0.0}.get(protocol.order, protocol.recognition)
        chance = alice if i == 0 else 1 - alice
        if protocol.order == "alternating":
            chance = 1.0  # who answers now quotes next
        _, value = quote(view)
        return view.discount[i] * chance * value

    def learn(self, view, event, gain, surplus, units):
        threshold, points, belief = hypotheses(view)
        gamma, slack = view.tremble, view.situation.slack
        if event == HEARD:
            most = view.situation.shares.answering[view.player] * points
            meant = (gain[..., None] <= most + slack) / np.where(most > 0, most, np.inf)
            likelihood = (1 - gamma) * meant + gamma / view.problem.largest_surplus
            units = gain > 0
        else:
            likelihood = (1 - gamma) * (threshold < gain[..., None] - slack) + gamma / 2
        after = belief * likelihood
        total = sum_items(after)[..., None]
        learned = units[..., None] & (total > 0)
        after = np.where(learned, after / np.where(total > 0, total, 1.0), belief)
        news = (np.abs(after - belief) > 1e-12).any(axis=(1, 2))
        belief[:] = after
        return news

    def beliefs(self, view):
        _, points, belief = (h[0] for h in hypotheses(view))
        if not view.situation.protocol.itemwise:
            return {"surplus": float(belief[0] @ points[0])}
        mean = sum_items(belief * points)
        return {f"surplus of {name}": float(m) for name, m in zip(view.problem.item_names(), mean, strict=True)}
