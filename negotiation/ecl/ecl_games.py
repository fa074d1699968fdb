"""ECL Bayesian games with finitely many actions, additively separable and anonymous, and their Bayesian Nash equilibria.

n players without contact draw types from an anonymous prior; an action a of a player of type t gives u[t, t', a] utils to each
player of type t', itself included (t' = t). A player of type t whose fellow players all follow the mixed strategy sigma (T, A)
expects, equation (9),

    EU_t(sigma) = sum_a sigma_t(a) u[t, t, a] + (n - 1) sum_t' p(t' | t) sum_a sigma_t'(a) u[t', t, a]  utils.

With n = inf the term for oneself is dropped and payoffs are per other player. The part of others does not depend on one's own
action if actions are independent, so a Bayesian Nash equilibrium is any choice of maximisers of u[t, t, .] (Proposition 36; its
"if and only if" is an "only if" where maximisers tie). For n = inf equilibria are those of every finite n.

Source: file 000, Definitions 20-25, 32, equation (9), Propositions 36 and 49, Corollary 40.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.ecl.type_priors import Floats, Ints, TypePrior, numbers, probabilities
from negotiation.errors import InputError


@dataclass(frozen=True, eq=False)
class ECLBayesianGame:
    """``utilities`` (T, T, A) as u[from, to, action] in utils, an anonymous ``prior`` over types, ``players`` (at least 2, or
    inf)."""

    utilities: Floats
    prior: TypePrior
    players: float = math.inf

    def __post_init__(self) -> None:
        m = self.prior.types
        object.__setattr__(self, "utilities", numbers(self.utilities, "utilities[from, to, action]", (m, m, None)))
        if self.actions == 0:
            raise InputError("utilities[from, to, action]: expected at least one action")
        if not (self.players >= 2 and (math.isinf(self.players) or self.players == int(self.players))):
            raise InputError(f"players: expected a whole number of at least 2, or inf, got {self.players}")

    @property
    def types(self) -> int:
        return self.prior.types

    @property
    def actions(self) -> int:
        return int(self.utilities.shape[2])

    @property
    def weights(self) -> tuple[float, Floats]:
        """Weight of what one does for oneself, and (T, T) weights[t, t'] of what each type t' does for a player of type t."""
        if math.isinf(self.players):
            return 0.0, self.prior.beliefs
        return 1.0, (self.players - 1) * self.prior.beliefs


def pure_profile(game: ECLBayesianGame, actions: ArrayLike) -> Floats:
    """(T, A) mixed profile that puts type t on actions[t] (T,); InputError if one is not an action of the game."""
    chosen = np.asarray(actions)
    if chosen.shape != (game.types,) or not np.issubdtype(chosen.dtype, np.integer):
        raise InputError(f"pure strategy: expected {game.types} numbers of actions, one for each type, got {actions!r}")
    if chosen.min() < 0 or chosen.max() >= game.actions:
        raise InputError(f"pure strategy: expected actions 0 to {game.actions - 1}, got {chosen.tolist()}")
    return np.asarray(np.eye(game.actions)[chosen])


def mixed_profile(game: ECLBayesianGame, profile: ArrayLike) -> Floats:
    """(T, A) probabilities of actions by type from a pure (T,) or mixed (T, A) anonymous profile; InputError otherwise."""
    if np.ndim(profile) == 1:
        return pure_profile(game, profile)
    return probabilities(numbers(profile, "mixed strategy", (game.types, game.actions)), "mixed strategy", axis=1)


def expected_utilities(game: ECLBayesianGame, profile: ArrayLike) -> Floats:
    """(T,) EU_t of an anonymous profile, pure (T,) or mixed (T, A), in utils (equation (9))."""
    sigma = mixed_profile(game, profile)
    own, others = game.weights
    given = np.einsum("sa,sta->ts", sigma, game.utilities)  # given[t, s]: what type s gives to type t
    return np.asarray(own * np.diag(given) + (others * given).sum(axis=1))


def action_utilities(game: ECLBayesianGame, profile: ArrayLike) -> Floats:
    """(T, A) EU_i(sigma_-i, a; t) of one player's action while all others follow the anonymous ``profile``."""
    sigma = mixed_profile(game, profile)
    own, others = game.weights
    given = np.einsum("sa,sta->ts", sigma, game.utilities)
    return np.asarray(own * own_utilities(game) + (others * given).sum(axis=1)[:, None])


def own_utilities(game: ECLBayesianGame) -> Floats:
    """(T, A) u[t, t, a]: what an action does for the own type."""
    return np.asarray(game.utilities[np.arange(game.types), np.arange(game.types)])


@dataclass(frozen=True, eq=False)
class BayesianNashEquilibria:
    """All of them: player i of type t mixes as it likes over ``best[t]``, independently of everyone else, and no other action
    is played.

    ``best`` one array of actions for each type; ``loss`` (T, A) utils that an action costs its player, 0 on ``best``."""

    game: ECLBayesianGame
    best: tuple[Ints, ...]
    loss: Floats

    @property
    def number_pure(self) -> int:
        """Number of anonymous pure equilibria."""
        return math.prod(len(b) for b in self.best)

    def pure(self) -> Iterator[Ints]:
        """The anonymous pure equilibria, each (T,) actions."""
        return (np.array(actions) for actions in itertools.product(*self.best))

    def gain(self, profile: ArrayLike) -> Floats:
        """(T,) the most that a type gains on an action that it plays under ``profile``: 0 for all exactly at equilibrium."""
        return np.asarray(np.where(mixed_profile(self.game, profile) > 0, self.loss, 0.0).max(axis=1))


def bayesian_nash_equilibria(game: ECLBayesianGame, *, tie: float = 0.0) -> BayesianNashEquilibria:
    """All Bayesian Nash equilibria: the product over types of the maximisers of u[t, t, .] within ``tie`` utils (Proposition
    36)."""
    own = own_utilities(game)
    loss = own.max(axis=1, keepdims=True) - own
    return BayesianNashEquilibria(game, tuple(np.flatnonzero(row <= tie) for row in loss), loss)


def gains_from_cooperation(game: ECLBayesianGame, profile: ArrayLike, baseline: ArrayLike | None = None) -> Floats:
    """(T,) EU_t(profile) - EU_t(baseline), the left side of (41); baseline: the first pure Bayesian Nash equilibrium.

    If no entry is negative and ``profile`` is pure, it is a dependency equilibrium (Corollary 40); the converse is false."""
    base = next(bayesian_nash_equilibria(game).pure()) if baseline is None else baseline
    return expected_utilities(game, profile) - expected_utilities(game, base)
