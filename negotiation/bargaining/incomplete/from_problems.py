"""A negotiation problem with few items as a two-person Bayesian bargaining problem.

A player's type is its vector of types for the items, drawn independently of the other's; a decision is a choice for every item
together with a transfer from Bob to Alice. Utility is linear in the transfer, so a lottery between transfers of -B and B is
as good as any transfer between, and two decisions for each joint choice suffice. B has to be large enough not to bind. With M
the sum of the two players' largest absolute values of a joint choice: what an individually rational and incentive-compatible
mechanism gives or takes from a type is within M of what any other type of the same player is asked for (a lie would pay
otherwise), hence within 2 M of 0; with independent types payments can be paid as a(t_a) + b(t_b), so |transfer| <= 4 M in
every state. B = 4 M is used: solutions are not to change with it, which a test checks. Disagreement is worth 0; discounting
has no part in it."""

from __future__ import annotations

import itertools

import numpy as np

from negotiation.bargaining.incomplete.cooperative import CooperativeGame, Floats
from negotiation.bargaining.incomplete.game_building import two_person_game
from negotiation.errors import CannotPlay
from negotiation.problem import PLAYERS, Problem

LARGEST = 1200  # states times decisions
BOUND = 4.0  # largest transfer, in M


def from_problem(problem: Problem, *, bound: float = BOUND) -> CooperativeGame:
    """The bargaining problem with private information that ``problem`` is, without a protocol.

    ``bound``: the largest transfer, in units of M (above). Raises CannotPlay where types are not independent or cannot be
    listed, or the problem is too large for the solver."""
    if problem.prior.support_size() > LARGEST:
        raise CannotPlay(f"from_problem: expected at most {LARGEST} joint types, got {problem.prior.support_size()}")
    types, probability = problem.prior.support(LARGEST)
    pairs = [(tuple(int(t) for t in a), tuple(int(t) for t in b)) for a, b in types]
    alice, bob = sorted({a for a, _ in pairs}), sorted({b for _, b in pairs})
    joint = np.zeros((len(alice), len(bob)))
    for (a, b), p in zip(pairs, probability, strict=True):
        joint[alice.index(a), bob.index(b)] += p
    marginal = joint.sum(axis=1), joint.sum(axis=0)
    if np.abs(joint - np.outer(*marginal)).max() > 1e-9:
        raise CannotPlay("from_problem: expected types that are independent between the players")
    choices = len(problem.choices)
    if choices**problem.n > LARGEST or len(alice) * len(bob) * 2 * choices**problem.n > LARGEST:
        raise CannotPlay(
            f"from_problem: {len(alice)} x {len(bob)} types with {choices}^{problem.n} joint choices: expected at most "
            f"{LARGEST // 2} combinations of types and joint choices"
        )
    joint_choices = list(itertools.product(range(choices), repeat=problem.n))
    values = [_values(problem, i, kinds, joint_choices) for i, kinds in enumerate((alice, bob))]
    largest = bound * sum(float(np.abs(v).max()) for v in values)
    utility = {}
    for k, x in enumerate(joint_choices):
        name = ", ".join(problem.choices[c] for c in x)
        for transfer in (-largest, largest):
            utility[f"{name} at {transfer:+g}"] = [(values[0][k] + transfer)[:, None], (values[1][k] - transfer)[None, :]]
    labels = [[" ".join(str(problem.types[i][c]) for c in t) for t in kinds] for i, kinds in enumerate((alice, bob))]
    return two_person_game(
        utility,
        types=(labels[0], labels[1]),
        prior=marginal,
        players=(PLAYERS[0], PLAYERS[1]),
        name=problem.name,
    )


def _values(problem: Problem, player: int, kinds: list[tuple[int, ...]], joint_choices: list[tuple[int, ...]]) -> Floats:
    """(joint choices, types) in utils."""
    u = problem.utility[player]
    return np.array([[sum(u[problem.classes[k], x[k], t[k]] for k in range(problem.n)) for t in kinds] for x in joint_choices])
