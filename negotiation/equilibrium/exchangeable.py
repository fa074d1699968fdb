"""Exchangeable games: a protocol's alternating offers by sufficient statistics of types and offers.

Types are independent over items and players, and a player does the same at all permutations of its types (file 004, Section
5.3.2). Then all that matters of own types is their *frequency*: the counts

    k[c, t] = number of items of class c with own type t,          prior  prod_c n_c! prod_t p[c, t]^k[c, t] / k[c, t]!,

and all that matters of an offer is the announced frequency m, its overlap with the truth, and the demand v. Announced types
meet the responder's types l at random: given m and l, the joint counts J[h, l'] of announced types h and own types l' have the
law

    P(J | m, l) = prod_c prod_h m_h! prod_l' l_l'! / (n_c! prod J[h, l']!),      E J[h, l'] = m_h l_l' / n_c,

and the surplus S_J = sum J[h, l'] max_x [u_i(x, h) + u_j(x, l')] has the mean S(l, m) of the paper. If the proposer's truth is
k, it announces it as far as m permits; moved[t, h] items of type t are announced as h. They change its payoff by

    sum_{t, h} moved[t, h] worth[t, h],     worth[t, h] = sum_l' (J[h, l'] / m_h) [u_i(x(h, l'), t) - u_i(x(h, l'), h)],

with x(h, l') the efficient choice. With three or more types the items left over are matched in the order of types. In the mean,
moving one item loses loss[t, h] >= 0 utils of joint surplus.   Source: file 004, Section 3.3.4 and the proof of Theorem 3."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.type_classes import count_frequencies, frequencies, multinomial
from negotiation.errors import CannotPlay
from negotiation.priors import IID
from negotiation.problem import PLAYERS, Problem
from negotiation.protocol import Grid
from negotiation.table import TIE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_FREQUENCIES = 20_000  # of a player
MOST_TABLES = 100_000  # joint counts that are listed


class Law(NamedTuple):
    """The laws of joint counts: ``weight``, ``surplus`` and that of uniform choices, ``random`` (announced, other's, J),
    ``worth`` (rank, announced, other's, J)."""

    weight: Floats
    surplus: Floats
    random: Floats
    worth: Floats


@dataclass(frozen=True, eq=False)
class ExchangeableGame:
    """A protocol's offers and replies by statistics; of player i the statistics are numbered 0..K_i - 1.

    ``counts[i]`` (K_i, classes * types): the frequencies, class by class; ``prior[i]`` (K_i,); ``announced[i]`` (K_i,): the
    probability that a trembling offer announces each. ``grid``: the demands. ``refusable``: whoever accepted may say "No" once
    it sees the surplus (Phase 2 of the frequency protocol). ``seen``: the responder sees the joint counts before it answers,
    and if it accepts by a tremble it picks choices uniformly. ``slack``: the tolerance of ties, utils."""

    name: str
    problem: Problem
    counts: tuple[Ints, Ints]
    prior: tuple[Floats, Floats]
    announced: tuple[Floats, Floats]
    grid: Grid
    refusable: bool
    seen: bool
    slack: float

    @property
    def discount(self) -> tuple[float, float]:
        return self.problem.discount

    @property
    def sizes(self) -> Ints:
        """The number of items of each class (classes,)."""
        return np.bincount(self.problem.classes, minlength=len(self.problem.surplus_table)).astype(np.int64)

    def frequencies_of(self, player: int) -> Ints:
        """The counts (K, classes, types)."""
        return self.counts[player].reshape(len(self.counts[player]), len(self.sizes), -1)

    def surplus(self, proposer: int, other: Ints) -> Floats:
        """S(l, m), utils: the responder's expected surplus (K, others) for each announced statistic and each of ``other``."""
        said, own = self.frequencies_of(proposer), self.frequencies_of(1 - proposer)[other]
        per_item = self.best(proposer) / np.maximum(self.sizes, 1)[:, None, None]
        left = np.einsum("mch,chl->mcl", said, per_item).reshape(len(said), -1)
        total: Floats = left @ own.reshape(len(own), -1).T
        return total

    def moved(self, proposer: int, own: Ints) -> Floats:
        """Items of true type t announced as h (rank, own, K), for each pair of different types of each class."""
        said, true = self.frequencies_of(proposer)[None], self.frequencies_of(proposer)[own][:, None]
        excess = np.cumsum(np.maximum(true - said, 0), axis=-1)
        spare = np.cumsum(np.maximum(said - true, 0), axis=-1)
        parts = []
        for c, t, h in self.lies(proposer):
            upto = np.minimum(excess[..., c, t], spare[..., c, h])
            past = np.maximum(excess[..., c, t - 1] if t else 0, spare[..., c, h - 1] if h else 0)
            parts.append(np.maximum(upto - past, 0))
        return np.array(parts, dtype=float).reshape(len(parts), len(own), len(self.counts[proposer]))

    def worth(self, proposer: int, other: Ints) -> Floats:
        """The expected change of the proposer's payoff (rank, others), utils for each item moved."""
        share = self.frequencies_of(1 - proposer)[other] / np.maximum(self.sizes, 1)[:, None]
        change = self.change(proposer)
        rows = [share[:, c] @ change[c, t, h] for c, t, h in self.lies(proposer)]
        return np.array(rows).reshape(len(rows), len(other))

    def loss(self, proposer: int, other: Ints) -> Floats:
        """The expected joint surplus lost (rank, others), utils for each item moved; at least 0."""
        share = self.frequencies_of(1 - proposer)[other] / np.maximum(self.sizes, 1)[:, None]
        best, change = self.best(proposer), self.change(proposer)
        rows = [share[:, c] @ (best[c, t] - best[c, h] - change[c, t, h]) for c, t, h in self.lies(proposer)]
        return np.array(rows).reshape(len(rows), len(other))

    def lies(self, proposer: int) -> list[tuple[int, int, int]]:
        """The (class, true type, announced type) of a lie about one item."""
        size = len(self.problem.types[proposer])
        return [(c, t, h) for c in np.flatnonzero(self.sizes).tolist() for t in range(size) for h in range(size) if t != h]

    def law(self, proposer: int, other: Ints) -> Law | None:
        """The exact laws of joint counts, or None where they are too many to list (more than 100,000, or several classes)."""
        if np.count_nonzero(self.sizes) > 1:
            return None
        c = int(np.flatnonzero(self.sizes)[0])
        said, own = self.frequencies_of(proposer)[:, c], self.frequencies_of(1 - proposer)[other, c]
        if len(said) * len(own) > MOST_TABLES:
            return None
        listed: list[list[tuple[tuple[int, ...], ...]]] = []
        count = 0
        for row, column in itertools.product(said.tolist(), own.tolist()):
            listed.append(list(_tables(tuple(row), tuple(column))))
            count += len(listed[-1])
            if count > MOST_TABLES:
                return None
        nodes = max(len(tables) for tables in listed)
        joint = np.zeros((len(listed), nodes, said.shape[1], own.shape[1]), dtype=np.int64)
        real = np.zeros((len(listed), nodes), dtype=bool)
        for at, tables in enumerate(listed):
            joint[at, : len(tables)] = tables
            real[at, : len(tables)] = True
        shape = (len(said), len(own), nodes)
        joint, real = joint.reshape(*shape, *joint.shape[2:]), real.reshape(shape)
        weight = np.where(real, _chance(joint, said[:, None, None], own[None, :, None]), 0.0)
        share = joint / np.maximum(said, 1)[:, None, None, :, None]
        worth = [np.einsum("mljb,b->mlj", share[..., h, :], self.change(proposer)[c, t, h]) for _, t, h in self.lies(proposer)]
        surplus = np.einsum("mljab,ab->mlj", joint, self.best(proposer)[c])
        random = np.einsum("mljab,ab->mlj", joint, self.random_surplus(proposer)[c])
        return Law(weight, surplus, random, np.array(worth).reshape(len(worth), *shape))

    def variance(self, proposer: int, own: Ints, other: Ints) -> Floats:
        """The variance (own, others) of S_J given frequencies, utils squared: that of a sum over a random matching."""
        said, held = self.frequencies_of(proposer)[own], self.frequencies_of(1 - proposer)[other]
        variance = np.zeros((len(own), len(other)))
        for c in np.flatnonzero(self.sizes):
            n, table = int(self.sizes[c]), self.best(proposer)[c]
            m, own_share = said[:, c] / n, (held[:, c] / n).T
            rows, columns, both = table @ own_share, m @ table, (m @ table) @ own_share
            square = (m @ table**2) @ own_share - m @ rows**2 - (columns**2) @ own_share + both**2
            variance += n * n / max(1, n - 1) * np.maximum(square, 0)
        return variance

    def shortfall(self, proposer: int, own: Ints, other: Ints, demand: Floats) -> Floats:
        """A bound (own, others) on the probability that the surplus of a truthful offer falls short of the demand (own,):
        Cantelli's inequality with the variance of a random matching; for two types a side Hoeffding's where it is lower."""
        best = self.best(proposer)
        said = self.frequencies_of(proposer)[own]
        mean = self.surplus(proposer, other)[own]
        variance = self.variance(proposer, own, other)
        room = np.maximum(mean - demand[:, None], 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            bound = np.where(room > 0, np.nan_to_num(variance / (variance + room**2)), 1.0)
            if best.shape == (1, 2, 2) and room.size:
                swing = abs(best[0, 0, 0] + best[0, 1, 1] - best[0, 0, 1] - best[0, 1, 0])
                draws = said[:, 0].min(axis=1)[:, None]
                sharp = np.exp(-2 * (room / max(swing, TIE)) ** 2 / np.maximum(draws, 1))
                bound = np.minimum(bound, np.where(room > 0, sharp, 1.0))
        return bound

    def best(self, proposer: int) -> Floats:
        """The surplus of an item (classes, proposer's types, responder's types)."""
        table = self.problem.surplus_table
        return table if proposer == 0 else table.transpose(0, 2, 1)

    def random_surplus(self, proposer: int) -> Floats:
        """The joint surplus of an item whose choice is drawn uniformly (classes, proposer's types, responder's types)."""
        mine, theirs = (self.problem.utility[i].mean(axis=1) for i in (proposer, 1 - proposer))
        total: Floats = mine[:, :, None] + theirs[:, None, :]
        return total

    def random_worth(self, proposer: int) -> Floats:
        """What lying about an item adds to the proposer's payoff where the choice is drawn uniformly (rank,), utils."""
        u = self.problem.utility[proposer].mean(axis=1)
        return np.array([u[c, t] - u[c, h] for c, t, h in self.lies(proposer)])

    def change(self, proposer: int) -> Floats:
        """u_i(x(h, l), t) - u_i(x(h, l), h), shape (classes, t, h, l)."""
        problem = self.problem
        joint = problem.utility[0][:, :, :, None] + problem.utility[1][:, :, None, :]
        close = joint >= problem.surplus_table[:, None] - TIE * problem.largest_surplus / problem.n
        x = close.argmax(axis=1)  # (classes, Alice's types, Bob's)
        x = x if proposer == 0 else x.transpose(0, 2, 1)
        u = problem.utility[proposer]
        picked = np.stack([u[c][x[c]] for c in range(len(x))])  # (classes, h, l, t)
        truth = np.einsum("chlh->chl", picked)
        change: Floats = (picked - truth[..., None]).transpose(0, 3, 1, 2)
        return change


def exchangeable_game(problem: Problem, name: str, *, grid: Grid, seen: bool) -> ExchangeableGame:
    """The exchangeable game of a protocol whose proposers announce frequencies or types and demand a payoff from ``grid``.

    With ``seen`` types are announced, the responder sees what they come to, and trembling announcements are uniform over type
    vectors; else frequencies are, uniform over those, and whoever accepted may refuse once it sees. Raises CannotPlay where
    the prior is not iid, items are whole decisions, or frequencies are more than 20,000."""
    prior = problem.prior
    if not isinstance(prior, IID) or problem.parts > 1:
        kind = "whole decisions" if problem.parts > 1 else f"a prior of kind {type(prior).__name__}"
        raise CannotPlay(f"{name}: its exchangeable game needs types iid over items and players, and {problem.name} has {kind}")
    sizes = np.bincount(problem.classes, minlength=len(problem.surplus_table))
    counts, priors, announced = [], [], []
    for i in (0, 1):
        size = len(problem.types[i])
        number = math.prod(count_frequencies(int(n), size) for n in sizes)
        if number > MOST_FREQUENCIES:
            raise CannotPlay(f"{name}: {PLAYERS[i]} has {number} frequencies of types, expected at most {MOST_FREQUENCIES}")
        by_class = [list(frequencies(int(n), size)) for n in sizes]
        k = np.array([sum(parts, ()) for parts in itertools.product(*by_class)], dtype=np.int64)
        split = k.reshape(number, len(sizes), size)
        rows = [multinomial(split[:, c], prior._rows(i)[c]) for c in range(len(sizes))]
        even = [multinomial(split[:, c], np.full(size, 1 / size)) for c in range(len(sizes))]
        counts.append(k)
        priors.append(np.prod(rows, axis=0))
        announced.append(np.full(number, 1 / number) if not seen else np.prod(even, axis=0))
    slack = TIE * problem.largest_surplus
    return ExchangeableGame(
        name,
        problem,
        (counts[0], counts[1]),
        (priors[0], priors[1]),
        (announced[0], announced[1]),
        grid,
        not seen,
        seen,
        slack,
    )


def _tables(rows: tuple[int, ...], columns: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """All tables of counts with these row and column sums."""
    if len(rows) == 1:
        yield (columns,)
        return
    for first in _splits(rows[0], columns):
        rest = tuple(c - f for c, f in zip(columns, first, strict=True))
        yield from ((first, *more) for more in _tables(rows[1:], rest))


def _splits(total: int, most: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """All ways to write ``total`` as a sum of counts, each at most as given."""
    if len(most) == 1:
        if total <= most[0]:
            yield (total,)
        return
    for first in range(min(total, most[0]) + 1):
        yield from ((first, *rest) for rest in _splits(total - first, most[1:]))


def _chance(joint: Ints, rows: Ints, columns: Ints) -> Floats:
    from scipy.special import gammaln

    n = rows.sum(axis=-1)
    log = gammaln(rows + 1).sum(axis=-1) + gammaln(columns + 1).sum(axis=-1) - gammaln(n + 1)
    return np.asarray(np.exp(log - gammaln(joint + 1).sum(axis=(-2, -1))))
