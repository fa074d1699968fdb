"""Cooperators and others: types split by decision procedure, and the prior without subtypes that is as good (Section 4.6).

A player of type t is a cooperator (t, C) or not (t, D). Cooperators maximise conditional expected utility with beliefs s_C
about each other's actions; the others play s_D independently of everyone. Equation (46)-(47) for a cooperator of type t that
plays a:

    u[t, t, a] + (n - 1) sum_t' p(t', C | t, C) sum_a' s_C(a' of t' | a) u[t', t, a']
               + (n - 1) sum_t' p(t', D | t, C) sum_a' s_D(a' of t') u[t', t, a'].

The last term does not depend on a, so only the weights p(t', C | t, C) matter: with the profile alpha of the cooperators and
the Bayesian Nash equilibrium beta, all cooperators gain if for each t (condition (48)-(49), whose first line has alpha and beta
exchanged)

    u[t, t, alpha_t] - u[t, t, beta_t] + (n - 1) sum_t' p(t', C | t, C) (u[t', t, alpha_t'] - u[t', t, beta_t']) >= 0.

The same holds in the game without subtypes whose pairs are p'(t, t') = p((t, C), (t', C)) / delta, with delta_t (n - 1) in
place of n - 1, delta_t = P(C | t, C), equation (51): with n = inf the factor delta_t scales a type's utility and the games have
the same equilibria.

Source: file 000, Section 4.6, equations (46)-(51).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.ecl.dependency_equilibria import DependencyReport, certify
from negotiation.ecl.ecl_games import ECLBayesianGame, bayesian_nash_equilibria, mixed_profile, pure_profile
from negotiation.ecl.strategy_cones import alike_cone, coordinates
from negotiation.ecl.type_priors import Floats, TypePrior, numbers, prior_of_pairs
from negotiation.errors import InputError


@dataclass(frozen=True, eq=False)
class SubtypeGame:
    """``utilities`` (T, T, A) as u[from, to, action]; ``prior`` over 2 T types, cooperators (0, C) ... (T-1, C) first, then the
    D types."""

    utilities: Floats
    prior: TypePrior
    players: float = math.inf

    def __post_init__(self) -> None:
        if self.prior.types % 2:
            raise InputError(f"prior over subtypes: expected an even number of types, C and D of each, got {self.prior.types}")
        m = self.prior.types // 2
        object.__setattr__(self, "utilities", numbers(self.utilities, "utilities[from, to, action]", (m, m, None)))

    @property
    def types(self) -> int:
        return self.prior.types // 2

    @property
    def whole(self) -> ECLBayesianGame:
        """The game with 2 T types: utilities do not depend on subtypes."""
        return ECLBayesianGame(np.tile(self.utilities, (2, 2, 1)), self.prior, self.players)

    @property
    def cooperating(self) -> Floats:
        """(T,) delta_t: the probability that another player is a cooperator, as believed by a cooperator of type t."""
        return np.asarray(self.prior.beliefs[: self.types, : self.types].sum(axis=1))


def with_cooperators(game: ECLBayesianGame, share: ArrayLike) -> SubtypeGame:
    """``game`` in which each player of type t is a cooperator with probability share[t] (or one number), independently."""
    part = np.broadcast_to(np.asarray(share, dtype=np.float64), (game.types,))
    if not ((part > 0) & (part < 1)).all():
        raise InputError(f"share of cooperators: expected probabilities above 0 and below 1, got {part.tolist()}")
    both = np.concatenate([part, 1 - part])
    return SubtypeGame(game.utilities, prior_of_pairs(np.tile(game.prior.pair, (2, 2)) * np.outer(both, both)), game.players)


def equivalent_game(game: SubtypeGame) -> tuple[ECLBayesianGame, Floats]:
    """The game without subtypes with prior p', and (T,) delta_t by which the number of others is to be multiplied (equation
    (51))."""
    pair = game.prior.pair[: game.types, : game.types]
    return ECLBayesianGame(game.utilities, prior_of_pairs(pair / pair.sum()), game.players), game.cooperating


def gains_of_cooperators(game: SubtypeGame, profile: ArrayLike, baseline: ArrayLike | None = None) -> Floats:
    """(T,) utils that cooperators gain when they all leave ``baseline`` (a Bayesian Nash equilibrium if None) for ``profile``:
    the left side of (48).

    ``profile`` is pure (T,) or mixed (T, A). If it is pure and no gain is negative, it is a dependency equilibrium among
    cooperators."""
    plain, _ = equivalent_game(game)
    base = next(bayesian_nash_equilibria(plain).pure()) if baseline is None else baseline
    change = mixed_profile(plain, profile) - mixed_profile(plain, base)
    given = np.einsum("sa,sta->ts", change, game.utilities)
    own, others = game.whole.weights
    return np.asarray(own * np.diag(given) + (others[: game.types, : game.types] * given).sum(axis=1))


def cooperators_equilibrium(game: SubtypeGame, distribution: ArrayLike, others: ArrayLike | None = None) -> DependencyReport:
    """Whether ``distribution`` of the cooperators' actions (like types alike) is a dependency equilibrium among them while D
    types play ``others``.

    ``others`` pure (T,) or mixed (T, A); a Bayesian Nash equilibrium if None. The report's utilities are those of (46)-(47)."""
    plain, _ = equivalent_game(game)
    m = game.types
    if others is None:
        others = next(bayesian_nash_equilibria(plain).pure())
    sigma = pure_profile(plain, others) if np.ndim(others) == 1 else mixed_profile(plain, others)
    own, weights = game.whole.weights
    constant = (weights[:m, m:] * np.einsum("sa,sta->ts", sigma, game.utilities)).sum(axis=1)
    cone = alike_cone(game.utilities, own, weights[:m, :m], constant)
    return certify(cone, coordinates(plain, cone, distribution))


def least_players(game: SubtypeGame, profile: ArrayLike, baseline: ArrayLike | None = None) -> float:
    """The least number of players from which on all cooperators gain by ``profile`` (to 1e-9 of a player); inf if there is
    none.

    Condition (48) is linear in n: own + (n - 1) * per other >= 0."""
    alone = gains_of_cooperators(SubtypeGame(game.utilities, game.prior, 2), profile, baseline)
    per_other = gains_of_cooperators(SubtypeGame(game.utilities, game.prior, math.inf), profile, baseline)
    own = alone - per_other
    if ((per_other < 0) | ((per_other == 0) & (own < 0))).any():
        return math.inf
    need = np.divide(-own, per_other, out=np.zeros_like(own), where=per_other > 0).max()
    return float(max(2, 1 + math.ceil(need - 1e-9)))
