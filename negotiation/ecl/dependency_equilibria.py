"""Dependency equilibria: is a joint strategy distribution one, with the sequence that shows it or the gain that refutes it.

s is a dependency equilibrium (Definition 34) if there are s_r -> s, in which every type plays every action with positive
probability, such that an action played under s has in the limit at least the conditional expected utility of any other action
of that type. Actions played under s have their conditional expected utility from s alone: they must all be equal, say v_t.
Actions that s leaves out are free within the class of distributions (``strategy_cones``; Definition 34 names no class), and
this module decides exactly, to the rounding stated in ``covering``: any s_r of the class has, up to subsequences, the limits of

    s_r = (1 - 1/r) (s + x_1 / r + ... + x_(L-1) / r^(L-1)) + x_L / r^L,

where the conditional utility of an action in the limit comes from the first layer x_l in which it is played. The x with
(value[k] - v_t mass[k]) @ x <= 0 for all k = (t, a) not played so far are a convex cone, so one layer can cover every action
that any layer could, a linear program finds it, and what it covers frees the next one. If actions stay uncovered, no sequence
exists; the least excess over v_t for which one does is then found by bisection, and its sequence is returned. This extends the
construction of Theorem 38.

Conditional utilities and gains are in utils (per other player if n = inf). Source: file 000, Section 4.4; folk theorem, Section
4.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.ecl.ecl_games import ECLBayesianGame
from negotiation.ecl.strategy_cones import Class, StrategyCone, coordinates, strategy_cone
from negotiation.ecl.type_priors import Floats
from negotiation.errors import InputError

PLAYED = 1e-9  # actions of smaller probability count as not played
TOLERANCES = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
RATIOS = (10.0, 100.0, 1000.0, 10000.0)


@dataclass(frozen=True, eq=False)
class DependencyReport:
    """What the best certifying sequence does. Arrays have the shape of the pairs, (T, A) (or (n, T, A)); utilities in utils.

    ``layers`` (L + 1, N): s and x_1, ..., x_L of the sequence; ``played`` s(a | t); ``conditional`` the limit of EU_t(s_r;
    a); ``gain`` conditional less the smallest conditional utility of an action that the type plays: s is a dependency
    equilibrium exactly if no gain is positive. Where one is, no sequence in the class has a smaller largest gain than
    ``max_gain`` to ``precision`` (if only actions that are played gain, ``max_gain`` is exact). |EU_t(s_r; a) - conditional|
    <= ``rate`` / (r - 1) for all r. Numerical check: at each r of ``ratios``, ``along`` EU_t(s_r; a) (R, ...), ``least`` the
    smallest probability of an action (R,), ``distance`` the total variation from s_r to s (R,); ``residual`` how far the
    layers are from the class."""

    cone: StrategyCone
    layers: Floats
    played: Floats
    conditional: Floats
    gain: Floats
    precision: float
    rate: Floats
    ratios: Floats
    along: Floats
    least: Floats
    distance: Floats
    residual: float

    @property
    def max_gain(self) -> float:
        """The largest gain, in utils: at most 0 (to rounding) exactly for a dependency equilibrium."""
        return float(self.gain.max())

    @property
    def best_alternative(self) -> tuple[int, ...]:
        """The (type, action) with the largest gain."""
        return tuple(int(i) for i in np.unravel_index(self.gain.argmax(), self.gain.shape))

    @property
    def payoffs(self) -> Floats:
        """(T,) what a type expects under s: the mean of its conditional utilities over the actions that it plays."""
        return np.asarray(np.where(self.played > PLAYED, self.conditional * self.played, 0).sum(axis=-1))

    def __str__(self) -> str:
        """One line for each type and action: probability, conditional utility in the limit and at the largest r, gain; then the
        verdict."""
        lines = [f"type action   s(a|t)  utility in the limit  at r = {self.ratios[-1]:<8g} gain"]
        for k in np.ndindex(self.gain.shape):
            numbers = f"{self.played[k]:8.4f}  {self.conditional[k]:20.6f}  {self.along[-1][k]:14.6f}  {self.gain[k]:+.3g}"
            lines.append(f"{' '.join(str(i) for i in k[:-1]):>4} {k[-1]:>6} {numbers}")
        lines.append(f"largest gain {self.max_gain:.3g} utils, type and action {self.best_alternative}")
        return "\n".join(lines)

    def member(self, r: float) -> Floats:
        """(N,) the distribution s_r of the sequence, r > 1."""
        return sequence_member(self.layers, r)


def sequence_member(layers: Floats, r: float) -> Floats:
    """(1 - 1/r)(x_0 + x_1 / r + ...) + x_L / r^L from layers (L + 1, ...)."""
    weights = r ** -np.arange(len(layers), dtype=np.float64)
    weights[:-1] *= 1 - 1 / r
    return np.asarray(np.tensordot(weights, layers, axes=1))


def is_dependency_equilibrium(
    game: ECLBayesianGame, distribution: ArrayLike, *, strategies: Class = "alike", ratios: ArrayLike = RATIOS
) -> DependencyReport:
    """Whether ``distribution`` is a dependency equilibrium when beliefs about actions lie in the class ``strategies``.

    ``distribution``: a pure profile (T,) of whole numbers, probabilities (A, ..., A) of pure profiles with an axis for each
    type, or coordinates of the class (``strategy_cones.coordinates``). Returns gains and the sequence, never a bare yes or no.
    InputError if the distribution is malformed or outside the class."""
    cone = strategy_cone(game, strategies)
    return certify(cone, coordinates(game, cone, distribution), ratios)


def certify(cone: StrategyCone, x: Floats, ratios: ArrayLike = RATIOS) -> DependencyReport:
    """``is_dependency_equilibrium`` on a class and coordinates x (N,) in it."""
    steps = np.asarray(ratios, dtype=np.float64)
    if steps.ndim != 1 or (steps <= 1).any():
        raise InputError(f"ratios: expected numbers above 1, got {ratios!r}")
    played = cone.mass @ x > PLAYED
    x = np.where((cone.mass[~played] > 0).any(axis=0), 0.0, x)  # rounding errors of actions that are not played
    utility = cone.conditional(x)
    value = np.repeat(np.nanmin(utility.reshape(-1, cone.actions), axis=1), cone.actions)
    layers, precision = sequence_layers(cone, played, value)
    stack = np.array([x, *layers])
    limit, mass, covered = utility.ravel().copy(), cone.mass @ x, played.copy()
    for layer in layers:
        first = ~covered & (cone.mass @ layer > 0)
        limit[first], mass[first] = cone.conditional(layer).ravel()[first], (cone.mass @ layer)[first]
        covered |= first
    each = np.divide(cone.value, cone.mass, out=np.full(cone.mass.shape, np.nan), where=cone.mass > 0)
    spread = np.nanmax(each, axis=1) - np.nanmin(each, axis=1)
    members = [sequence_member(stack, r) for r in steps]
    return DependencyReport(
        cone=cone,
        layers=stack,
        played=cone.played(x),
        conditional=limit.reshape(cone.shape),
        gain=(limit - value).reshape(cone.shape),
        precision=precision,
        rate=(spread / mass).reshape(cone.shape),
        ratios=steps,
        along=np.array([cone.conditional(y) for y in members]),
        least=np.array([cone.played(y).min() for y in members]),
        distance=np.array([np.abs(y - x) @ np.abs(cone.total) / 2 for y in members]),
        residual=max(cone.residual(y) for y in stack),
    )


def sequence_layers(cone: StrategyCone, played: np.ndarray, value: Floats) -> tuple[list[Floats], float]:
    """Layers x_1, ..., x_L in which every action is played, of least excess over ``value`` (K,), and the precision of that
    excess.

    No action can do with less excess than when it is punished alone; if one sequence reaches the largest of these, the excess
    is exact."""
    best = covering(cone, played, value)
    if best is not None:
        return best, 0.0
    low = max(0.0, *(lowest_utility(cone, int(k)) - float(value[k]) for k in np.flatnonzero(~played)))
    if low == np.inf:
        raise InputError("strategies: some action can be played by no distribution of the class")
    rounding = 1e-11 * max(1.0, float(np.abs(cone.value).max()))
    best = covering(cone, played, value + low + rounding)
    if best is not None:
        return best, 1000 * rounding
    each = np.divide(cone.value, cone.mass, out=np.full(cone.mass.shape, -np.inf), where=cone.mass > 0)
    high = float((each.max(axis=1) - value)[~played].max())  # at this excess nothing is forbidden
    best, precision = covering(cone, played, value + high), 1e-8 * max(1.0, high)
    if best is None:
        raise RuntimeError("the linear program of a sequence without conditions failed")
    while high - low > precision / 100:
        middle = (low + high) / 2
        found = covering(cone, played, value + middle)
        if found is None:
            low = middle
        else:
            best, high = found, middle
    return best, precision


def lowest_utility(cone: StrategyCone, k: int) -> float:
    """The least conditional utility of the pair k = (type, action) under any distribution of the class in which it is
    played."""
    from scipy.optimize import linprog

    used = cone.mass[k] > 0  # (N,)
    if not len(cone.equal) or not used.any():
        return float((cone.value[k, used] / cone.mass[k, used]).min(initial=np.inf))
    rows = np.concatenate([cone.mass[k][None], cone.equal])
    answer = linprog(
        cone.value[k], A_eq=rows, b_eq=np.append(1.0, np.zeros(len(cone.equal))), method="highs", options=TOLERANCES
    )
    return float(answer.fun) if answer.status == 0 else np.inf


def covering(cone: StrategyCone, played: np.ndarray, bound: Floats) -> list[Floats] | None:
    """Layers that cover all actions left out, none above its ``bound`` (K,) in conditional utility; None if there are none.

    A layer in which some action would need less than a millionth of the probability of another one counts as none; a
    thousandth is tried first, because what is left to a later layer is easier there."""
    layers, covered = [], played.copy()
    while not covered.all():
        left = np.flatnonzero(~covered)
        for room in (1e3, 1e6):
            x = one_layer(cone, left, bound[left], room, np.zeros(cone.mass.shape[1], dtype=bool))
            reached = cone.mass[left] @ x > 0.5
            stray = np.asarray((cone.mass[left[~reached]] > 0).any(axis=0))
            if (x[stray] > 0).any():  # again without what is covered too little
                x = one_layer(cone, left, bound[left], room, stray)
                reached = cone.mass[left] @ x > 0.5
                x = np.where((cone.mass[left[~reached]] > 0).any(axis=0), 0.0, x)
            if reached.any():
                break
        else:
            return None
        layers.append(np.asarray(x / (cone.total @ x)))
        covered[left[reached]] = True
    return layers


def one_layer(cone: StrategyCone, left: np.ndarray, bound: Floats, room: float, without: np.ndarray) -> Floats:
    """(N,) the x of total up to ``room``, 0 where ``without``, that covers the most of the pairs ``left`` within their
    ``bound``, each to 1."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack

    n, k, e = cone.mass.shape[1], len(left), len(cone.equal)
    excess = cone.value[left] - bound[:, None] * cone.mass[left]
    scale = np.abs(excess).max(axis=1, keepdims=True)
    rows = np.concatenate([excess / np.where(scale > 0, scale, 1), -cone.mass[left], cone.total[None] / room])
    caps = np.concatenate([np.zeros((k, k)), np.eye(k), np.zeros((1, k))])
    answer = linprog(
        np.append(np.zeros(n), -np.ones(k)),
        A_ub=csr_matrix(np.column_stack([rows, caps])),
        b_ub=np.append(np.zeros(2 * k), 1.0),
        A_eq=hstack([csr_matrix(cone.equal), csr_matrix((e, k))]) if e else None,
        b_eq=np.zeros(e) if e else None,
        bounds=[(0, 0 if out else None) for out in without] + [(0, 1)] * k,
        method="highs",
        options=TOLERANCES,
    )
    if answer.status != 0:
        return np.zeros(n)
    x = answer.x[:n]
    return np.where(x > 1e-9, x, 0.0)
