"""What offers are worth in an exchangeable game whose proposers announce frequencies, so that the responder sees no surplus.

An accepted offer is worth F = E[(v + sum moved worth) 1{S_J >= v}] to the proposer and R = E[(S_J - v) 1{S_J >= v}] to the
responder, who accepts iff S(l, m) - v >= c_l and says "No" in Phase 2 to what would cost it.

Two ways to work them out: ``TableDeals`` sums the law of joint counts at every demand (few items); ``MeanDeals`` puts S_J at
its mean S(l, m) and needs no table of demands (many items), so that "No" follows from S(l, m) < v:
``ExchangeableGame.shortfall`` bounds the probability of what this neglects. ``deals`` chooses."""

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.exchangeable import ExchangeableGame
from negotiation.equilibrium.exchangeable_deals import Averages, Deals, Offers, by_demand, weighed, worthwhile
from negotiation.equilibrium.exchangeable_seen import seen_deals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_CELLS = 2_000_000  # (announced, responder's, demands) of the tables


class TableDeals(Deals):
    """Exact, by tables over (m, l, v)."""

    def __init__(self, game: ExchangeableGame, proposer: int, kept: tuple[Ints, Ints], tremble: float) -> None:
        super().__init__(game, proposer, kept, tremble)
        law = game.law(proposer, self.other)
        assert law is not None
        v = self.demand(np.arange(self.demands))
        shape = (*self.surplus.shape, self.demands)
        self.f, self.r, self.sure = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.g = np.zeros((len(self.moved), *shape))
        for j in range(law.weight.shape[-1]):
            weight, left = law.weight[..., j, None], law.surplus[..., j, None] - v
            weight = np.where(left >= -game.slack, weight, 0.0) if game.refusable else np.broadcast_to(weight, left.shape)
            self.sure += weight
            self.r += weight * left
            self.g += weight * law.worth[..., j, None]
        self.f = self.sure * v
        self.numbers = np.arange(self.demands)

    def _yes(self, cutoff: Ints) -> NDArray[np.bool_]:
        return np.asarray(self.numbers <= cutoff[..., None])

    def cutoffs(self, reserve: Floats) -> Ints:
        return self.cutoff(reserve)[self.own][..., None]

    def slips(self) -> Floats:
        slips: Floats = (self.announced[:, None] * self.r.mean(axis=-1)).sum(axis=0)
        return slips

    def averages(self, reserve: Floats) -> Averages:
        said = self.said(self._yes(self.cutoff(reserve)))
        weight = self.announced[:, None]
        accept = (weight * said.mean(axis=-1)).sum(axis=0)
        sure = (weight * (said * self.sure).mean(axis=-1)).sum(axis=0)
        responder = (weight * (said * self.r).mean(axis=-1)).sum(axis=0)
        proposer = (weight * (said * self.f).mean(axis=-1)).sum(axis=0)
        lies = np.einsum("rkm,rml->kl", self.moved, weight * (said * self.g).mean(axis=-1))
        return Averages(accept, sure, responder, proposer + lies)

    def truthful(self, q: NDArray[np.integer], reserve: Floats) -> Offers:
        at = self.own[:, None, None], np.arange(len(self.other))[:, None], q
        return weighed(self.said(q <= self.cutoffs(reserve)), self.f[at], self.r[at], self.sure[at])

    def best_truthful(self, reserve: Floats, waiting: Floats) -> Ints:
        said = self.said(self._yes(self.cutoff(reserve)[self.own]))
        value = np.einsum("l,klv->kv", self.prior, said * self.f[self.own] + (1 - said) * waiting)
        return np.asarray(value.argmax(axis=1), dtype=np.int64)

    def best(self, reserve: Floats, waiting: Floats) -> Floats:
        said = self.said(self._yes(self.cutoff(reserve)))
        paid = np.einsum("l,mlv->mv", self.prior, said * self.f)
        extra = np.einsum("l,rmlv->rmv", self.prior, said * self.g)
        refused = (waiting[..., 0] * self.prior) @ (1 - said).transpose(1, 0, 2).reshape(len(self.prior), -1)
        value = paid + np.einsum("rkm,rmv->kmv", self.moved, extra) + refused.reshape(len(self.own), *paid.shape)
        top: Floats = value.max(axis=(1, 2))
        return top

    def lie(self, reserve: Floats, said: int, q: int, waiting: Floats) -> Floats:
        yes = self.said(q <= self.cutoff(reserve)[said])
        paid = float(yes * self.f[said, :, q] @ self.prior)
        extra = (yes * self.g[:, said, :, q]) @ self.prior
        return paid + extra @ self.moved[:, :, said] + waiting[..., 0] @ (self.prior * (1 - yes))

    def best_known(self, reserve: Floats) -> tuple[Floats, Floats]:
        yes = self._yes(self.cutoff(reserve))
        accepted, refused = np.empty((2, len(self.own), len(self.other)))
        for k in range(len(self.own)):
            paid = self.f + np.einsum("rm,rmlv->mlv", self.moved[:, k], self.g)
            accepted[k] = np.where(yes, paid, -np.inf).max(axis=(0, 2))
            refused[k] = np.where(yes, -np.inf, paid).max(axis=(0, 2))
        return (1 - self.tremble / 2) * accepted[..., None], self.tremble / 2 * refused[..., None]

    def above(self, level: Floats) -> Floats:
        out = np.empty(level.shape)
        for row in range(len(level)):
            rows = self.r[:, row].ravel()
            weight = np.repeat(self.announced / self.demands, self.demands)
            order = np.argsort(rows)
            at = np.searchsorted(rows[order], level[row])
            mass = np.concatenate([[0.0], np.cumsum(weight[order])])
            paid = np.concatenate([[0.0], np.cumsum((weight * rows)[order])])
            out[row] = level[row] * mass[at] + paid[-1] - paid[at]
        return out


class MeanDeals(Deals):
    """The surplus of a deal at its mean, without tables."""

    def __init__(self, game: ExchangeableGame, proposer: int, kept: tuple[Ints, Ints], tremble: float) -> None:
        super().__init__(game, proposer, kept, tremble)
        self.worth = game.worth(proposer, self.other)  # (rank, l)
        self.last = self.number(self.surplus + game.slack) if game.refusable else np.full(self.surplus.shape, self.demands - 1)
        self.true = self.surplus[self.own]
        self._known: tuple[Floats, Floats] | None = None  # the last answer of best_known

    def cutoffs(self, reserve: Floats) -> Ints:
        return self.cutoff(reserve)[self.own][..., None]

    def slips(self) -> Floats:
        weight = self.announced[:, None] / self.demands
        slips: Floats = (weight * (self.surplus * (self.last + 1) - self.sum_to(self.last))).sum(axis=0)
        return slips

    def averages(self, reserve: Floats) -> Averages:
        cutoff = self.cutoff(reserve)
        high, low = 1 - self.tremble / 2, self.tremble / 2
        weight = self.announced[:, None] / self.demands
        last = np.maximum(self.last, cutoff)
        sure = weight * (high * (cutoff + 1) + low * (last - cutoff))
        paid = weight * (high * self.sum_to(cutoff) + low * (self.sum_to(last) - self.sum_to(cutoff)))
        accept = weight * (high * (cutoff + 1) + low * (self.demands - 1 - cutoff))
        lies = sum((moved @ sure) * worth for moved, worth in zip(self.moved, self.worth, strict=True))
        responder = (self.surplus * sure - paid).sum(axis=0)
        return Averages(accept.sum(axis=0), sure.sum(axis=0), responder, paid.sum(axis=0) + lies)

    def truthful(self, q: NDArray[np.integer], reserve: Floats) -> Offers:
        sure = (q <= self.last[self.own][..., None]).astype(float)
        v = self.demand(q)
        return weighed(self.said(q <= self.cutoffs(reserve)), sure * v, sure * (self.true[..., None] - v), sure)

    def best_truthful(self, reserve: Floats, waiting: Floats) -> Ints:
        return self._by_demand(self.cutoffs(reserve)[..., 0], np.zeros(self.true.shape), waiting[..., 0])[1]

    def _by_demand(self, cutoff: Ints, extra: Floats, waiting: Floats) -> tuple[Floats, Ints]:
        """ "No" to an offer accepted by a tremble is neglected, in the proposer's favour; so is that to an offer that all
        refuse."""
        return by_demand(self, cutoff, np.broadcast_to(self.prior, cutoff.shape), extra, extra, waiting)

    def best(self, reserve: Floats, waiting: Floats) -> Floats:
        high, low = 1 - self.tremble / 2, self.tremble / 2
        waiting, cutoff = waiting[..., 0], self.cutoff(reserve)
        refused = (self.prior * (low * self.true + high * waiting)).sum(axis=1)  # a demand that everyone refuses
        best = np.maximum(self._by_demand(cutoff[self.own], np.zeros(self.true.shape), waiting)[0], refused)
        # What a lie can add is the rent of a responder whose frequency is hidden; what it costs rises with the items moved.
        over = high * (self.true - reserve) + low * waiting - (low * self.true + high * waiting)
        margin = np.maximum(over, 0.0) / high
        rent = refused + (self.prior * np.maximum(over, 0.0)).sum(axis=1) - best
        for k in range(len(self.own)):
            for said in self.near(k, worthwhile(margin[k], self.prior, rent[k] / high)):
                if not len(said):  # not even the truth: no lie pays more than what is neglected
                    continue
                extra = np.einsum("rm,rl->ml", self.moved[:, k, said], self.worth)
                rows = np.broadcast_to(waiting[k], extra.shape)
                best[k] = max(best[k], self._by_demand(cutoff[said], extra, rows)[0].max())
        return best

    def lie(self, reserve: Floats, said: int, q: int, waiting: Floats) -> Floats:
        yes = self.said(q <= self.number(self.surplus[said] - reserve + self.game.slack))
        paid = yes * (q <= self.last[said]) * self.prior
        value: Floats = paid.sum() * self.demand(np.array(q)) + (self.worth @ paid) @ self.moved[:, :, said]
        return value + waiting[..., 0] @ (self.prior * (1 - yes))

    def best_known(self, reserve: Floats) -> tuple[Floats, Floats]:
        if self._known is not None and np.array_equal(self._known[0], reserve):
            return self._known[1], self.tremble / 2 * np.maximum(self.true, 0.0)[..., None]
        cutoff = self.cutoff(reserve)
        accepted = np.where(cutoff[self.own] >= 0, self.demand(cutoff[self.own]), -np.inf)
        for k in range(len(self.own)):  # only the rounding of demands can make a lie worthwhile
            # A lie pays at most true - loss - reserve, and a cutoff is less than a step below true - reserve.
            inside = (cutoff[self.own[k]] >= 0) & (cutoff[self.own[k]] < self.demands - 1)
            most = self.game.grid.step if inside.all() else float("inf")
            for said in self.near(k, most):
                paid = self.demand(cutoff[said]) + np.einsum("rm,rl->ml", self.moved[:, k, said], self.worth)
                accepted[k] = np.maximum(accepted[k], np.where(cutoff[said] >= 0, paid, -np.inf).max(axis=0))
        self._known = reserve, (1 - self.tremble / 2) * accepted[..., None]
        return self._known[1], self.tremble / 2 * np.maximum(self.true, 0.0)[..., None]

    def above(self, level: Floats) -> Floats:
        out = np.empty(level.shape)
        weight = self.announced[:, None] / self.demands
        for a in range(level.shape[1]):
            over = self.surplus - level[:, a]
            q = self.number(over)
            out[:, a] = level[:, a] + (weight * ((q + 1) * over - self.sum_to(q))).sum(axis=0)
        return out


def deals(game: ExchangeableGame, kept: tuple[Ints, Ints], tremble: float) -> tuple[Deals, Deals]:
    """Both players' offers, exact where the tables fit."""
    if game.seen:
        return seen_deals(game, kept, tremble)
    cells = len(game.prior[0]) * len(game.prior[1]) * game.grid.count
    exact = cells <= MOST_CELLS and all(game.law(i, kept[1 - i]) is not None for i in (0, 1))
    kind = TableDeals if exact else MeanDeals
    return kind(game, 0, kept, tremble), kind(game, 1, kept, tremble)
