"""CoCo equilibria of games with whole payoffs, certified without rounding.

Floating-point solvers propose weights, threats and mixtures; fractions decide. A fight's value is exact if what one side's
threat guarantees equals what the other's concedes; the claims follow by addition; the point is feasible and best if it is a
mixture of profiles that are best at the weights."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import nnls

from negotiation.bargaining import NormalFormGame
from negotiation.bargaining.fights import splits
from negotiation.bargaining.shapley_value import shares

LARGEST = 100_000  # denominators of threats and mixtures


def fractions(vector: Any, largest: int = LARGEST) -> list[Fraction]:
    """The fractions with the least denominators, up to ``largest``, next to these numbers."""
    return [Fraction(float(number)).limit_denominator(largest) for number in np.ravel(vector)]


def dot(one: Iterable[Fraction], other: Iterable[Any]) -> Fraction:
    """Their inner product; whole payoffs may be floats."""
    return sum((a * Fraction(b) for a, b in zip(one, other, strict=True)), Fraction(0))


def exact_claims(game: NormalFormGame, w: Sequence[Fraction]) -> list[Fraction] | None:
    """(players,) phi(w), curnits; None if a proposed threat is not exactly optimal."""
    everybody = (1 << game.players) - 1
    delta = {everybody: max(dot(w, point) for point in game.points)}
    for split in splits(game):
        answer = split.solve(np.array(w, dtype=float))
        row, column = fractions(answer.row), fractions(answer.column)
        signed = (split.payoffs * split.signs[:, None, None]).transpose(1, 2, 0)
        m = [[dot(w, payoffs) for payoffs in line] for line in signed]
        guaranteed, conceded = min(dot(row, line) for line in zip(*m, strict=True)), max(dot(column, line) for line in m)
        if guaranteed != conceded or sum(row) != 1 or sum(column) != 1 or min(row + column) < 0:
            return None
        delta[split.coalition], delta[everybody ^ split.coalition] = guaranteed, -guaranteed
    share = shares(game.players)
    return [dot(fractions([share[s, i] for s in delta]), delta.values()) for i in range(game.players)]


def exact_equilibrium(game: NormalFormGame, weights: Any) -> tuple[list[Fraction], list[Fraction]] | None:
    """Weights (sum 1) next to these with simple ratios and the payoffs that they claim, if that is exactly a CoCo equilibrium
    with positive weights; else None."""
    ratios = fractions(np.asarray(weights) / np.max(weights), 1000)
    w = [ratio / sum(ratios) for ratio in ratios]
    phi = exact_claims(game, w) if min(w) > 0 else None
    if phi is None:
        return None
    x = [claim / price for claim, price in zip(phi, w, strict=True)]
    value = [dot(w, point) for point in game.points]
    best = [point for point, worth in zip(game.points, value, strict=True) if worth == max(value)]
    system = np.vstack([np.array(best).T, np.ones(len(best))])
    mixture = fractions(nnls(system, np.array([*x, 1], dtype=float))[0])
    reached = [dot(mixture, [point[i] for point in best]) for i in range(len(x))]
    return (w, x) if sum(mixture) == 1 and min(mixture) >= 0 and reached == x else None
