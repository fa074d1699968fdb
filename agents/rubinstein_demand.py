"""RubinsteinDemand: demand what pays best against a responder who accepts at her discounted Rubinstein share.

Types are reported truthfully. The demand v maximises v P(accepted | own type) plus the discounted continuation after a refusal
(``agents.quotes``). The responder is taken to accept at her discounted Rubinstein share of the surplus that she knows or
expects: what a truthful offer shows of it together with her own types (all of it when types are announced, its expectation when
frequencies are), and her own prior expectation where an offer shows nothing. Whoever has heard an offer that shows the surplus
demands her Rubinstein share of that from then on. Items negotiated one by one are each quoted so, without learning.

With a known surplus (file 004, Section 4.1) this is the Rubinstein share, accepted at once: the play of the equilibrium of
Theorem 1. Otherwise it is a heuristic, not an equilibrium.   Source: file 004, Theorems 1-3; Rubinstein (1982)."""

from dataclasses import dataclass

import numpy as np

from agents.quotes import item_quotes, whole_quote
from negotiation.registry import register
from negotiation.strategy import DemandStrategy, Plan
from negotiation.table import HEARD, look, sum_items


@register
@dataclass(frozen=True)
class RubinsteinDemand(DemandStrategy):
    """Truthful types, and the demand that pays best against a responder who accepts at her discounted Rubinstein share."""

    name = "rubinstein-demand"
    timeless = True
    separable = True

    def prepare(self, situation, types):
        """private: the demand, the surplus expected, whether it is known; memory: the surplus seen in an offer, NaN before."""
        if situation.protocol.itemwise:
            return super().prepare(situation, types)

        def row(own):
            law = situation.law(own)
            return whole_quote(law, situation)[0], law.mean, law.known

        return Plan(situation.by_types("rubinstein-demand", types, row), np.full((len(types), 1), np.nan))

    def demand(self, view):
        quotes = item_quotes(view.situation)
        if view.situation.protocol.itemwise:
            return look(quotes.choice.ravel(), view.cells), look(quotes.demand.ravel(), view.cells)
        share, seen = view.situation.shares.offering[view.player], view.memory
        demand = np.where(np.isnan(seen), view.private[:, :1], share * seen)
        if not view.all_open:  # part of the items are decided: what one's own types let expect of the others
            mean = (quotes.probability * quotes.surplus).sum(axis=-1).ravel()
            left = share * sum_items(look(mean, view.cells) * view.open)[:, None]
            demand = np.where(view.open.all(axis=1, keepdims=True), demand, left)
        return None, demand

    def reserve(self, view):
        if view.situation.protocol.itemwise:
            return look(item_quotes(view.situation).reserve.ravel(), view.cells)
        expected = np.where(np.isnan(view.memory), view.private[:, 1:2], view.memory)
        return view.situation.shares.answering[view.player] * expected

    def learn(self, view, event, gain, surplus, units):
        if event != HEARD or surplus is None:
            return None
        seen = np.clip(surplus, 0.0, view.problem.largest_surplus)  # a tremble may show what cannot be
        seen = np.where(view.private[:, 2:] > 0, np.nan, seen)  # a known surplus is nothing to learn
        news = ((view.memory != seen) & ~np.isnan(seen))[:, 0]
        view.memory[:] = seen
        return news

    def beliefs(self, view):
        if view.situation.protocol.itemwise:
            return {}
        seen = float(view.memory[0, 0])
        return {"surplus": seen if seen == seen else float(view.private[0, 1])}
