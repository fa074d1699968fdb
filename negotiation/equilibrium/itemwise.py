"""Example 2: what the seller secures when two items are negotiated one by one, and why both never trade at once.

Two items that the seller values at 0; the buyer values one at ``low`` and the other at ``high``, each order equally likely.
Let L be the least that the seller expects at a stage where she offers with both items open. A buyer who rejects both offers at
the next stage, and then has at most low + high - D_s L, as she can reject and wait. Say she asks p > low for each item. He
refuses the item worth low to him; which one it is becomes known once he buys the other, and it is then negotiated as by
Rubinstein, he first: he gets b low, she s low, b = (1 - D_s) / (1 - D_s D_b), s = 1 - b. So he buys the high item whenever

    high - p + D_b b low > D_b (low + high - D_s L),    so up to P(L) = high + D_b b low - D_b (low + high - D_s L),

and she has P(L) + D_s s low at least. L is the least she expects, so L >= P(L) + D_s s low, that is

    L >= (high (1 - D_b) + low (D_b b + D_s s - D_b)) / (1 - D_s D_b),      high / (1 + D) where D_s = D_b = D.

It holds if P(L) > low. Both items trade at one stage only at prices of at most low each, worth at most 2 low to her: where L
> 2 low she never asks for that little. A grid costs her at most one step of the price, and the item left is settled within a
step's bounds.

Source: file 004, Example 2 and its proof (appendix): low 2, high 10, L >= 10 / (1 + D)."""

from dataclasses import dataclass

from negotiation.equilibrium.bounds import payoff_bounds
from negotiation.errors import InputError


@dataclass(frozen=True)
class ItemwiseBound:
    """What the seller secures, item by item (utils of the stage). ``seller``: her payoff at least, where she offers with both
    items open; ``price``: the price P of both items that secures it; ``both_at_once``: her payoff at most from an offer that
    may trade both items at once. ``never_both``: by how much she would lose by it (utils); positive: it never happens."""

    seller: float
    price: float
    both_at_once: float

    @property
    def never_both(self) -> float:
        return self.seller - self.both_at_once


def itemwise_bound(low: float, high: float, discount: tuple[float, float], step: float = 0.0) -> ItemwiseBound:
    """Example 2 for a buyer's values ``low`` < ``high`` (utils), discount factors (seller's, buyer's) and a price grid of
    this ``step``.

    Raises InputError where the argument does not apply: the price it needs is not above ``low``."""
    if not 0 < low < high:
        raise InputError(f"values: expected 0 < low < high, got {low!r} and {high!r}")
    left = payoff_bounds(
        low, (discount[0], discount[1]), order="alternating", step=step
    )  # the item left; row 1: the buyer offers
    seller_left, buyer_left = (float(x) for x in left.lower[1])
    seller_discount, buyer_discount = discount
    patience = seller_discount * buyer_discount
    fixed = high + buyer_discount * buyer_left - buyer_discount * (low + high) - step
    seller = (fixed + seller_discount * seller_left) / (1 - patience)
    price = fixed + patience * seller
    if not price > low:
        raise InputError(
            f"values: expected high so far above low that a price above low is accepted, got {low:g}, {high:g}, price {price:g}"
        )
    return ItemwiseBound(seller, price, 2 * low)
