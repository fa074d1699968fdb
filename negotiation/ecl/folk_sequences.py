"""The folk theorem of dependency equilibria: the sequences in the proofs of Theorems 38 and 51, built and checked.

Theorem 38. A pure profile alpha that gives every player and type at least what any action gives it against a mixed profile
sigma is a dependency equilibrium: believe that whoever leaves alpha faces sigma. With q the distribution on alpha, s
independent play of sigma, and s' the play in which one player, drawn uniformly, takes a uniform action while the others play
sigma,

    q_r = (1 - 1/r) q + (1/r - 1/r^2) s + s' / r^2.

(The proof takes for s' only the actions that sigma leaves out, with a constant that changes with the type vector; taking all
actions serves as well and keeps own actions independent of the others' types.)

Theorem 51 says the same of bargaining games, whose actions are convex sets A_t of payoff vectors and in which types change
together: if EU_t(alpha) >= EU_t(beta_-t, b) for all t and b in A_t, then alpha is a dependency equilibrium, by q_r with s on
beta and s' = the play of beta in which one type, drawn uniformly, takes an action drawn from a measure mu_t of full support on
A_t.

Utilities in utils (per other player for n = inf). Source: file 000, Theorem 38, Corollaries 39 and 52, Appendix C.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.ecl.dependency_equilibria import RATIOS, sequence_member
from negotiation.ecl.joint_tables import TableGame, conditional_utilities, uncorrelated
from negotiation.ecl.type_priors import Floats, numbers
from negotiation.errors import InputError


@dataclass(frozen=True, eq=False)
class FolkReport:
    """The sequence of Theorem 38 for alpha. Arrays (n, T, A), utilities in utils.

    ``layers`` q, s, s'; ``promise`` (n, T) EU_i(alpha; t); ``against`` EU_i(sigma_-i, a; t); ``gain`` against - promise for the
    actions that alpha leaves out, 0 for its own: alpha is a dependency equilibrium if no gain is positive (a positive gain
    refutes only this sequence, not alpha). Check: at each r of ``ratios``, ``along`` the conditional utilities under q_r (R, n,
    T, A), ``distance`` the largest total variation from q_r to q over type vectors (R,)."""

    layers: Floats
    promise: Floats
    against: Floats
    gain: Floats
    ratios: Floats
    along: Floats
    distance: Floats

    @property
    def max_gain(self) -> float:
        return float(self.gain.max())

    @property
    def limit(self) -> Floats:
        """(n, T, A) the limits of the conditional utilities: ``promise`` for alpha's own actions and ``against`` for all
        others."""
        return np.asarray(self.promise[:, :, None] + self.gain)


def theorem_38(game: TableGame, alpha: ArrayLike, sigma: ArrayLike, *, ratios: ArrayLike = RATIOS) -> FolkReport:
    """The sequence for the pure profile ``alpha`` (n, T) of whole numbers, supported by the mixed profile ``sigma`` (n, T,
    A)."""
    n, m, k = game.players, game.types, game.actions
    chosen = np.asarray(alpha)
    if chosen.shape != (n, m) or not np.issubdtype(chosen.dtype, np.integer) or chosen.min() < 0 or chosen.max() >= k:
        raise InputError(f"pure strategy profile: expected actions 0 to {k - 1} in shape {(n, m)}, got {alpha!r}")
    mixed = numbers(sigma, "mixed strategy profile", (n, m, k))
    q, s = uncorrelated(game, np.eye(k)[chosen]), uncorrelated(game, mixed)
    errs = np.zeros_like(s)
    against = np.empty((n, m, k))
    for i in range(n):
        anything = mixed.copy()
        anything[i] = 1 / k
        one = uncorrelated(game, anything)
        errs += one / n
        against[i] = conditional_utilities(game, one)[i]
    own = np.eye(k, dtype=bool)[chosen]
    promise = conditional_utilities(game, q)[own].reshape(n, m)
    layers = np.array([q, s, errs])
    steps = np.asarray(ratios, dtype=np.float64)
    members = [sequence_member(layers, r) for r in steps]
    actions = tuple(range(n, 2 * n))
    return FolkReport(
        layers, promise, against, np.where(own, 0.0, against - promise[:, :, None]), steps,
        np.array([conditional_utilities(game, x) for x in members]),
        np.array([np.abs(x - q).sum(axis=actions).max() / 2 for x in members]),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class BargainingFolkReport:
    """The sequence of Theorem 51 for alpha; utilities in utils.

    ``promise`` (T,) EU_t(alpha); ``threat`` (T,) the supremum of EU_t(beta_-t, b) over the drawn b in A_t and beta_t; ``gain``
    threat - promise: alpha is a dependency equilibrium if none is positive. Check on cells of A_t (the draws nearest to each of
    a few of them, and the atoms alpha_t and beta_t by themselves): ``along`` (R, T, cells) EU_t(q_r; cell), cell 0 the atom
    alpha_t, cell 1 the atom beta_t; ``limit`` (T, cells); ``distance`` 1 - q_r(alpha) (R,)."""

    promise: Floats
    threat: Floats
    gain: Floats
    ratios: Floats
    along: Floats
    limit: Floats
    distance: Floats

    @property
    def max_gain(self) -> float:
        return float(self.gain.max())


def theorem_51(
    beliefs: ArrayLike,
    players: float,
    alpha: ArrayLike,
    beta: ArrayLike,
    draws: Sequence[ArrayLike],
    *,
    cells: int = 4,
    ratios: ArrayLike = RATIOS,
) -> BargainingFolkReport:
    """The sequence for ``alpha`` supported by ``beta``, both (T, T): row t is the action of type t, what it gives to each type.

    ``beliefs`` (T, T) p(t' | t); ``draws``: for each type an array (D, T) of actions drawn from mu_t, a measure of full support
    on A_t, with the vertices among them if A_t is a polytope (then ``threat`` is its exact maximum). InputError on wrong
    shapes."""
    belief = numbers(beliefs, "beliefs", (None, None))
    m = len(belief)
    belief = numbers(belief, "beliefs", (m, m))
    a, b = numbers(alpha, "alpha", (m, m)), numbers(beta, "beta", (m, m))
    if len(draws) != m:
        raise InputError(f"draws: expected one array for each of {m} types, got {len(draws)}")
    points = [numbers(d, f"draws of type {t}", (None, m)) for t, d in enumerate(draws)]
    if any(len(d) < cells for d in points):
        raise InputError(f"draws: expected at least {cells} actions of each type, got {min(len(d) for d in points)}")
    own, weights = (0.0, belief) if math.isinf(players) else (1.0, (players - 1) * belief)
    factor = own * np.eye(m) + weights  # EU_t = sum over t' of factor[t, t'] action[t', t]

    def worth(profile: Floats) -> Floats:
        return np.asarray((factor * profile.T).sum(axis=1))

    promise, base = worth(a), worth(b)
    # when type s takes action x while the others follow beta, type t expects base[t] + factor[t, s] (x[t] - beta[s, t])
    changed = [[base[t] + factor[t, s] * (points[s][:, t] - b[s, t]) for s in range(m)] for t in range(m)]
    threat = np.array([max(float(changed[t][t].max()), float(base[t])) for t in range(m)])
    steps = np.asarray(ratios, dtype=np.float64)
    along, limit = np.zeros((len(steps), m, cells + 2)), np.zeros((m, cells + 2))
    for t in range(m):
        same = bool(np.array_equal(a[t], b[t]))
        other = sum(float(changed[t][s].mean()) for s in range(m) if s != t) / m  # s' leaves type t at beta_t in these draws
        near = ((points[t][:, None] - points[t][None, :cells]) ** 2).sum(axis=2).argmin(axis=1)
        at_beta = np.array([same, True] + [False] * cells)
        at_alpha = np.array([True, same] + [False] * cells)
        share = np.array([0.0, 0.0] + [float((near == c).mean()) for c in range(cells)]) / m
        mean = np.array([0.0, 0.0] + [float(changed[t][t][near == c].mean()) for c in range(cells)])
        for j, r in enumerate(steps):
            one, two, three = 1 - 1 / r, (1 - 1 / r) / r, 1 / r**2
            mass = one * at_alpha + (two + three * (m - 1) / m) * at_beta + three * share
            value = one * at_alpha * promise[t] + (two * base[t] + three * other) * at_beta + three * share * mean
            along[j, t] = value / mass
        limit[t] = np.where(at_alpha, promise[t], np.where(at_beta, base[t], mean))
    left = np.array([1 - (1 - 1 / r) - (1 - 1 / r) / r * np.array_equal(a, b) for r in steps])
    return BargainingFolkReport(promise, threat, threat - promise, steps, along, limit, left)


def polytope_draws(vertices: ArrayLike, count: int, generator: np.random.Generator) -> Floats:
    """(V + count, T) the ``vertices`` (V, T) of a set of actions and ``count`` mixtures of them with Dirichlet(1, ..., 1)
    weights."""
    corners = numbers(vertices, "vertices", (None, None))
    return np.concatenate([corners, generator.dirichlet(np.ones(len(corners)), size=count) @ corners])
