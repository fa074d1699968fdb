"""The examples of file 003 as Bayesian cooperative games. Money is in dollars, utility in utils of a dollar.

Prices are lotteries between extreme transfers: utility is linear in money, so two extreme prices of a deal suffice."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.incomplete.cooperative import CooperativeGame, Members
from negotiation.bargaining.incomplete.game_building import cooperative_game, two_person_game


def lemons() -> CooperativeGame:
    """Section 1: the seller knows the quality, worth 5 (high, probability 2/5) or 0 to it, and 5 more to the buyer."""
    cost = [[5.0], [0.0]]  # types of the seller along the first axis
    return two_person_game(
        {f"sell at {p}": [[[p - c[0]] for c in cost], [[c[0] + 5 - p] for c in cost]] for p in (0, 10)},
        types=(("high", "low"), ("buyer",)),
        prior=([0.4, 0.6], [1.0]),
        players=("seller", "buyer"),
        name="lemons",
    )


def taxed_sale() -> CooperativeGame:
    """Section 1: complete information, object worth 0 to the seller and 10 to the buyer; the seller keeps 40% of what it is
    paid beyond 5."""
    return two_person_game(
        {"sell at 0": [0, 10], "sell at 5": [5, 5], "sell at 10": [7, 0]},
        types=(("seller",), ("buyer",)),
        prior=([1.0], [1.0]),
        players=("seller", "buyer"),
        name="taxed sale",
    )


def bilateral_trade() -> CooperativeGame:
    """Section 2 (de Clippel): the buyer's value is 90 (weak, probability 4/5) or 30 (strong), the seller's 0."""
    return two_person_game(
        {f"sell at {p}": [[[90.0 - p], [30.0 - p]], float(p)] for p in (0, 90)},
        types=(("weak", "strong"), ("seller",)),
        prior=([0.8, 0.2], [1.0]),
        players=("buyer", "seller"),
        name="bilateral trade",
    )


def brokered_trade() -> CooperativeGame:
    """Section 2: with a broker who verifies the buyer's type. In the grand coalition a deal may be carried out only if the
    type is what the buyer said. Extreme deals: the good for nothing, or for its value, which the seller or the broker gets."""
    plans: dict[str, list[ArrayLike]] = {}
    for t, value in enumerate((90.0, 30.0)):
        for who, label in enumerate(("buyer", "seller", "broker")):
            gains = np.zeros((3, 2, 1, 1))
            gains[who, t] = value
            plans[f"{('weak', 'strong')[t]} verified, {label} gains {value:g}"] = list(gains)
    pair: dict[str, list[ArrayLike]] = {f"sell at {p}": [[[90.0 - p], [30.0 - p]], float(p)] for p in (0, 90)}
    return cooperative_game(
        ("buyer", "seller", "broker"),
        (("weak", "strong"), ("seller",), ("broker",)),
        ([0.8, 0.2], [1.0], [1.0]),
        {(0, 1): pair, (0, 1, 2): plans},
        name="brokered trade",
    )


def project() -> CooperativeGame:
    """Section 6 (Salamanca): two of three players carry out a project of cost 10, worth 10 to each, but 5 to player 3 if
    strong."""
    value = [[10.0, 5.0]]  # types of player 3 along the last axis: weak, strong
    shares: dict[str, list[ArrayLike]] = {
        "3 gets it free": [0.0, value],
        "3 pays": [10.0, [[0.0, -5.0]]],
    }
    own: dict[Members, dict[str, list[ArrayLike]]] = {(0, 1): {"1 and 2 share": [5.0, 5.0]}}
    own |= {(i, 2): {f"{i + 1} and 3: {label}": u for label, u in shares.items()} for i in (0, 1)}
    return cooperative_game(
        ("1", "2", "3"),
        (("1",), ("2",), ("weak", "strong")),
        ([1.0], [1.0], [0.9, 0.1]),
        own,
        name="project",
    )


def project_pair() -> CooperativeGame:
    """Section 6: the coalition of player 1 and player 3."""
    return project().subgame((0, 2))


PAPER_GAMES = {
    "lemons": lemons,
    "taxed-sale": taxed_sale,
    "bilateral-trade": bilateral_trade,
    "brokered-trade": brokered_trade,
    "project": project,
    "project-pair": project_pair,
}
