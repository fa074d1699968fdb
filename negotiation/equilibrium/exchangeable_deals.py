"""What offers of an exchangeable game are worth, against a responder who accepts what gives its frequency enough.

Responder l accepts (m, v) iff the surplus that it expects or sees, less v, is at least c_l: up to the *cutoff*, a number of the
demand grid (-1: no demand). Two kinds of game differ in when the responder sees the surplus: ``exchangeable_unseen`` after it
has accepted, and then it may still say "No"; ``exchangeable_seen`` before.

Axes: own frequencies kept k, announced m, responder's frequencies kept l, and J the joint counts of true types where they are
seen (else of length 1)."""

import math
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
        return np.array_split(said, math.ceil(len(said) * len(self.other) / 500_000) or 1)

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
        being refused is worth ``waiting`` (k, l, J)."""

    @abstractmethod
    def best(self, reserve: Floats, waiting: Floats) -> Floats:
        """What the best of all offers pays (k,) under the prior when being refused is worth ``waiting`` (k, l, J)."""

    @abstractmethod
    def lie(self, reserve: Floats, said: int, q: int, waiting: Floats) -> Floats:
        """What the offer of frequency number ``said`` and demand number q pays (k,), as ``best``."""

    @abstractmethod
    def best_known(self, reserve: Floats) -> tuple[Floats, Floats]:
        """What the best of all offers pays (k, l, J) that a known responder means to accept, and of those that it means to
        refuse: in expectation over its trembles, 0 where refused. Exact, or an upper bound."""

    @abstractmethod
    def above(self, level: Floats) -> Floats:
        """E max(gain, level) over a trembling offer, for levels (l, any), utils."""

    @abstractmethod
    def slips(self) -> Floats:
        """What accepting a trembling offer by a tremble gives the responder (l,), utils."""


def weighed(said: Floats, f: Floats, r: Floats, sure: Floats) -> Offers:
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
