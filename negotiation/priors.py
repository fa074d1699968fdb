"""Joint priors over the private types of all items: f in the problem (n, u, X, Theta, f). How to make one.

Four kinds. In each, T_i is the number of player i's types of an item.

- ``iid``: types are independent over items and players, item k's drawn from p_i[c(k), .];
- ``common_shock``: first a state z with probability w_z, then iid with p_i[z, c(k), .]; players' types are correlated;
- ``matchups``: a multiset of pairs of types meets in an order drawn uniformly, so the surplus is known (Example 1);
- ``table``: an explicit support of joint types.

Source: file 004, Sections 2.1, 3.2, 4.1 and footnote 24."""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from negotiation.errors import InputError
from negotiation.independent_priors import IID, CommonShock
from negotiation.listed_priors import Matchups, Table
from negotiation.prior import SUPPORT_LIMIT, Belief, Layout, Prior, Support, how_often

__all__ = [
    "IID", "SUPPORT_LIMIT", "Belief", "CommonShock", "Layout", "Matchups", "Prior", "Support", "Table", "common_shock",
    "how_often", "iid", "matchups", "table",
]  # fmt: skip


def iid(alice: ArrayLike = (0.5, 0.5), bob: ArrayLike = (0.5, 0.5)) -> IID:
    """Types independent over items and players: probabilities over Alice's and over Bob's types of an item, or a row of
    them for each class of item."""
    return IID(alice, bob)


def common_shock(weights: ArrayLike, alice: Sequence[ArrayLike], bob: Sequence[ArrayLike]) -> CommonShock:
    """A state of the world that both players' types depend on: its probabilities, and for each state the probabilities over
    an item's types (or a row of them for each class). Given the state, types are independent."""
    return CommonShock(weights, alice, bob)


def matchups(pairs: Sequence[tuple[float | str, float | str]]) -> Matchups:
    """The items' (Alice's type, Bob's type) are these pairs, in an order drawn uniformly (Example 1). With more items than
    pairs, every pair occurs equally often."""
    if not pairs or not all(isinstance(p, Sequence) and len(p) == 2 for p in pairs):
        raise InputError("prior, matchups: expected at least one pair (Alice's type, Bob's type)")
    return Matchups(tuple((p[0], p[1]) for p in pairs))


def table(rows: Sequence[tuple[Sequence[float | str], Sequence[float | str], float]]) -> Table:
    """An explicit support: rows (Alice's types, Bob's types, probability), types listed item by item."""
    expected = "prior, table: expected at least one row (Alice's types, Bob's types, probability)"
    try:
        listed_rows = tuple((tuple(a), tuple(b), float(p)) for a, b, p in rows)
    except (TypeError, ValueError):
        raise InputError(expected) from None
    if not listed_rows:
        raise InputError(expected)
    return Table(listed_rows)
