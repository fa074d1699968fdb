"""Rubinstein's alternating-offer shares, for any order of offers.

Let v_i be what player i expects of a pie of size 1 just before the proposer of a stage is known, and r_i the chance
that i proposes. Whoever proposes leaves the other exactly the discounted value of waiting, so

    x_i = 1 - d_j w_j      (what i gets when i proposes; w_j is what j expects at the next stage)

- alternating: w_j = x_j, so x_i = (1 - d_j) / (1 - d_i d_j)                      (Rubinstein 1982; file 004, Theorem 1);
- one side proposes always: it takes everything                                   (file 004, footnote 11);
- random recognition: w_i = r_i x_i + r_j d_i w_i, two linear equations            (file 004, footnote 10; Binmore 1987).

With stages of length h and rates r_i, d_i = exp(-r_i h), alternating shares tend as h -> 0 to r_j / (r_i + r_j) whoever
proposes first: the Nash solution with these weights, symmetric where both are equally patient  (Binmore, Rubinstein and
Wolinsky 1986, Proposition 4).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import InputError

ORDERS = ("alternating", "alice", "bob", "random")


@dataclass(frozen=True)
class Shares:
    """Shares of a pie of size 1 (dimensionless), each an array (Alice, Bob).

    ``offering[i]`` is i's share at a stage where i proposes; ``answering[i]`` where the other proposes, which is also the
    least that i accepts there; ``waiting[i]`` is the present value to a proposer i of being refused, d_i times what i
    expects at the next stage. ``residual`` is the largest violation of x_i = 1 - d_j w_j."""

    offering: NDArray[np.float64]
    answering: NDArray[np.float64]
    waiting: NDArray[np.float64]
    expected: NDArray[np.float64]
    residual: float


def check_discount(discount: object) -> NDArray[np.float64]:
    """Two discount factors (Alice's, Bob's) as an array. Raises InputError unless they are numbers in [0, 1)."""
    try:
        d = np.asarray(discount, dtype=float)
    except (TypeError, ValueError):
        d = np.empty(0)
    if d.shape != (2,) or not np.all((d >= 0) & (d < 1)):
        raise InputError(f"discount: expected two numbers in [0, 1), got {discount!r}")
    return d


def rubinstein_shares(discount: tuple[float, float], order: str = "alternating", recognition: float = 0.5) -> Shares:
    """Shares in the unique subgame-perfect equilibrium with transferable utility and no private information.

    ``discount``: (Alice's, Bob's), each in [0, 1). ``order``: one of ORDERS; ``recognition`` is the probability that Alice
    proposes at a stage when the order is "random". ``expected`` is what each expects before the first stage.
    Raises InputError for a discount factor outside [0, 1) or an unknown order."""
    d = check_discount(discount)
    if order not in ORDERS:
        raise InputError(f"order: expected one of {', '.join(ORDERS)}, got {order!r}")
    if not 0 <= recognition <= 1:
        raise InputError(f"recognition: expected a probability, got {recognition!r}")
    other = d[::-1]
    if order == "alternating":
        offering = (1 - other) / (1 - d[0] * d[1])
        following = 1 - offering[::-1]  # the proposer answers at the next stage,
        ahead = offering  # and who answers now proposes
        expected = np.array([offering[0], 1 - offering[0]])
    else:
        chance = np.array({"alice": [1.0, 0.0], "bob": [0.0, 1.0]}.get(order, [recognition, 1 - recognition]))
        # w_i (1 - (1 - r_i) d_i) + r_i d_j w_j = r_i
        system = np.array([[1 - chance[1] * d[0], chance[0] * d[1]], [chance[1] * d[0], 1 - chance[0] * d[1]]])
        expected = np.linalg.solve(system, chance)
        offering = 1 - other * expected[::-1]
        following = ahead = expected
    answering = 1 - offering[::-1]
    residual = float(np.max(np.abs(answering - d * ahead)))
    return Shares(offering, answering, d * following, expected, residual)


def rubinstein_price(
    seller_value: float,
    buyer_value: float,
    discount: tuple[float, float],
    order: str = "alternating",
    recognition: float = 0.5,
    first: int = 0,
) -> float:
    """The price (utils) of an item of known values at stage 0: the seller's value plus her share of the gains.

    Alice sells. ``first``: who proposes at stage 0 (0 Alice, 1 Bob), where the order is alternating or random; one side's
    order says so itself. Raises InputError where there is nothing to gain (the seller's value is not below the buyer's)."""
    if not seller_value < buyer_value:
        raise InputError(f"price: expected a seller's value below the buyer's, got {seller_value!r} and {buyer_value!r}")
    shares = rubinstein_shares(discount, order, recognition)
    if order in ("alice", "bob"):
        first = ORDERS.index(order) - 1
    part = shares.offering[0] if first == 0 else shares.answering[0]
    return float(seller_value + part * (buyer_value - seller_value))


def limit_shares(rates: tuple[float, float]) -> NDArray[np.float64]:
    """Shares (Alice's, Bob's) as the stages' length goes to 0 at these discount rates > 0: the weights of the Nash solution."""
    r = np.asarray(rates, dtype=float)
    if r.shape != (2,) or not np.all((r > 0) & np.isfinite(r)):
        raise InputError(f"rates: expected two positive numbers, got {rates!r}")
    return np.asarray(r[::-1] / r.sum())
