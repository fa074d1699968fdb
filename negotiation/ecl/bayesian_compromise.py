r"""The compromise of a Bayesian bargaining game: what all types do, and what each gains by it.

With interim utilities x in F, disagreement point d and weights nu of the types, the Nash solution is

    argmax over x in F, x >= d of  prod_t (x_t - d_t)^(nu_t),      nu_t = p(t) for ``weights="prior"``.

Certificate: with w_t = nu_t / (x_t - d_t) every type takes an action that maximises the same sum w.x (Theorem 6). As
p(t) p(s | t) is symmetric, the sum that a type maximises over its own actions is, up to a factor,

    y_t / g_t + (n - 1) sum_s p(s | t) y_s / g_s,      g_s = x_s - d_s the gain of type s, with prior weights:

everybody values a util of the player met at the inverse of that player's gain, whatever the prior. Hence splitting a type in
two of the same gain changes nothing (Axiom 70).

Disagreement points: "nash", everybody for itself (Proposition 49); "threat", Definition 57 (two types; module
``threat_points``); "stable", Section 6.2 (module ``type_coalitions``); or given payoffs. Other solutions of
``negotiation.bargaining`` are functions of the same (F, d).

Source: file 000 (Treutlein), Definition 47, Theorem 6, Sections 5.5 and 6.1; Harsanyi and Selten 1972 (prior weights).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining import check
from negotiation.bargaining.base import FeasibleSet
from negotiation.bargaining.errors import NoGainsFromTrade, NotCertified
from negotiation.bargaining.nash_product import GAIN, nash
from negotiation.bargaining.solution import LARGEST_RESIDUAL, FloatArray, Solution
from negotiation.bargaining.solutions import egalitarian, kalai_smorodinsky, relative_utilitarian, utilitarian
from negotiation.ecl.action_profiles import profile_of
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame, bayesian_nash
from negotiation.ecl.threat_points import threat_point
from negotiation.ecl.type_coalitions import stable_point, with_disposal
from negotiation.ecl.variance_weights import variance_weights
from negotiation.errors import InputError

Solve = Callable[[BayesianBargainingGame, FeasibleSet, FloatArray, FloatArray], Solution]

SOLUTIONS: dict[str, Solve] = {
    "nash": lambda game, F, d, nu: nash(F, d, nu),
    "kalai-smorodinsky": lambda game, F, d, nu: kalai_smorodinsky(F, d),
    "kalai-smorodinsky-rational": lambda game, F, d, nu: kalai_smorodinsky(F, d, "rational"),
    "egalitarian": lambda game, F, d, nu: egalitarian(F, d),
    "relative-utilitarian": lambda game, F, d, nu: relative_utilitarian(F, d),
    "utilitarian": lambda game, F, d, nu: utilitarian(F, d, nu),
    "variance-normalised": lambda game, F, d, nu: utilitarian(F, d, variance_weights(game)),
}
WEIGHTED = ("nash", "utilitarian")


@dataclass(frozen=True)
class Compromise:
    """What ``compromise`` returns. Arrays are by type; utilities are interim, in utils.

    ``solution``: which. ``actions`` (T, T): row t is the action of type t, what it gives to a player of each type.
    ``payoffs``, ``disagreement`` (T,). ``weights`` (T,): common weights, sum 1, of the sum of interim utilities that all
    actions maximise. ``bargaining_weights`` (T,): nu; NaN where the solution has no use for them.
    ``gap``: for Nash max over y in F of w.(y - x) / w.(x - d), w_t = nu_t / (x_t - d_t) of the payoffs of ``actions``: the
    weighted sum of log gains is within ``gap`` of its maximum. For the others max of w.(y - x) relative to the range of payoffs
    valued at w.
    ``residual``: the certificate of the payoffs as the ``Solution`` defines it. ``split``: how far the payoffs of ``actions``
    are from the solution's point, relative to the ranges of payoffs.
    ``fallback`` (T, T): the actions that lead to the disagreement point, None where it was given by its payoffs.
    ``losses`` (T,): what type t's own action misses of the best for ``weights``, in weighted utils.
    """

    solution: str
    labels: tuple[str, ...]
    players: float
    actions: FloatArray
    payoffs: FloatArray
    disagreement: FloatArray
    weights: FloatArray
    bargaining_weights: FloatArray
    gap: float
    residual: float
    split: float
    losses: FloatArray
    unique: bool | None
    fallback: FloatArray | None = None
    note: str = ""

    @property
    def gains(self) -> FloatArray:
        """(T,) gains from trade: interim utilities above the disagreement point, in utils."""
        return self.payoffs - self.disagreement

    @property
    def relative_gains(self) -> FloatArray:
        """(T,) gains from trade as a fraction of the disagreement payoff; NaN where that is 0 or less."""
        return np.divide(self.gains, self.disagreement, out=np.full_like(self.gains, np.nan), where=self.disagreement > 0)

    def __str__(self) -> str:
        wide = max(4, *(len(name) for name in self.labels))
        lines = [f"{self.solution} compromise, {self.players:g} players (interim utils)"]
        lines.append(f"{'type':>{wide}}  disagreement     payoff       gain  common weight  action: what it gives to each type")
        for t, name in enumerate(self.labels):
            action = " ".join(f"{y:.6g}" for y in self.actions[t][:8]) + (" ..." if len(self.labels) > 8 else "")
            lines.append(
                f"{name:>{wide}}  {self.disagreement[t]:12.6f} {self.payoffs[t]:10.6f} {self.gains[t]:10.6f}"
                f"  {self.weights[t]:13.6f}  {action}"
            )
        lines.append(f"gap {self.gap:.2g}; every action within {self.losses.max():.2g} of the best for the common weights")
        return "\n".join(lines + [self.note] * bool(self.note))


def compromise(
    game: BayesianBargainingGame,
    weights: str | ArrayLike = "prior",
    disagreement: str | ArrayLike = "nash",
    solution: str = "nash",
) -> Compromise:
    """The compromise of ``game``.

    ``weights``: "prior", "uniform" or (T,) > 0, for "nash" and "utilitarian". ``disagreement``: "nash", "threat", "stable" or
    (T,) interim utils. ``solution``: a key of SOLUTIONS. A stable point with no gains from trade is itself the compromise.
    Errors: NoGainsFromTrade, InfeasibleDisagreement, InputError (names, weights that a solution cannot use), CannotPlay
    ("threat" for more than two types, "stable" for sets without vertices), NotCertified (a numerical failure).
    """
    nu = bargaining_weights(game, weights)
    if solution not in SOLUTIONS:
        raise InputError(f"solution: expected one of {', '.join(SOLUTIONS)}, got {solution!r}")
    if solution not in WEIGHTED and not isinstance(weights, str):
        raise InputError(f"weights: {solution} has no use for bargaining weights")
    d, fallback, note = disagreement_point(game, nu, disagreement)
    below = isinstance(disagreement, str) and disagreement == "stable"  # reachable by throwing payoffs away, perhaps
    feasible = with_disposal(game) if below else game.feasible
    try:
        found = SOLUTIONS[solution](game, feasible, d, nu)
    except NoGainsFromTrade:
        if not below:
            raise
        found = nothing_to_gain(feasible, d)
    actions = profile_of(game, found.point, found.weights)
    x = game.interim(actions)
    split = float((np.abs(x - found.point) / game.feasible.span).max())
    w, gap = _gap(game, found, x, nu if solution == "nash" and found.gains.any() else None)
    best = np.array([game.individual(t).support(w)[0] for t in range(game.types)])
    losses = np.maximum(0.0, best - (game.reach * actions) @ w)
    notes = "; ".join(part for part in (note, found.note) if part)
    given = nu if solution in WEIGHTED else np.full(game.types, np.nan)
    out = Compromise(
        found.name, game.labels, game.players, actions, x, found.disagreement, w, given, gap, found.residual, split, losses,
        found.unique, fallback, notes,
    )  # fmt: skip
    missing = gap if solution == "nash" else max(gap, split)
    if not missing <= LARGEST_RESIDUAL:
        raise NotCertified(f"{found.name}: the actions miss the solution by {missing:.3g} (gap {gap:.3g}, split {split:.3g})")
    return out


def bargaining_weights(game: BayesianBargainingGame, weights: str | ArrayLike) -> FloatArray:
    """(T,) nu with sum 1: "prior", "uniform", or the given positive numbers."""
    if isinstance(weights, str):
        if weights not in ("prior", "uniform"):
            raise InputError(f'weights: expected "prior", "uniform" or {game.types} numbers, got {weights!r}')
        return game.prior.copy() if weights == "prior" else np.full(game.types, 1.0 / game.types)
    return check.weights(weights, game.types, positive=True)


def disagreement_point(
    game: BayesianBargainingGame, nu: FloatArray, disagreement: str | ArrayLike
) -> tuple[FloatArray, FloatArray | None, str]:
    """(T,) interim utils without agreement, the actions (T, T) that lead there if known, and what to know about them."""
    if not isinstance(disagreement, str):
        return game.feasible.require(disagreement), None, ""
    if disagreement == "nash":
        equilibrium = bayesian_nash(game)
        several = "several Bayesian Nash equilibria: disagreement at the one that is best for others"
        return equilibrium.payoffs, equilibrium.actions, several if equilibrium.unique is False else ""
    if disagreement == "threat":
        found = threat_point(game, nu)
        return found.payoffs, found.actions, found.note
    if disagreement == "stable":
        return stable_point(game), None, "disagreement point that no coalition of types blocks"
    raise InputError(f'disagreement: expected "nash", "threat", "stable" or {game.types} utils, got {disagreement!r}')


def nothing_to_gain(feasible: FeasibleSet, d: FloatArray) -> Solution:
    """The disagreement point ``d`` (T,) as the solution, with weights that support it."""
    w = feasible.program(np.zeros(feasible.n), 1.0, np.eye(feasible.n), -feasible.span, d).weights
    residual = max(0.0, float((feasible.support(w)[0] - w @ d) / (w @ feasible.span)))
    return Solution("Pareto optimal disagreement point", d, d, w / w.sum(), residual, None, "no gains from trade over it")


def _gap(game: BayesianBargainingGame, found: Solution, x: FloatArray, nu: FloatArray | None) -> tuple[FloatArray, float]:
    """Common weights with sum 1 and the gap of the payoffs ``x`` of the actions; ``nu`` for the Nash solution."""
    span, gain, w = game.feasible.span, x - found.disagreement, found.weights
    unit = float(w @ span)
    if nu is not None:
        able = gain > GAIN * span  # the others are held at the disagreement point at a price
        exact = np.divide(nu, gain, out=np.zeros_like(gain), where=able)
        w = np.where(able, exact, w * (exact.sum() / w[able].sum()))
        unit = float(w @ gain)
    return w / w.sum(), max(0.0, float((game.feasible.support(w)[0] - w @ x) / unit))
