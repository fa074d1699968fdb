"""Automata of price bargaining over one item: states written with prices, and Rubinstein's equilibrium on a grid of prices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.rubinstein import rubinstein_price
from negotiation.equilibrium.automata import Automaton
from negotiation.errors import CannotPlay, InputError
from negotiation.problem import ALICE, BOB, PLAYERS, Problem, exchange
from negotiation.protocol import Grid
from negotiation.table import TIE


@dataclass(frozen=True)
class PriceState:
    """A public state. ``about``: what is believed of Alice's type and of Bob's, (T_j,) or (own types, T_j) each.

    ``offer``: for each type of the proposer a price, or the probabilities of prices; ``accept``: of a price, the responder's
    probability of accepting it by type; ``after``: of a refused price, the name of the next state."""

    name: str
    proposer: int
    about: tuple[ArrayLike, ArrayLike]
    offer: Sequence[float | Mapping[float, float]]
    accept: Callable[[float], Sequence[float | bool]]
    after: Callable[[float], str]


def price_automaton(
    problem: Problem, grid: Grid, states: Sequence[PriceState], *, tremble: float = 0.0, name: str = "price bargaining"
) -> Automaton:
    """The automaton of bargaining over the price at which one item changes hands; the first state is the start.

    The price is the transfer from Bob to Alice; accepting it trades the item. ``tremble`` is gamma.
    Raises CannotPlay unless the problem has one item that is kept or traded; InputError for prices off the grid, unknown
    states, or what ``Automaton`` refuses."""
    if problem.n != 1 or len(problem.choices) != 2 or problem.null < 0:
        raise CannotPlay(f"price automaton: expected one item with two choices, one worthless, got {problem.n} items")
    if not states:
        raise InputError("states: expected at least one")
    trade = 1 - problem.null
    prices = tuple(round(grid.low + k * grid.step, 12) for k in range(grid.count))
    T = [len(t) for t in problem.types]
    names = [state.name for state in states]
    S, P = len(states), len(prices)
    belief = [np.zeros((S, T[i], T[1 - i])) for i in (ALICE, BOB)]
    offer = [np.zeros((S, T[i], P)) for i in (ALICE, BOB)]
    accept = [np.zeros((S, P, T[i])) for i in (ALICE, BOB)]
    after = np.zeros((S, P), dtype=np.int64)
    for s, state in enumerate(states):
        where = f"state {state.name!r}"
        if state.proposer not in (ALICE, BOB):
            raise InputError(f"proposer, {where}: expected 0 (Alice) or 1 (Bob), got {state.proposer!r}")
        for i in (ALICE, BOB):
            belief[i][s] = _fill(f"belief about {PLAYERS[1 - i]}, {where}", state.about[1 - i], belief[i][s].shape)
        if len(state.offer) != T[state.proposer]:
            raise InputError(f"offer, {where}: expected one for each of {T[state.proposer]} types, got {len(state.offer)}")
        for t, plan in enumerate(state.offer):
            for price, p in (plan if isinstance(plan, Mapping) else {plan: 1.0}).items():
                offer[state.proposer][s, t, _number(price, prices, where)] += p
        for o, price in enumerate(prices):
            responder = accept[1 - state.proposer]
            responder[s, o] = _fill(f"acceptance of {price:g}, {where}", state.accept(price), responder[s, o].shape)
            reached = state.after(price)
            if reached not in names:
                raise InputError(f"next state, {where}, price {price:g}: expected one of {names}, got {reached!r}")
            after[s, o] = names.index(reached)
    joint = np.zeros((T[0], T[1]))
    support = problem.prior.support()
    np.add.at(joint, (support.types[:, 0, 0], support.types[:, 1, 0]), support.probability)
    column = np.array(prices)[:, None]
    c = int(problem.classes[0])
    gain = (problem.utility[0][c, trade] + column, problem.utility[1][c, trade] - column)
    return Automaton(
        names=tuple(names),
        offers=prices,
        types=problem.types,
        proposer=np.array([state.proposer for state in states]),
        belief=(belief[0], belief[1]),
        offer=(offer[0], offer[1]),
        accept=(accept[0], accept[1]),
        after=after,
        gain=gain,
        discount=problem.discount,
        prior=joint,
        tremble=tremble,
        name=name,
    )


def rubinstein_on_grid(
    seller_value: float, buyer_value: float, discount: tuple[float, float], grid: Grid, *, tremble: float = 0.0
) -> Automaton:
    """Rubinstein's stationary equilibrium of known values (Theorem 1 with one item), on a grid of prices.

    Each offers the equilibrium price rounded in the responder's favour, and accepts what is worth at least waiting to make its
    own offer. Without trembles nobody gains more than a step of the grid by deviating: the highest price that is accepted is at
    most one step from the one that is offered.
    Raises InputError where there is nothing to gain, or the grid does not reach the equilibrium prices."""
    asked = rubinstein_price(seller_value, buyer_value, discount)
    bid = rubinstein_price(seller_value, buyer_value, discount, first=BOB)
    if not grid.low - TIE <= bid or not asked <= grid.high + TIE:
        raise InputError(f"grid: expected prices from at most {bid:g} to at least {asked:g}, got {grid}")
    low, high = float(grid.ceil(np.array([bid]))[0]), float(grid.floor(np.array([asked]))[0])
    tie = TIE * (buyer_value - seller_value)
    problem = exchange(1, (seller_value,), (buyer_value,), discount=discount, name="known values")

    def buyer(price: float) -> tuple[bool]:
        return (buyer_value - price >= discount[1] * (buyer_value - low) - tie,)

    def seller(price: float) -> tuple[bool]:
        return (price - seller_value >= discount[0] * (high - seller_value) - tie,)

    known = ((1.0,), (1.0,))
    states = [
        PriceState("seller offers", ALICE, known, (round(high, 12),), buyer, lambda price: "buyer offers"),
        PriceState("buyer offers", BOB, known, (round(low, 12),), seller, lambda price: "seller offers"),
    ]
    return price_automaton(problem, grid, states, tremble=tremble, name="Rubinstein on a grid")


def _number(price: float, prices: tuple[float, ...], where: str) -> int:
    at = int(np.abs(np.array(prices) - price).argmin())
    if abs(prices[at] - price) > TIE * max(1.0, abs(price)):
        raise InputError(f"offer, {where}: expected a price of the grid {prices[0]:g} to {prices[-1]:g}, got {price:g}")
    return at


def _fill(what: str, given: ArrayLike | Sequence[float | bool], shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(given, dtype=float)
    if array.shape not in (shape, shape[-1:]):
        raise InputError(f"{what}: expected {shape[-1]} probabilities, got shape {array.shape}")
    return np.broadcast_to(array, shape)
