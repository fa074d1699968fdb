"""What offers of an exchangeable game are worth, against a responder who accepts what gives its frequency enough.

<<<<<<< HEAD
Responder l accepts (m, v) iff S(l, m) - v >= c_l, so up to the *cutoff* q(m, l), a number of the demand grid (-1: no demand).
An accepted offer is worth F = E[(v + sum moved worth) 1{S_J >= v}] to the proposer and R = E[(S_J - v) 1{S_J >= v}] to the
responder, who says "No" in Phase 2 to what would cost it (without the indicators where it cannot).

Two ways to work them out: ``TableDeals`` sums the law of joint counts at every demand (few items); ``MeanDeals`` puts S_J at
its mean S(l, m) and needs no table of demands (many items), so that "No" follows from S(l, m) < v:
``ExchangeableGame.shortfall`` bounds the probability of what this neglects. Where the responder sees the surplus S_J before it
answers (announced types), it accepts iff S_J - v >= c_l: ``negotiation.equilibrium.exchangeable_seen``.

=======
Responder l accepts (m, v) iff the surplus that it expects or sees, less v, is at least c_l: up to the *cutoff*, a number of the
demand grid (-1: no demand). Two kinds of game differ in when the responder sees the surplus: ``exchangeable_unseen`` after it
has accepted, and then it may still say "No"; ``exchangeable_seen`` before.

>>>>>>> exch
Axes: own frequencies kept k, announced m, responder's frequencies kept l, and J the joint counts of true types where they are
seen (else of length 1)."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.exchangeable import ExchangeableGame
from negotiation.errors import CannotPlay

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_LIES = 400_000_000  # (own, announced, responder's) that a search for lies may visit


class Averages(NamedTuple):
    """Of a trembling offer, answered with trembles: the probability that it is accepted (l,), and also that no "No" follows
    (l,), the expected payoffs (undiscounted, 0 where refused) of the responder (l,) and of the proposer (k, l), utils."""

    accept: Floats
    sure: Floats
    responder: Floats
    proposer: Floats


class Offers(NamedTuple):
    """Truthful offers, arrays (k, l, J): the probability that they are accepted, also without a "No" to follow, what that gives
    the proposer and the responder in expectation (trembling answers included, 0 where refused), and what accepting gives the
    responder on purpose and by a tremble; utils, undiscounted."""

    said: Floats
    sure: Floats
    paid: Floats
    left: Floats
    gain: Floats
    slip: Floats


class Deals(ABC):
    """The offers of one proposer i. ``weight`` and ``pair`` (k, l, J): the law of the joint counts of the true types, and the
    surplus that the responder expects or sees in them."""

    weight: Floats
    pair: Floats

    def __init__(self, game: ExchangeableGame, proposer: int, kept: tuple[Ints, Ints], tremble: float) -> None:
        self.game, self.proposer, self.tremble = game, proposer, tremble
        self.own, self.other = kept[proposer], kept[1 - proposer]
        self.demands = game.grid.count
        self.surplus = game.surplus(proposer, self.other)  # (m, l)
        self.moved = game.moved(proposer, self.own)  # (rank, k, m)
        self.announced = game.announced[proposer]
        self.prior = game.prior[1 - proposer][self.other]
        self.prior = self.prior / self.prior.sum()
        self.weight = np.ones((len(self.own), len(self.other), 1))
        self.pair = self.surplus[self.own][..., None]

    def expect(self, values: Floats) -> Floats:
        """The mean (k,) of values (k, l, J) over the responder's frequency and the joint counts, under the prior."""
        mean: Floats = (self.weight * values).sum(axis=2) @ self.prior
        return mean

    def demand(self, q: NDArray[np.integer]) -> Floats:
        """The demands with these numbers, utils."""
        return self.game.grid.low + self.game.grid.step * np.asarray(q, dtype=float)

    def cutoff(self, reserve: Floats) -> Ints:
        """The number of the largest demand that responders with the reserve payoffs (l,) accept, (m, l); -1 for none."""
        return self.number(self.surplus - reserve + self.game.slack)

    def number(self, v: Floats) -> Ints:
        steps = np.floor((v - self.game.grid.low) / self.game.grid.step)
        return np.clip(steps, -1, self.demands - 1).astype(np.int64)

    def number_above(self, payoff: Floats) -> Ints:
        """The number of the least demand that is at least so much (the highest demand if none is)."""
        steps = np.ceil((payoff - self.game.slack - self.game.grid.low) / self.game.grid.step)
        return np.clip(steps, 0, self.demands - 1).astype(np.int64)

    def sum_to(self, q: NDArray[np.integer]) -> Floats:
        """The sum of the demands up to number q."""
        count = np.asarray(q, dtype=float) + 1
        return count * self.game.grid.low + self.game.grid.step * count * (count - 1) / 2

    def said(self, yes: NDArray[np.bool_]) -> Floats:
        """The probability of accepting, after trembles."""
        return np.where(yes, 1 - self.tremble / 2, self.tremble / 2)

    def near(self, k: int, most: float) -> list[Ints]:
        """The announcements, in portions, that can lose up to ``most`` utils of joint surplus."""
        loss = self.game.loss(self.proposer, self.other)
        least = self.moved[:, k].T @ np.maximum(loss.min(axis=1), 0.0)
        said = np.flatnonzero(least <= most + self.game.slack)
        if len(said) * len(self.own) * len(self.other) > MOST_LIES:
            raise CannotPlay(
                f"{self.game.name}: {len(said)} announcements of each of {len(self.own)} frequencies are worth trying, too many"
            )
        return np.array_split(said, 1 + len(said) * len(self.other) // 500_000)

    @abstractmethod
    def cutoffs(self, reserve: Floats) -> Ints:
        """The number of the largest demand that is accepted of truthful offers (k, l, J); -1 for none."""

    @abstractmethod
    def averages(self, reserve: Floats) -> Averages: ...

    @abstractmethod
    def truthful(self, q: NDArray[np.integer], reserve: Floats) -> Offers:
        """Truthful offers with the demands number q (k, l, J)."""

    @abstractmethod
    def best_truthful(self, reserve: Floats, waiting: Floats) -> Ints:
        """The demands (numbers, (k,)) that pay best of the truthful offers, under the prior of the responder's frequency, when
<<<<<<< HEAD
        being
        refused is worth ``waiting`` (k, l, J)."""
=======
        being refused is worth ``waiting`` (k, l, J)."""
>>>>>>> exch

    @abstractmethod
    def best(self, reserve: Floats, waiting: Floats) -> Floats:
        """What the best of all offers pays (k,) under the prior when being refused is worth ``waiting`` (k, l, J)."""

    @abstractmethod
    def lie(self, reserve: Floats, said: int, q: int, waiting: Floats) -> Floats:
        """What the offer of frequency number ``said`` and demand number q pays (k,), as ``best``."""

    @abstractmethod
    def best_known(self, reserve: Floats) -> tuple[Floats, Floats]:
        """What the best of all offers pays (k, l, J) that a known responder means to accept, and of those that it means to
<<<<<<< HEAD
        refuse: in
        expectation over its trembles, 0 where refused. Exact, or an upper bound."""
=======
        refuse: in expectation over its trembles, 0 where refused. Exact, or an upper bound."""
>>>>>>> exch

    @abstractmethod
    def above(self, level: Floats) -> Floats:
        """E max(gain, level) over a trembling offer, for levels (l, any), utils."""

    @abstractmethod
    def slips(self) -> Floats:
        """What accepting a trembling offer by a tremble gives the responder (l,), utils."""


<<<<<<< HEAD
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
        return _offers(self.said(q <= self.cutoffs(reserve)), self.f[at], self.r[at], self.sure[at])

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

    def listed(self, reserve: Floats, q: Ints, waiting: Floats) -> Floats:
        said, waiting = self.own, waiting[..., 0]
        yes = self.said(q[:, None] <= self.cutoff(reserve)[said])
        paid = (yes * self.f[said, :, q]) @ self.prior
        extra = (yes * self.g[:, said, :, q].transpose(1, 0, 2)) @ self.prior  # advanced indices come first
        value = paid + np.einsum("rkm,rm->km", self.moved[:, :, said], extra) + (waiting * self.prior) @ (1 - yes).T
        return np.asarray(value.max(axis=1))

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
        for l in range(len(level)):
            rows = self.r[:, l].ravel()
            weight = np.repeat(self.announced / self.demands, self.demands)
            order = np.argsort(rows)
            at = np.searchsorted(rows[order], level[l])
            mass = np.concatenate([[0.0], np.cumsum(weight[order])])
            paid = np.concatenate([[0.0], np.cumsum((weight * rows)[order])])
            out[l] = level[l] * mass[at] + paid[-1] - paid[at]
        return out


class MeanDeals(Deals):
    """The surplus of a deal at its mean, without tables."""

    def __init__(self, game: ExchangeableGame, proposer: int, kept: tuple[Ints, Ints], tremble: float) -> None:
        super().__init__(game, proposer, kept, tremble)
        self.worth = game.worth(proposer, self.other)  # (rank, l)
        self.loss = game.loss(proposer, self.other)
        self.last = self._number(self.surplus + game.slack) if game.refusable else np.full(self.surplus.shape, self.demands - 1)
        self.true = self.surplus[self.own]
        self._known: tuple[Floats, Floats] | None = None  # the last answer of best_known

    def _sum(self, q: NDArray[np.integer]) -> Floats:
        """The sum of the demands up to number q."""
        count = np.asarray(q, dtype=float) + 1
        return count * self.game.grid.low + self.game.grid.step * count * (count - 1) / 2

    def cutoffs(self, reserve: Floats) -> Ints:
        return self.cutoff(reserve)[self.own][..., None]

    def slips(self) -> Floats:
        weight = self.announced[:, None] / self.demands
        slips: Floats = (weight * (self.surplus * (self.last + 1) - self._sum(self.last))).sum(axis=0)
        return slips

    def averages(self, reserve: Floats) -> Averages:
        cutoff = self.cutoff(reserve)
        high, low = 1 - self.tremble / 2, self.tremble / 2
        weight = self.announced[:, None] / self.demands
        last = np.maximum(self.last, cutoff)
        sure = weight * (high * (cutoff + 1) + low * (last - cutoff))
        paid = weight * (high * self._sum(cutoff) + low * (self._sum(last) - self._sum(cutoff)))
        accept = weight * (high * (cutoff + 1) + low * (self.demands - 1 - cutoff))
        lies = sum((moved @ sure) * worth for moved, worth in zip(self.moved, self.worth, strict=True))
        responder = (self.surplus * sure - paid).sum(axis=0)
        return Averages(accept.sum(axis=0), sure.sum(axis=0), responder, paid.sum(axis=0) + lies)

    def truthful(self, q: NDArray[np.integer], reserve: Floats) -> Offers:
        sure = (q <= self.last[self.own][..., None]).astype(float)
        v = self.demand(q)
        return _offers(self.said(q <= self.cutoffs(reserve)), sure * v, sure * (self.true[..., None] - v), sure)

    def best_truthful(self, reserve: Floats, waiting: Floats) -> Ints:
        _, q = self._by_demand(self.cutoffs(reserve)[..., 0], np.zeros(self.true.shape), waiting[..., 0])
        return q

    def _by_demand(self, cutoff: Ints, extra: Floats, waiting: Floats) -> tuple[Floats, Ints]:
        """The largest value, and its demand, of rows (any, l) of offers with cutoffs (any, l), where being accepted adds
        ``extra``.

        Between cutoffs the value rises with the demand, so only demands at a cutoff are candidates. "No" to an offer accepted by a
        tremble is neglected, in the proposer's favour; so is that to the offer that all refuse."""
        high, low = 1 - self.tremble / 2, self.tremble / 2
        order = np.argsort(-cutoff, axis=1, kind="stable")
        q = np.take_along_axis(cutoff, order, axis=1)
        p = self.prior[order]
        gain = p * np.take_along_axis(extra, order, axis=1)
        wait = p * np.take_along_axis(waiting, order, axis=1)
        mass, gained, waited = (np.cumsum(x, axis=1) for x in (p, gain, wait))
        v = self.demand(q)
        value = (
            v * (high * mass + low * (1 - mass))
            + (high * gained + low * (gained[:, -1:] - gained))
            + (low * waited + high * (waited[:, -1:] - waited))
        )
        tied = np.zeros(q.shape, dtype=bool)
        tied[:, :-1] = q[:, :-1] == q[:, 1:]
        value = np.where(tied | (q < 0), -np.inf, value)
        at = value.argmax(axis=1)
        top = np.take_along_axis(value, at[:, None], axis=1)[:, 0]
        chosen = np.take_along_axis(q, at[:, None], axis=1)[:, 0]
        return top, np.where(np.isfinite(top), chosen, self.demands - 1)

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
            for said in self._near(k, self._worthwhile(margin[k], rent[k] / high)):
                extra = np.einsum("rm,rl->ml", self.moved[:, k, said], self.worth)
                rows = np.broadcast_to(waiting[k], extra.shape)
                best[k] = max(best[k], self._by_demand(cutoff[said], extra, rows)[0].max())
        return best

    def _worthwhile(self, margin: Floats, rent: float) -> float:
        """The least loss b with E min(b, margin) >= rent: lies that lose more in every case cannot pay."""
        order = np.argsort(margin)
        m, p = margin[order], self.prior[order]
        upto = np.cumsum(p * m) + m * (p.sum() - np.cumsum(p))  # E min(m, margin)
        at = int(np.searchsorted(upto, rent))
        if at == len(m):
            return float("inf")
        left = p[at:].sum()
        below = float((p * m)[:at].sum())
        return (rent - below) / left

    def _near(self, k: int, most: float) -> list[Ints]:
        """The announcements, in portions, that can lose up to ``most`` utils of joint surplus."""
        least = self.moved[:, k].T @ np.maximum(self.loss.min(axis=1), 0.0)
        said = np.flatnonzero(least <= most + self.game.slack)
        if len(said) * len(self.own) * len(self.other) > MOST_LIES:
            raise CannotPlay(
                f"{self.game.name}: {len(said)} announcements of each of {len(self.own)} frequencies are worth trying, too many"
            )
        return np.array_split(said, 1 + len(said) * len(self.other) // 500_000)

    def listed(self, reserve: Floats, q: Ints, waiting: Floats) -> Floats:
        said, waiting = self.own, waiting[..., 0]
        yes = self.said(q[:, None] <= self.cutoff(reserve)[said])
        paid = (yes * (q[:, None] <= self.last[said])) * self.prior
        value = paid.sum(axis=1) * self.demand(q) + (waiting * self.prior) @ (1 - yes).T
        for moved, worth in zip(self.moved, self.worth, strict=True):
            value = value + moved[:, said] * (paid @ worth)
        return np.asarray(value.max(axis=1))

    def best_known(self, reserve: Floats) -> tuple[Floats, Floats]:
        if self._known is not None and np.array_equal(self._known[0], reserve):
            return self._known[1], self.tremble / 2 * np.maximum(self.true, 0.0)[..., None]
        cutoff = self.cutoff(reserve)
        accepted = np.where(cutoff[self.own] >= 0, self.demand(cutoff[self.own]), -np.inf)
        for k in range(len(self.own)):  # only the rounding of demands can make a lie worthwhile
            # A lie pays at most true - loss - reserve, and a cutoff is less than a step below true - reserve.
            inside = (cutoff[self.own[k]] >= 0) & (cutoff[self.own[k]] < self.demands - 1)
            most = self.game.grid.step if inside.all() else float("inf")
            for said in self._near(k, most):
                paid = self.demand(cutoff[said]) + np.einsum("rm,rl->ml", self.moved[:, k, said], self.worth)
                accepted[k] = np.maximum(accepted[k], np.where(cutoff[said] >= 0, paid, -np.inf).max(axis=0))
        self._known = reserve, (1 - self.tremble / 2) * accepted[..., None]
        return self._known[1], self.tremble / 2 * np.maximum(self.true, 0.0)[..., None]

    def above(self, level: Floats) -> Floats:
        out = np.empty(level.shape)
        weight = self.announced[:, None] / self.demands
        for a in range(level.shape[1]):
            over = self.surplus - level[:, a]
            q = self._number(over)
            out[:, a] = level[:, a] + (weight * ((q + 1) * over - self._sum(q))).sum(axis=0)
        return out


def _offers(said: Floats, f: Floats, r: Floats, sure: Floats) -> Offers:
=======
def weighed(said: Floats, f: Floats, r: Floats, sure: Floats) -> Offers:
>>>>>>> exch
    return Offers(said, said * sure, said * f, said * r, r, r)


def by_demand(deal: Deals, cutoff: Ints, p: Floats, extra: Floats, slip: Floats, waiting: Floats) -> tuple[Floats, Ints]:
    """The largest value, and its demand, of rows (any, cells) of offers with these cutoffs in cells of probability p, where
    being accepted adds ``extra``, or ``slip`` by a tremble, to the demand, and being refused is worth ``waiting``.

    Between cutoffs the value rises with the demand, so only demands at a cutoff are candidates (those that all refuse are not
    tried; the highest demand where all demands are refused)."""
    gamma = deal.tremble
    high, low = 1 - gamma / 2, gamma / 2
    order = np.argsort(-cutoff, axis=1, kind="stable")
    q, p_ = np.take_along_axis(cutoff, order, axis=1), np.take_along_axis(p, order, axis=1)
    mass = np.cumsum(p_, axis=1)
    gained = np.cumsum(p_ * np.take_along_axis(extra, order, axis=1), axis=1)
    waited = np.cumsum(p_ * np.take_along_axis(waiting, order, axis=1), axis=1)
    v = deal.demand(q)
    value = (
        v * (high * mass + low * (mass[:, -1:] - mass))
        + ((1 - gamma) * gained + low * (p * slip).sum(axis=1)[:, None])
        + (low * waited + high * (waited[:, -1:] - waited))
    )
    tied = np.zeros(q.shape, dtype=bool)
    tied[:, :-1] = q[:, :-1] == q[:, 1:]
    value = np.where(tied | (q < 0), -np.inf, value)
    at = value.argmax(axis=1)
    top = np.take_along_axis(value, at[:, None], axis=1)[:, 0]
    chosen = np.take_along_axis(q, at[:, None], axis=1)[:, 0]
    return top, np.where(np.isfinite(top), chosen, deal.demands - 1)


def worthwhile(margin: Floats, p: Floats, rent: float) -> float:
    """The least loss b with E min(b, margin) >= rent under p: lies that lose more in every case cannot pay."""
    order = np.argsort(margin)
    m, p = margin[order], p[order]
    upto = np.cumsum(p * m) + m * (p.sum() - np.cumsum(p))  # E min(m, margin)
    at = int(np.searchsorted(upto, rent))
    if at == len(m):
        return float("inf")
    return float((rent - (p * m)[:at].sum()) / p[at:].sum())
