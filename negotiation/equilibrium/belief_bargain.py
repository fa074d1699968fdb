"""One item to be bargained over, as numbers: what offers give types, the lattices of beliefs, trembles, discount factors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.belief_grid import BeliefGrid, belief_grid
from negotiation.errors import CannotPlay, InputError
from negotiation.problem import Problem
from negotiation.protocol import Grid

Floats = NDArray[np.float64]
USUAL = {0: (1.0, 1.0, 1.0), 1: (0.02, 0.03, 14.0), 2: (0.045, 0.35, 13.5), 3: (0.15, 0.4, 12.0)}  # fineness, widest, reach


@dataclass(frozen=True, eq=False)
class Bargain:
    """``gain[i]`` (m, T_i): what agreeing on each of m offers gives the types of i, utils; the belief
    lattices; the probability of trembles; discount factors."""

    gain: tuple[Floats, Floats]
    grids: tuple[BeliefGrid, BeliefGrid]
    tremble: float
    discount: tuple[float, float]

    @property
    def offers(self) -> int:
        return len(self.gain[0])


def bargain_of(
    problem: Problem, grid: Grid, tremble: float, fineness: float | None, widest: float | None, reach: float | None
) -> tuple[Bargain, Floats]:
    """The problem as numbers, and its offers (m, 2): choice number, transfer; the lattice as ``markov_equilibrium`` says.

    Offers are in the order of the item-by-item protocol: every choice but the null one with every transfer."""
    if problem.n != 1:
        raise CannotPlay(f"markov_equilibrium: expected one item, {problem.name} has {problem.n}")
    if not 0 < tremble < 1:
        raise InputError(f"tremble: expected a probability above 0 and below 1, got {tremble}")
    joint = np.zeros([len(t) for t in problem.types])
    pairs, chance = problem.prior.support(100)
    np.add.at(joint, (pairs[:, 0, 0], pairs[:, 1, 0]), chance)
    priors = joint.sum(axis=1), joint.sum(axis=0)
    if np.abs(joint - np.outer(*priors)).max() > 1e-12:
        raise CannotPlay("markov_equilibrium: expected independent types")
    if min(p.min() for p in priors) <= 0:
        raise CannotPlay("markov_equilibrium: expected types of positive probability")
    sizes = tuple(len(p) for p in priors)
    if max(sizes) > 3 or (min(sizes) > 1 and sizes != (2, 2)):
        raise CannotPlay(
            f"markov_equilibrium: expected at most 3 types against 1, or 2 against 2, got {sizes[0]} against {sizes[1]}"
        )
    transfers = grid.low + grid.step * np.arange(grid.count)
    offers = np.array([(x, p) for x in problem.proposals for p in transfers])
    item = problem.classes[0]
    picked = offers[:, 0].astype(int)
    gain = (
        problem.utility[0][item][picked] + offers[:, 1:],
        problem.utility[1][item][picked] - offers[:, 1:],
    )
    m = len(offers)
    signals = (float(np.log((1 - tremble + tremble / m) / (tremble / m))), float(np.log((2 - tremble) / tremble)))
    usual = USUAL[3 if max(sizes) == 3 else sum(sizes) - 2]
    width = [u if given is None else given for given, u in zip((fineness, widest, reach), usual, strict=True)]
    lattices = tuple(belief_grid(p, signals, width[0], width[1], width[2]) for p in priors)
    return Bargain(gain, (lattices[0], lattices[1]), tremble, problem.discount), offers
