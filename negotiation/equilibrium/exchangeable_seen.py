"""What offers are worth in an exchangeable game whose proposers announce types, so that the responder sees the surplus.

Facing announced types m with demand v, a responder with frequency l sees the joint counts J and accepts iff S_J - v >= c_l. The
law of J is listed where it fits (``ListedDeals``). With many items of one class and two types a side S_J is taken as normal
(``NormalDeals``) with the mean and variance of a random matching, cut into cells of a quarter of a standard deviation each: J
is one number, and its law, hypergeometric, tends to that as n grows. A responder who accepts by a tremble picks choices
uniformly.

After a lie the continuation is taken at its mean over the joint counts of the true types, given the responder's frequency;
after one that is another frequency's offer, the surplus shown is taken to deviate from its mean by as much as that of the true
types."""

import math
from abc import abstractmethod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.exchangeable import ExchangeableGame
from negotiation.equilibrium.exchangeable_deals import Averages, Deals, Offers, by_demand, worthwhile
from negotiation.errors import CannotPlay

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CELLS = np.arange(-6.5, 6.5, 0.25) + 0.125  # midpoints, in standard deviations
COARSE = np.arange(-4.0, 4.0, 1.0) + 0.5
NEVER = 1e-13  # announcements of trembling offers that are less likely are left out
MOST_LISTED = 3_000_000  # (announced, responder's, joint counts)


class Nodes(NamedTuple):
    """Joint counts of announced types (m, l, J): probability, surplus, the surplus of uniform choices, and ``worth`` (rank, m,
    l, J)."""

    weight: Floats
    surplus: Floats
    random: Floats
    worth: Floats


class SeenDeals(Deals):
    """The offers of one proposer whose responder sees the surplus."""

    def __init__(self, game: ExchangeableGame, proposer: int, kept: tuple[Ints, Ints], tremble: float) -> None:
        super().__init__(game, proposer, kept, tremble)
        self.likely = np.flatnonzero(self.announced >= NEVER)
        self.slip_worth = game.random_worth(proposer)
        self.true: Nodes

    @abstractmethod
    def nodes(self, said: Ints, coarse: bool = False) -> Nodes:
        """The joint counts of some announcements."""

    def portions(self, said: Ints) -> list[Ints]:
        size = len(self.other) * self.weight.shape[2] * (2 + len(self.moved))
        return np.array_split(said, math.ceil(len(said) * size / 8_000_000) or 1)

    def use(self, true: Nodes) -> None:
        """Set the joint counts of the true types (k, l, J)."""
        self.true, self.pair = true, true.surplus
        self.weight = np.broadcast_to(true.weight, true.surplus.shape)

    def cutoffs(self, reserve: Floats) -> Ints:
        return self.number(self.true.surplus - reserve[:, None] + self.game.slack)

    def truthful(self, q: NDArray[np.integer], reserve: Floats) -> Offers:
        yes, v = q <= self.cutoffs(reserve), self.demand(q)
        said, gain, slip = self.said(yes), self.true.surplus - v, self.true.random - v
        left = np.where(yes, (1 - self.tremble) * gain, 0.0) + self.tremble / 2 * slip
        return Offers(said, said, said * v, left, gain, slip)

    def averages(self, reserve: Floats) -> Averages:
        gamma, middle = self.tremble, float(self.demand(np.array([0, self.demands - 1])).mean())
        accept, responder, paid = np.zeros((3, len(self.other)))
        lies = np.zeros((len(self.own), len(self.other)))
        for said in self.portions(self.likely):
            at = self.nodes(said)
            q = self.number(at.surplus - reserve[:, None] + self.game.slack)
            weight = self.announced[said][:, None, None] * at.weight
            yes, total = weight * (q + 1) / self.demands, weight * self.sum_to(q) / self.demands
            accept += (1 - gamma) * yes.sum(axis=(0, 2)) + gamma / 2 * weight.sum(axis=(0, 2))
            paid += (1 - gamma) * total.sum(axis=(0, 2)) + gamma / 2 * middle * weight.sum(axis=(0, 2))
            gain = (yes * at.surplus - total).sum(axis=(0, 2))
            responder += (1 - gamma) * gain + gamma / 2 * (weight * (at.random - middle)).sum(axis=(0, 2))
            for r, moved in enumerate(self.moved[:, :, said]):
                meant, slipped = (yes * at.worth[r]).sum(axis=2), weight.sum(axis=2) * self.slip_worth[r]
                lies += moved @ ((1 - gamma) * meant + gamma / 2 * slipped)
        return Averages(accept, accept, responder, paid + lies)

    def slips(self) -> Floats:
        total = np.zeros(len(self.other))
        for said in self.portions(self.likely):
            at = self.nodes(said)
            total += (self.announced[said][:, None, None] * at.weight * at.random).sum(axis=(0, 2))
        return total - float(self.demand(np.array([0, self.demands - 1])).mean())

    def _flat(self, values: NDArray[Any]) -> NDArray[Any]:
        return values.reshape(len(values), -1)

    def _truth(self, reserve: Floats, waiting: Floats) -> tuple[Floats, Ints]:
        cutoff, p = self._flat(self.cutoffs(reserve)), self._flat(self.weight * self.prior[:, None])
        nothing = np.zeros((1, 1))
        top, q = np.empty(len(self.own)), np.empty(len(self.own), dtype=np.int64)
        for rows in np.array_split(np.arange(len(self.own)), math.ceil(cutoff.size / 2_000_000) or 1):
            extra = np.broadcast_to(nothing, cutoff[rows].shape)
            top[rows], q[rows] = by_demand(self, cutoff[rows], p[rows], extra, extra, self._flat(waiting)[rows])
        # The demand that no one means to accept: whoever trembles into it pays all the same.
        last = self.demands - 1
        refused = self.tremble / 2 * self.demand(np.array(last)) + (1 - self.tremble / 2) * self.expect(waiting)
        better = (refused > top) & (cutoff.max(axis=1) < last)
        return np.where(better, refused, top), np.where(better, last, q)

    def best_truthful(self, reserve: Floats, waiting: Floats) -> Ints:
        return self._truth(reserve, waiting)[1]

    def _slip_bonus(self) -> Floats:
        """The most that a lie adds (k,) where choices are uniform."""
        bonus: Floats = np.einsum("r,rkm->km", self.slip_worth, self.moved).max(axis=1, initial=0.0)
        return bonus

    def best(self, reserve: Floats, waiting: Floats) -> Floats:
        gamma = self.tremble
        best = self._truth(reserve, waiting)[0]
        over = np.maximum(self.true.surplus - reserve[:, None] - waiting, 0.0)
        most = gamma / 2 * (float(self.demand(np.array(self.demands - 1))) + self._slip_bonus())
        rent = (1 - gamma / 2) * self.expect(waiting) + (1 - gamma) * self.expect(over) + most - best
        mean = (self.weight * waiting).sum(axis=2)
        for k in range(len(self.own)):
            p = (self.weight[k] * self.prior[:, None]).ravel()
            for some in self.near(k, worthwhile(over[k].ravel(), p, rent[k] / (1 - gamma))):
                for said in self.portions(some[self.moved[:, k, some].any(axis=0)]):
                    if not len(said):
                        continue
                    at = self.nodes(said)
                    cutoff = self.number(at.surplus - reserve[:, None] + self.game.slack)
                    extra = np.einsum("rm,rmlj->mlj", self.moved[:, k, said], at.worth)
                    slip = np.einsum("rm,r->m", self.moved[:, k, said], self.slip_worth)[:, None, None]
                    chance = np.broadcast_to(at.weight * self.prior[:, None], cutoff.shape)
                    slips, wait = np.broadcast_to(slip, cutoff.shape), np.broadcast_to(mean[k][:, None], cutoff.shape)
                    flat = [self._flat(x) for x in (cutoff, chance, extra, slips, wait)]
                    best[k] = max(best[k], by_demand(self, flat[0], flat[1], flat[2], flat[3], flat[4])[0].max())
                    # Lies with a demand that no one means to accept pay where it is accepted by a tremble.
                    vain = cutoff.max(axis=(1, 2)) < self.demands - 1
                    if vain.any():
                        refused = (1 - gamma / 2) * float(mean[k] @ self.prior)
                        top = float(self.demand(np.array(self.demands - 1)))
                        best[k] = max(best[k], refused + gamma / 2 * (top + float(slip[vain].max())))
        return best

    def lie(self, reserve: Floats, said: int, q: int, waiting: Floats) -> Floats:
        mean = self.surplus[self.own]
        shown = self.true.surplus + (self.surplus[said] - mean)[..., None]
        agreed = self.said(q <= self.number(shown - reserve[:, None] + self.game.slack))
        meant = agreed - self.tremble / 2
        lies = np.einsum("rk,rl->kl", self.moved[:, :, said], self.game.worth(self.proposer, self.other))[..., None]
        slips = (self.slip_worth @ self.moved[:, :, said])[:, None, None]
        paid = agreed * self.demand(np.array(q)) + meant * lies + self.tremble / 2 * slips
        return self.expect(paid + (1 - agreed) * waiting)

    def best_known(self, reserve: Floats) -> tuple[Floats, Floats]:
        """Upper bounds: what l accepts leaves it its reserve payoff, and by a tremble it may accept the highest demand."""
        slip = self.tremble / 2 * (float(self.demand(np.array(self.demands - 1))) + self._slip_bonus())[:, None, None]
        accepted = (1 - self.tremble) * (self.true.surplus - reserve[:, None] + self.game.slack) + slip
        return accepted, np.broadcast_to(slip, accepted.shape)

    def above(self, level: Floats) -> Floats:
        out = level.copy()
        for said in self.portions(self.likely):
            at = self.nodes(said, coarse=True)
            weight = self.announced[said][:, None, None] * at.weight / self.demands
            for a in range(level.shape[1]):
                over = at.surplus - level[:, a, None]
                q = self.number(over)
                out[:, a] += (weight * ((q + 1) * over - self.sum_to(q))).sum(axis=(0, 2))
        return out


class ListedDeals(SeenDeals):
    """With the laws of joint counts listed."""

    def __init__(self, game: ExchangeableGame, proposer: int, kept: tuple[Ints, Ints], tremble: float) -> None:
        super().__init__(game, proposer, kept, tremble)
        law = game.law(proposer, self.other)
        assert law is not None
        self.law = Nodes(*law)
        self.use(self.nodes(self.own))

    def nodes(self, said: Ints, coarse: bool = False) -> Nodes:
        law = self.law
        return Nodes(law.weight[said], law.surplus[said], law.random[said], law.worth[:, said])


class NormalDeals(SeenDeals):
    """Two types a side, one class, many items: normal joint counts."""

    def __init__(self, game: ExchangeableGame, proposer: int, kept: tuple[Ints, Ints], tremble: float) -> None:
        super().__init__(game, proposer, kept, tremble)
        random = game.random_surplus(proposer)[0]
        said, held = game.frequencies_of(proposer)[:, 0], game.frequencies_of(1 - proposer)[self.other, 0]
        self.random = said @ random @ held.T / game.problem.n
        self.worths = game.worth(proposer, self.other)
        self.use(self.nodes(self.own))

    def nodes(self, said: Ints, coarse: bool = False) -> Nodes:
        from scipy.special import ndtr

        cells = COARSE if coarse else CELLS
        half = (cells[1] - cells[0]) / 2
        weight = ndtr(cells + half) - ndtr(cells - half)
        weight = (weight / weight.sum())[None, None]
        game, n = self.game, self.game.problem.n
        m = game.frequencies_of(self.proposer)[said, 0].astype(float)
        held = game.frequencies_of(1 - self.proposer)[self.other, 0].astype(float)
        spread = np.sqrt(np.outer(m[:, 0] * m[:, 1], held[:, 0] * held[:, 1]) / (n * n * max(1, n - 1)))  # of J[0, 0]
        more = spread[..., None] * cells
        best = game.best(self.proposer)[0]
        swing = float(best[0, 0] + best[1, 1] - best[0, 1] - best[1, 0])
        change = game.change(self.proposer)[0]
        worth = []
        for r, (_, t, h) in enumerate(game.lies(self.proposer)):
            slope = (1 if h == 0 else -1) * (change[t, h, 0] - change[t, h, 1]) / np.maximum(m[:, h], 1)
            worth.append(self.worths[r][:, None] + slope[:, None, None] * more)
        shape = more.shape
        surplus = self.surplus[said][..., None] + swing * more
        random = np.broadcast_to(self.random[said][..., None], shape)  # of uniform choices: no matter who meets whom
        return Nodes(weight, surplus, random, np.array(worth).reshape(len(worth), *shape))


def seen_deals(game: ExchangeableGame, kept: tuple[Ints, Ints], tremble: float) -> tuple[Deals, Deals]:
    """Both players' offers. Raises CannotPlay where joint counts can neither be listed nor taken as normal."""
    laws = [game.law(i, kept[1 - i]) for i in (0, 1)]
    alice: SeenDeals
    bob: SeenDeals
    if all(law is not None and law.weight.size <= MOST_LISTED for law in laws):
        alice, bob = ListedDeals(game, 0, kept, tremble), ListedDeals(game, 1, kept, tremble)
    elif game.problem.surplus_table.shape == (1, 2, 2):
        alice, bob = NormalDeals(game, 0, kept, tremble), NormalDeals(game, 1, kept, tremble)
    else:
        raise CannotPlay(
            f"{game.name}: the joint counts of {game.problem.n} items are too many to list; with two types a side and one "
            "class of items, or fewer items, they would do"
        )
    seen = [np.swapaxes(x, 0, 1) for x in (alice.weight, alice.true.surplus, alice.true.random)]
    bob.use(Nodes(seen[0], seen[1], seen[2], bob.true.worth))
    return alice, bob
