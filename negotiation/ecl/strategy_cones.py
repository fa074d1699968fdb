"""Joint strategy distributions as points of a polyhedral cone, in which conditional expected utilities are quotients of linear
functions.

A class of joint distributions s of all players' actions given their types is described by weights x >= 0 with equal @ x = 0;
scaled to total @ x = 1 they are probabilities. For each pair k = (type t, action a), listed as k = t A + a,

    mass[k] @ x = s(a | t),     value[k] @ x = s(a | t) EU_t(s; a),

so EU_t(s; a) = (value[k] @ x) / (mass[k] @ x) where a is played (equations (10) and (46)-(47)). Two classes of anonymous
distributions:

- ``alike``: players of the same type always act alike; x is a distribution over the A^T pure profiles (Example 35, Table 5;
  Section 4.6);
- ``exchangeable``: any anonymous s (Definition 27) in which the distribution of one's own action depends on one's own type
  only; x[c] is the probability, given the types of all, of c[t, a] players with type t and action a. Without that condition an
  action would tell its player the others' types and (10) is not the conditional expected utility of Definition 29 (Lemma 30
  needs it for n > 2).

The first class is a part of the second one. Source: file 000, Sections 4.3 and 4.6.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from negotiation.ecl.ecl_games import ECLBayesianGame, mixed_profile
from negotiation.ecl.type_priors import LARGEST, Floats, Ints, compositions, numbers, probabilities, type_counts
from negotiation.errors import InputError

Class = Literal["alike", "exchangeable"]


@dataclass(frozen=True, eq=False)
class StrategyCone:
    """``mass``, ``value`` (K, N); ``equal`` (E, N); ``total`` (N,); ``shape`` of the pairs k: (T, A), or (n, T, A) with players
    told apart.

    ``states`` one row for each weight: the profile, the counts of (type, action), or the types and actions of all players."""

    mass: Floats
    value: Floats
    equal: Floats
    total: Floats
    shape: tuple[int, ...]
    states: Ints
    kind: str

    @property
    def actions(self) -> int:
        return self.shape[-1]

    def residual(self, x: Floats) -> float:
        """How far x (N,) is from the class: negative weights, broken equalities, and a total other than 1."""
        return float(max(-x.min(), np.abs(self.equal @ x).max(initial=0.0), abs(self.total @ x - 1)))

    def conditional(self, x: Floats) -> Floats:
        """``shape`` EU_t(s; a) in utils, NaN for actions that are not played."""
        mass = self.mass @ x
        return np.asarray(np.divide(self.value @ x, mass, out=np.full(len(mass), np.nan), where=mass > 0).reshape(self.shape))

    def played(self, x: Floats) -> Floats:
        """``shape`` s(a | t)."""
        return np.asarray((self.mass @ x).reshape(self.shape))


def alike_cone(utilities: Floats, own: float, weights: Floats, constant: Floats | None = None) -> StrategyCone:
    """The class ``alike`` when others of type t' count weights[t, t'] for a player of type t; ``constant`` (T,) utils are
    added."""
    m, _, k = utilities.shape
    if k**m > LARGEST:
        raise InputError(f"{k} actions for each of {m} types are {k**m} pure profiles, at most {LARGEST} are listed")
    profiles = np.array(list(itertools.product(range(k), repeat=m)), dtype=np.int64)
    given = np.stack([utilities[t, :, profiles[:, t]] for t in range(m)], axis=1)  # (N, from, to)
    worth = own * np.einsum("ntt->nt", given) + np.einsum("ts,nst->nt", weights, given)
    if constant is not None:
        worth = worth + constant
    mass = (profiles.T[:, None, :] == np.arange(k)[:, None]).astype(np.float64)  # (T, A, N)
    value = mass * worth.T[:, None, :]
    n = len(profiles)
    return StrategyCone(mass.reshape(-1, n), value.reshape(-1, n), np.zeros((0, n)), np.ones(n), (m, k), profiles, "alike")


def alike(game: ECLBayesianGame) -> StrategyCone:
    """The class of distributions under which players of the same type act alike."""
    own, others = game.weights
    return alike_cone(game.utilities, own, others)


def exchangeable(game: ECLBayesianGame) -> StrategyCone:
    """The class of all anonymous distributions whose own action depends on the own type only; finite n. InputError if it is too
    large."""
    if math.isinf(game.players):
        raise InputError("players: distributions in which like types differ are listed for finitely many players only, got inf")
    n, m, k = int(game.players), game.types, game.actions
    types, law = type_counts(game.prior, n)
    at = {tuple(c): j for j, c in enumerate(types.tolist())}
    cells = compositions(n, m * k).reshape(-1, m, k)
    state = np.array([at.get(tuple(c), -1) for c in cells.sum(axis=2).tolist()])
    cells, state = cells[state >= 0], state[state >= 0]
    count = types[state]  # (N, T)
    share = np.divide(cells, count[:, :, None], out=np.zeros(cells.shape), where=count[:, :, None] > 0)
    given = np.einsum("nsa,sta->nt", cells, game.utilities)  # what a player of type t would get from all n, itself included
    # a player of type t meets the counts of types with probability law * count / (n p(t))
    chance = law[state][:, None] * count / (n * game.prior.marginal)
    mass = chance[:, :, None] * share  # averages s(a | t) over the others' types, which `equal` makes the same for all
    equal = []
    for j in range(1, len(types)):  # each vector of types has the same total
        equal.append((state == j).astype(np.float64) - (state == 0))
    for t in range(m):
        seen = [j for j in range(len(types)) if types[j, t] > 0]
        for j, a in itertools.product(seen[1:], range(k - 1)):
            equal.append(share[:, t, a] * (state == j) - share[:, t, a] * (state == seen[0]))
    columns = len(cells)
    return StrategyCone(
        mass.reshape(columns, -1).T.copy(),
        (mass * given[:, :, None]).reshape(columns, -1).T.copy(),
        np.array(equal).reshape(-1, columns),
        law[state],
        (m, k),
        cells.reshape(columns, -1),
        "exchangeable",
    )


def strategy_cone(game: ECLBayesianGame, strategies: Class) -> StrategyCone:
    """The class by name; InputError for another name."""
    if strategies not in ("alike", "exchangeable"):
        raise InputError(f"strategies: expected 'alike' or 'exchangeable', got {strategies!r}")
    return alike(game) if strategies == "alike" else exchangeable(game)


def coordinates(game: ECLBayesianGame, cone: StrategyCone, distribution: ArrayLike) -> Floats:
    """(N,) coordinates of a distribution in a class of ``game``; InputError if it does not belong to the class.

    ``distribution``: a pure profile (T,) of whole numbers; probabilities (A, ..., A) of the pure profiles, one axis for each
    type; or the class's own coordinates (N,), one for each row of ``cone.states``."""
    m, k = game.types, game.actions
    given = np.asarray(distribution)
    if np.issubdtype(given.dtype, np.integer) and given.shape == (m,):
        chosen = mixed_profile(game, given).argmax(axis=1)
        table = np.zeros((k,) * m)
        table[tuple(chosen)] = 1.0
    elif given.shape == (len(cone.states),) and (m > 1 or cone.kind == "exchangeable"):
        x = numbers(given, "joint strategy distribution", given.shape)
        if (gap := cone.residual(x)) > 1e-8:
            raise InputError(f"joint strategy distribution: does not belong to the class, a condition is missed by {gap:.3g}")
        return np.maximum(x, 0.0)
    else:
        table = probabilities(numbers(given, "joint strategy distribution", (k,) * m), "joint strategy distribution")
    if cone.kind == "alike":
        return table.ravel()
    cells = cone.states.reshape(-1, m, k)
    count = cells.sum(axis=2)
    x = np.zeros(len(cells))
    for profile in zip(*np.nonzero(table), strict=True):
        x += table[profile] * (cells[:, range(m), profile] == count).all(axis=1)
    return x


def independent(game: ECLBayesianGame, cone: StrategyCone, profile: ArrayLike) -> Floats:
    """(N,) coordinates of independent play of an anonymous mixed profile (T, A): across players in ``exchangeable``, across
    types in ``alike``."""
    sigma = mixed_profile(game, profile)
    if cone.kind == "alike":
        return np.asarray(np.prod([sigma[t, cone.states[:, t]] for t in range(game.types)], axis=0))
    from scipy.special import gammaln, xlogy

    cells = cone.states.reshape(-1, game.types, game.actions)
    ways = gammaln(cells.sum(axis=2) + 1).sum(axis=1) - gammaln(cells + 1).sum(axis=(1, 2))
    return np.asarray(np.exp(ways + xlogy(cells, sigma).sum(axis=(1, 2))))
