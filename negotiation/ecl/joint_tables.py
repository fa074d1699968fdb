"""ECL Bayesian games as full tables over the types and actions of all players: the definitions word by word, for very few
players.

``TableGame``: any prior p (T, ..., T) on type vectors, anonymous or not, and any utilities (n, T, ..., T, A, ..., A) of the
players. A joint strategy distribution is a table s (T, ..., T, A, ..., A) with s(a | t) summing to 1 over a for each t.
Conditional expected utility of action a for player i of type t, Definition 29:

    EU_i(s; a, t) = sum over t_-i of p(t_-i | t) sum over a_-i of s(a_-i | a, t_-i, t) u_i.

The player's action is no evidence about the others' types here: p(t_-i | t) does not depend on a. If the distribution of its
action depends on the others' types, Bayes' rule would weigh them by s(a | t_-i, t) too (``bayes=True``), and (10),
``pairwise_utilities``, is a third number; all three agree if each player's own distribution of actions depends on its own type
only (Lemma 30 needs that from three players on, which its proof does not say; with two players (10) and Definition 29 always
agree).

Source: file 000, Definitions 20, 24-29, 32, equation (10), Lemma 30, Proposition 31, Theorem 38.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.ecl.ecl_games import ECLBayesianGame
from negotiation.ecl.strategy_cones import StrategyCone
from negotiation.ecl.type_priors import Floats, joint_table, numbers, probabilities
from negotiation.errors import InputError


@dataclass(frozen=True, eq=False)
class TableGame:
    """``utilities`` (n, T, ..., T, A, ..., A) in utils and ``prior`` (T, ..., T), both with one axis for each player's type
    (and action)."""

    utilities: Floats
    prior: Floats

    def __post_init__(self) -> None:
        prior = np.asarray(self.prior, dtype=np.float64)
        n, m = prior.ndim, len(prior) if prior.ndim else 0
        if n < 2 or prior.shape != (m,) * n:
            raise InputError(
                f"joint prior: expected shape (T, ..., T), an axis for each of at least 2 players, got {prior.shape}"
            )
        prior = probabilities(numbers(prior, "joint prior", prior.shape), "joint prior")
        k = np.shape(self.utilities)[-1] if np.ndim(self.utilities) else 0
        object.__setattr__(self, "prior", prior)
        object.__setattr__(self, "utilities", numbers(self.utilities, "utilities of all players", (n,) + (m,) * n + (k,) * n))
        for i in range(n):
            if self.of(i, prior).min() <= 0:
                raise InputError(f"joint prior: player {i} never has type {self.of(i, prior).argmin()}")

    @property
    def players(self) -> int:
        return self.prior.ndim

    @property
    def types(self) -> int:
        return len(self.prior)

    @property
    def actions(self) -> int:
        return int(self.utilities.shape[-1])

    def of(self, player: int, table: Floats) -> Floats:
        """(T,) sum of a (T, ..., T) table over all types but the player's."""
        return np.asarray(table.sum(axis=tuple(j for j in range(self.players) if j != player)))


def table_game(game: ECLBayesianGame) -> TableGame:
    """The same game in full, with the joint prior of ``type_priors.joint_table``."""
    n, m, k = int(game.players), game.types, game.actions
    out = np.zeros((n,) + (m,) * n + (k,) * n)
    for i, j in itertools.product(range(n), range(n)):
        axes = [n + j, j] + ([i] if i != j else [])  # player j's action, its type, and the type of player i
        part = game.utilities if i != j else np.einsum("tta->ta", game.utilities)
        order = [j, i, n + j] if i != j else [j, n + j]
        shape = np.ones(2 * n, dtype=int)
        shape[axes] = [k, m] + ([m] if i != j else [])
        out[i] += part.transpose(np.argsort(order)).reshape(shape)
    return TableGame(out, joint_table(game.prior, n))


def strategy_table(game: TableGame, table: ArrayLike) -> Floats:
    """(T, ..., T, A, ..., A) a joint strategy distribution with s(. | t) summing to 1 for each t; InputError otherwise."""
    n, m, k = game.players, game.types, game.actions
    s = numbers(table, "joint strategy distribution", (m,) * n + (k,) * n)
    return probabilities(s.reshape(m**n, k**n), "joint strategy distribution", axis=1).reshape(s.shape)


def uncorrelated(game: TableGame, profile: ArrayLike) -> Floats:
    """The joint distribution of independent play (Definition 28) of profile (n, T, A): player i of type t mixes by profile[i,
    t]."""
    n, m, k = game.players, game.types, game.actions
    sigma = probabilities(numbers(profile, "mixed strategy profile", (n, m, k)), "mixed strategy profile", axis=2)
    out = np.ones((m,) * n + (k,) * n)
    for i in range(n):
        out = out * sigma[i].reshape([m if j in (i,) else k if j == n + i else 1 for j in range(2 * n)])
    return out


def own_action(game: TableGame, s: Floats, player: int) -> Floats:
    """(T, ..., T, A) s(a_i | t) of one player given all types."""
    n = game.players
    return np.asarray(s.sum(axis=tuple(n + j for j in range(n) if j != player)))


def dependence_on_others(game: TableGame, s: Floats) -> float:
    """The largest difference of s(a_i | t) between type vectors with the same t_i: 0 if own actions depend on the own type
    only."""
    worst = 0.0
    for i in range(game.players):
        rows = np.moveaxis(own_action(game, s, i), i, 0).reshape(game.types, -1, game.actions)
        worst = max(worst, float(np.ptp(rows, axis=1).max()))
    return worst


def conditional_utilities(game: TableGame, s: Floats, *, bayes: bool = False) -> Floats:
    """(n, T, A) EU_i(s; a, t) of Definition 29 in utils, NaN where some type vector that i thinks possible never has it play a.

    ``bayes``: types of others weighed by Bayes' rule given type and action, NaN only for actions that are never played."""
    n, m, k = game.players, game.types, game.actions
    out = np.empty((n, m, k))
    for i in range(n):
        mass = np.moveaxis(own_action(game, s, i), i, 0).reshape(m, -1, k)
        total = (s * game.utilities[i]).sum(axis=tuple(n + j for j in range(n) if j != i))
        total = np.moveaxis(total, i, 0).reshape(m, -1, k)
        law = np.moveaxis(game.prior, i, 0).reshape(m, -1, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            if bayes:
                out[i] = (law * total).sum(axis=1) / (law * mass).sum(axis=1)
            else:
                mean = np.where(law > 0, total / mass, 0.0)
                out[i] = (law * mean).sum(axis=1) / law.sum(axis=1)
    return out


def pairwise_utilities(game: ECLBayesianGame, s: Floats) -> Floats:
    """(T, A) EU_t(s; a) of equation (10) for an anonymous table s: uses s(a', t' | a, t) = s(a_j = a' | a_i = a, t', t) p(t' |
    t) only."""
    n = int(game.players)
    prior = joint_table(game.prior, n)
    joint = prior.reshape(prior.shape + (1,) * n) * s
    drop = tuple(range(2, n)) + tuple(range(n + 2, 2 * n))
    pair = joint.sum(axis=drop)  # (t, t', a, a') of players 0 and 1
    with np.errstate(divide="ignore", invalid="ignore"):
        given = pair / pair.sum(axis=3, keepdims=True)
    given = np.where((game.prior.pair > 0)[:, :, None, None], given, 0.0)
    own, others = game.weights
    received = np.einsum("ts,tsab,stb->ta", others, given, game.utilities)
    return np.asarray(own * np.einsum("tta->ta", game.utilities) + received)


def table_cone(game: TableGame) -> StrategyCone:
    """The class of all joint distributions in which each player's own action depends on its own type only; pairs k are (player,
    type, action)."""
    n, m, k = game.players, game.types, game.actions
    size = (m * k) ** n
    shape = (m,) * n + (k,) * n
    index = np.indices(shape).reshape(2 * n, size)
    vectors = np.ravel_multi_index(tuple(index[:n]), (m,) * n)
    law = game.prior.ravel()
    mass, value, equal = np.zeros((n, m, k, size)), np.zeros((n, m, k, size)), []
    for i, t, a in itertools.product(range(n), range(m), range(k)):
        hit = (index[i] == t) & (index[n + i] == a)
        mass[i, t, a] = hit * law[vectors] / game.of(i, game.prior)[t]
        value[i, t, a] = mass[i, t, a] * game.utilities[i].ravel()
        seen = np.unique(vectors[index[i] == t])
        equal += [hit * (vectors == v) - 1.0 * hit * (vectors == seen[0]) for v in seen[1:]]
    equal += [1.0 * (vectors == v) - 1.0 * (vectors == 0) for v in range(1, m**n)]
    return StrategyCone(
        mass.reshape(-1, size), value.reshape(-1, size), np.array(equal), law[vectors], (n, m, k), index.T, "table"
    )  # fmt: skip
