"""The efficient equilibrium of negotiation by menus in Section 6.1's example, and its verification.

Two items; a type is of category k if with it the efficient outcome may be to trade item k alone, and each player has one type
of each category. Let S(k, l) be the surplus of Alice's category k and Bob's l: 10 if k = l (item k alone), 4 if not (both).
With q_i the share of an answering player in Rubinstein's game, q_i = d_i (1 - d_j) / (1 - d_a d_b), the profile is:

- a proposer of category k offers its menu (k, p_k, p_all), at every history and whatever it believes: p_k leaves a responder
  of category k exactly q_j S(k, k) from item k alone, p_all leaves the other category q_j S(k, l) from everything;
- a responder of category l accepts (k, p, p') in the better way iff that gives at least q_j S(k, l), ties included.

Beliefs: after an offer that names k, whatever its prices and whatever was believed before, the responder is sure that its
author is of category k (the condition of Section 6.1, on and off the path; no pair of categories has prior probability 0). A
player's own offers and responses, and the other's responses, change nothing in its beliefs; a refusal is followed by an offer,
which does. On the path this is Bayes' rule, since categories name themselves.

Why it is an equilibrium: the opponent's offer depends on its type alone, and its response on the last offer alone. So a player
faces a decision problem with few states: proposing, to a belief; and responding to an offer, sure of its author's category m.
Against category l, naming m earns at most max(surplus of item m alone, of everything, at the true types) - q_j S(m, l) if
accepted. With V(k, l) the value of proposing to l, W(k, l) that of answering l's menu,

    V(k, l) = max(max over m of that, d_i W(k, l)),      W(k, l) = max(best trade in l's menu, d_i V(k, l)),

solved exactly (V is the largest of the constants and 0). Before anything is said the opponent's category is not known, and the
sum over l of the prior times the maximum for each l apart bounds what any menu earns. Gains are these values less the
profile's. The responder's gain is bounded over all offers at once: with r = q_i S(k, m) what it wants and V' the profile's
value, it is at most max(d V - r, r - d V', d V - d V').

On a finite grid the shares are replaced by a fixed point of the same rule with prices rounded in the responder's favour (of
several the one worst for Alice). Source: file 004, Section 6.1, which states that there is such an equilibrium; this one is
derived here."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium.tree_building import list_types
from negotiation.equilibrium.trees import Floats
from negotiation.errors import CannotPlay
from negotiation.priors import table
from negotiation.problem import PLAYERS, Problem, exchange
from negotiation.protocol import Grid
from negotiation.table import TIE

SIGN = (1.0, -1.0)  # of a transfer in Alice's and in Bob's payoff


def menu_problem(discount: tuple[float, float] = (0.9, 0.9)) -> Problem:
    """Section 6.1's example: costs (0, 8) or (8, 0), values (2, 10) or (10, 2), independent and equally likely."""
    rows = [(a, b, 0.25) for a in ((0, 8), (8, 0)) for b in ((2, 10), (10, 2))]
    return exchange(2, prior=table(rows), discount=discount, name="two rugs, surplus 4 or 10")


@dataclass(frozen=True, eq=False)
class MenuEquilibrium:
    """The profile and what deviating from it gains. Players come first, then own category, then the other's.

    - ``worth[i]`` (2, 2): utils to player i of category k of trading item m, without transfers;
    - ``menus`` (2, 2, 2): (p_k, p_all) of player i of category k; ``reserve`` (2, 2, 2): what i of category k wants at least
      from an offer that names m;
    - ``offering``, ``answering`` (2, 2, 2): what i of category k gets against category l where i proposes, and where the other
      does, utils of that stage; ``surplus``, ``prior`` (2, 2) by (Alice's, Bob's) category;
    - ``gain_start`` (2,): of Alice's categories before stage 0, a bound over all menus and all later play;
    - ``gain_offer`` (2, 2, 2): of i of category k who proposes, sure of category l; ``gain_reply`` (2, 2, 2): of i of category
      k who hears any offer that names m;
    - ``lost`` (2, 2): first best less payoffs, by pair of categories, utils."""

    problem: Problem
    grid: Grid | None
    worth: Floats
    prior: Floats
    surplus: Floats
    menus: Floats
    reserve: Floats
    offering: Floats
    answering: Floats
    gain_start: Floats
    gain_offer: Floats
    gain_reply: Floats
    lost: Floats

    @property
    def largest_gain(self) -> float:
        """The largest gain of any category of any player at any information set, utils of its stage."""
        return float(max(self.gain_start.max(), self.gain_offer.max(), self.gain_reply.max()))

    @property
    def payoffs(self) -> Floats:
        """(2, 2): expected time-0 utils of Alice's and of Bob's categories."""
        mine = (self.offering[0] * self.prior).sum(axis=1) / self.prior.sum(axis=1)
        theirs = (self.answering[1] * self.prior.T).sum(axis=1) / self.prior.sum(axis=0)
        return np.stack([mine, theirs])

    @cached_property
    def waiting(self) -> Floats:
        """(2, 2, 2): the best that i of category k, sure of category l, can expect after its offer is refused, in utils of
        the stage of the refusal."""
        values = _proposing(self)[0]
        d = np.array(self.problem.discount)[:, None, None]
        return np.asarray(d * np.maximum(self._trades(), d * values))

    def _trades(self) -> Floats:
        """(2, 2, 2): the best trade for i of category k in the menu of the other's category l."""
        best = np.empty((2, 2, 2))
        for i in (0, 1):
            for k in (0, 1):
                for m in (0, 1):
                    best[i, k, m] = self.trades(i, k, m, self.menus[1 - i, m]).max()
        return best

    def trades(self, i: int, k: int, item: int, prices: Floats) -> Floats:
        """What (item alone, everything) at prices (..., 2) gives player i of category k, utils."""
        return np.stack([self.worth[i, k, item], self.worth[i, k].sum()]) + SIGN[i] * prices

    def answer(self, l: int, i: int, item: int, prices: Floats) -> tuple[Floats, Floats]:  # noqa: E741
        """How the responder of category l answers offers of player i that name ``item`` at prices (..., 2): whether it
        accepts, and which trade (0 alone, 1 everything) it picks. Equal trades: the efficient one if i tells the truth."""
        gains = self.trades(1 - i, l, item, prices)
        slack = TIE * self.surplus.max()
        other = int(l != item)
        pick = np.where(gains[..., other] >= gains.max(axis=-1) - slack, other, 1 - other)
        return gains.max(axis=-1) >= self.reserve[1 - i, l, item] - slack, pick

    def value_of(self, i: int, k: int, item: int, prices: Floats, belief: Floats) -> Floats:
        """What offers that name ``item`` at prices (..., 2) earn player i of category k who believes ``belief`` (2,) of the
        other's category, if it plays as well as it can from then on; utils of the stage."""
        total = np.zeros(prices.shape[:-1])
        for l in (0, 1):  # noqa: E741
            accepts, pick = self.answer(l, i, item, prices)
            gains = self.trades(i, k, item, prices)
            traded = np.where(pick == 0, gains[..., 0], gains[..., 1])
            total += belief[l] * np.where(accepts, traded, self.waiting[i, k, l])
        return total


def menu_equilibrium(problem: Problem | None = None, grid: Grid | None = None) -> MenuEquilibrium:
    """The profile of Section 6.1 for two items and two categories a player, at any discount factors, with its gains.

    ``problem``: by default Section 6.1's; others of the same kind are taken too, and their gains say whether the profile is an
    equilibrium there. ``grid``: the prices that may be named, by default all. Raises CannotPlay where the problem is not of
    that kind: items with a null choice and one other, each player with one type of each category, every pair possible."""
    problem = problem or menu_problem()
    worth, prior = _categories(problem)
    both = worth[0][:, None] + worth[1][None]  # (Alice's, Bob's, item)
    surplus = np.maximum(both, 0).sum(axis=2)
    shares = rubinstein_shares(problem.discount)
    reserve = np.stack([shares.answering[0] * surplus, shares.answering[1] * surplus.T])
    menus = _menus(worth, reserve, grid)
    if grid is not None:
        reserve, menus = _on_grid(problem, worth, surplus, grid)
    blank = np.zeros((2, 2, 2))
    profile = MenuEquilibrium(
        problem, grid, worth, prior, surplus, menus, reserve, blank, blank, np.zeros(2), blank, blank, np.zeros((2, 2))
    )
    offering, answering = _played(profile)
    profile = replace(profile, offering=offering, answering=answering, lost=surplus - offering[0] - answering[1].T)
    values, best = _proposing(profile)
    d = np.array(problem.discount)[:, None, None]
    gain_offer = np.maximum(0.0, values - offering)
    slips = np.stack([d * values - reserve, reserve - d * offering, d * (values - offering), blank])
    given = prior / prior.sum(axis=1, keepdims=True)
    most = np.maximum(best[0], profile.waiting[0][:, :, None])  # (category, other's, item named)
    start = (given[:, :, None] * most).sum(axis=1).max(axis=1) - (given * offering[0]).sum(axis=1)
    return replace(profile, gain_offer=gain_offer, gain_reply=slips.max(axis=0), gain_start=np.maximum(0.0, start))


def _categories(problem: Problem) -> tuple[Floats, Floats]:
    """``worth`` (2, 2, 2) and the prior (2, 2), types in the order of their categories."""
    if problem.n != 2 or problem.null < 0 or len(problem.choices) != 2:
        raise CannotPlay(f"menu equilibrium: expected two items, each traded or not; {problem.name} is not so")
    types, joint = list_types(problem)
    trade = int(problem.proposals[0])
    worth = [u[problem.classes, trade, t] for u, t in zip(problem.utility, types, strict=True)]  # (T_i, 2)
    gains = (worth[0][:, None] + worth[1][None] > 0) & (joint > 0)[:, :, None]  # what is traded by each pair
    alone = gains & (gains.sum(axis=2) == 1)[:, :, None]
    orders = []
    for i, of in enumerate((alone.any(axis=1), alone.any(axis=0))):
        if of.shape != (2, 2) or (of.sum(axis=1) != 1).any() or (of.sum(axis=0) != 1).any():
            raise CannotPlay(f"menu equilibrium: expected one type of each category for {PLAYERS[i]} in {problem.name}")
        orders.append(of.argmax(axis=0))
    prior = joint[np.ix_(*orders)]
    if not (prior > 0).all():
        raise CannotPlay(f"menu equilibrium: expected every pair of categories to be possible in {problem.name}")
    return np.stack([w[order] for w, order in zip(worth, orders, strict=True)]), prior


def _menus(worth: Floats, reserve: Floats, grid: Grid | None) -> Floats:
    """(2, 2, 2): the prices that leave the responder its reserve, of each proposer and category."""
    menus = np.empty((2, 2, 2))
    for i, k in np.ndindex(2, 2):
        j, other = 1 - i, 1 - k
        alone = SIGN[i] * (worth[j, k, k] - reserve[j, k, k])
        every = SIGN[i] * (worth[j, other].sum() - reserve[j, other, k])
        menus[i, k] = alone, every
    if grid is None:
        return menus
    return np.stack([grid.floor(menus[0]), grid.ceil(menus[1])])


def _on_grid(problem: Problem, worth: Floats, surplus: Floats, grid: Grid) -> tuple[Floats, Floats]:
    """Reserves and menus such that each player wants exactly what waiting for its own menu is worth.

    The more Bob wants the less Alice gets, and the less she then wants, and so on: a monotone map, iterated from where she
    wants too little and he too much up to its first fixed point."""
    d = problem.discount
    more = grid.step / (1 - max(d))
    reserve = np.stack([np.full((2, 2), -more), surplus.T + more])
    while True:
        menus = _menus(worth, reserve, grid)
        alone = np.stack([np.diagonal(worth[i]) + SIGN[i] * menus[i, :, 0] for i in (0, 1)])
        every = worth.sum(axis=2) + np.array(SIGN)[:, None] * menus[:, :, 1]
        own = np.where(np.eye(2, dtype=bool), alone[:, :, None], every[:, :, None])
        wanted = np.stack([d[i] * own[i] for i in (0, 1)])
        if np.array_equal(wanted, reserve):
            return reserve, menus
        reserve = wanted


def _played(profile: MenuEquilibrium) -> tuple[Floats, Floats]:
    """What the profile gives (i, own category, other's) where i proposes, and where i answers."""
    offering, answering = np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    for i, k, l in np.ndindex(2, 2, 2):  # noqa: E741
        menu = profile.menus[i, k]
        accepts, pick = profile.answer(l, i, k, menu)
        if accepts:
            offering[i, k, l] = profile.trades(i, k, k, menu)[int(pick)]
            answering[1 - i, l, k] = profile.trades(1 - i, l, k, menu)[int(pick)]
    return offering, answering


def _proposing(profile: MenuEquilibrium) -> tuple[Floats, Floats]:
    """V (2, 2, 2), and what naming each item earns at most once accepted (i, k, l, item); -inf where no price is accepted."""
    best = np.full((2, 2, 2, 2), -np.inf)
    worth, grid = profile.worth, profile.grid
    for i, k, l, item in np.ndindex(2, 2, 2, 2):  # noqa: E741
        j, left = 1 - i, profile.reserve[1 - i, l, item]
        for mine, theirs in ((worth[i, k, item], worth[j, l, item]), (worth[i, k].sum(), worth[j, l].sum())):
            price = SIGN[i] * (theirs - left)
            if grid is not None:
                price = float((grid.floor if i == 0 else grid.ceil)(np.array([price]))[0])
                if theirs + SIGN[j] * price < left - TIE * profile.surplus.max():
                    continue
            best[i, k, l, item] = max(best[i, k, l, item], mine + SIGN[i] * price)
    d = np.array(profile.problem.discount)[:, None, None]
    return np.maximum(0.0, np.maximum(best.max(axis=3), d * profile._trades())), best
