"""Bayesian bargaining games of the paper (file 000, Treutlein): Examples 46, 54, 55 and 56, and random ones of many types."""

from __future__ import annotations

import math

import numpy as np

from negotiation.ecl.action_sets import logarithmic_budget, power_budget
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame
from negotiation.ecl.splitting import split_type
from negotiation.errors import InputError


def example_46(players: float = 3) -> BayesianBargainingGame:
    """Two types, uniform and independent; every type divides a unit of resources that are quadratic in utility.

    With 3 players F_1 has the scale (2, 1) and F_2 (1, 2): one's own type counts oneself.
    """
    quarter = power_budget(np.ones(2))
    return BayesianBargainingGame((quarter, quarter), prior=(0.5, 0.5), players=players)


def example_54(first: float = 0.75) -> BayesianBargainingGame:
    """Example 46 for many players; type 1 has probability ``first``, and types are independent."""
    quarter = power_budget(np.ones(2))
    return BayesianBargainingGame((quarter, quarter), prior=(first, 1.0 - first))


def example_54_split(first: float = 0.75, share: float = 0.5) -> BayesianBargainingGame:
    """Example 54 with type 1 split in two of the same values: nothing changes for anybody."""
    return split_type(example_54(first), 0, share)


def example_55(same: float = 0.75) -> BayesianBargainingGame:
    """Square-root utilities and types that are correlated: both types believe that others are like them with ``same``."""
    quarter = power_budget(np.ones(2))
    return BayesianBargainingGame((quarter, quarter), prior=(0.5, 0.5), beliefs=_alike(same))


def example_56(same: float = 0.5, resources: float = 100.0) -> BayesianBargainingGame:
    """The same beliefs with logarithmic utilities: exp(y_1) + exp(y_2) <= resources, y >= 0.

    The paper's value p log r of disagreement is a slip: the other type gets at least one unit of resources, and the most a type
    can make for itself is p log(r - 1).
    """
    budget = logarithmic_budget(resources, np.ones(2))
    return BayesianBargainingGame((budget, budget), prior=(0.5, 0.5), beliefs=_alike(same))


def random_polytopes(
    types: int, rng: np.random.Generator, vertices: int = 8, own: float = 1.5, likeness: float = 0.0, players: float = math.inf
) -> BayesianBargainingGame:
    """A random game: vertices uniform in [0, 1]^T utils, one of which gives the own type ``own`` utils.

    ``likeness``: probability that two players are of one type for certain, mixed with a random symmetric joint prior.
    """
    points = rng.random((types, vertices, types))
    points[np.arange(types), 0, np.arange(types)] = own
    joint = rng.random((types, types))
    joint = joint + joint.T
    joint /= joint.sum()
    joint = (1.0 - likeness) * joint + likeness * np.diag(joint.sum(axis=1))
    return BayesianBargainingGame(tuple(points), prior=joint, players=players)


def _alike(same: float) -> np.ndarray:
    if not 0.0 <= same <= 1.0:
        raise InputError(f"the belief in one's own type is a probability, got {same}")
    return np.array([[same, 1.0 - same], [1.0 - same, same]])


BARGAINING_EXAMPLES = {"46": example_46, "54": example_54, "54-split": example_54_split, "55": example_55, "56": example_56}
"""Builders by the number of the example in the paper."""
