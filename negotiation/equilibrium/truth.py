"""Is the truth the best announcement to the linking mechanism? By enumeration, for priors with a small support.

For true types t and an announcement r that meets the quotas, the payoff against the other's announcement o is
v_i(t, r, o) = sum_k u_i(x*(r_k, o_k), t_k) plus or minus the transfer, which is the same whatever is said. The gains are

    interim    max over t, r of  E[v_i(t, r, O) - v_i(t, t, O) | t],  O the other's true types;
    dominance  max over t, r, o of  v_i(t, r, o) - v_i(t, t, o),  o any announcement that the quotas allow.

Truth is an equilibrium if both interim gains are 0, and weakly dominant for i if i's gain in dominance is 0.
Source: file 004, Example 1, point 1, which says of its direct mechanism that truth is weakly dominant. It is for the seller,
who does not mind trading what is worth 0 to her. The buyer, who knows nothing of the seller's order, cannot do better than the
truth either; but against some announcements a lie gets him more items at the same total price."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.linking import linking_mechanism
from negotiation.equilibrium.type_classes import NotAvailable, listed_types
from negotiation.problem import Problem

MOST_ITEMS = 6


@dataclass(frozen=True)
class Lie:
    """A player's most profitable lie: true types, what is announced, the other's announcement (None: expected over the prior),
    as type numbers, and the gain in utils (0 or less: no lie pays)."""

    player: int
    true: tuple[int, ...]
    announced: tuple[int, ...]
    other: tuple[int, ...] | None
    gain: float


def best_lies(problem: Problem) -> tuple[tuple[Lie, Lie], tuple[Lie, Lie]]:
    """(interim, dominance): for each player the best lie to the linking mechanism.

    Only true types that meet the quotas are asked: others cannot tell the truth. Raises NotAvailable for more than 6 items, or
    several classes of items."""
    if problem.n > MOST_ITEMS or np.ptp(problem.classes):
        raise NotAvailable(f"lies are enumerated for up to {MOST_ITEMS} items of one class")
    found = linking_mechanism(problem)
    kind = int(problem.classes[0])
    u = [problem.utility[i][kind] for i in (0, 1)]  # (choices, types)
    best = (u[0][:, :, None] + u[1][:, None, :]).argmax(axis=0)
    allowed = [np.array(_orders(found.quota[i][kind])) for i in (0, 1)]
    vectors, joint = listed_types(problem, 5_000)
    interim, dominance = [], []
    for i in (0, 1):
        met = {tuple(v): k for k, v in enumerate(vectors[1 - i].tolist())}
        honest = {tuple(v) for v in allowed[i].tolist()}
        beliefs = joint if i == 0 else joint.T
        rule = best if i == 0 else best.T  # (own announcement, other's)
        chosen = rule[allowed[i][:, None], allowed[1 - i][None]]  # (announced, other's, items)
        lies_expected, lies_sure = [], []
        for k, true in enumerate(vectors[i].tolist()):
            if tuple(true) not in honest:
                continue
            value = u[i][chosen, np.array(true)].sum(axis=-1)  # (announced, other's)
            own = next(row for row, said in enumerate(allowed[i].tolist()) if said == true)
            gain = value - value[own]
            gain[own] = -np.inf
            weight = np.array([beliefs[k, met[tuple(o)]] if tuple(o) in met else 0.0 for o in allowed[1 - i].tolist()])
            if weight.sum() > 0:
                mean = np.where(np.arange(len(gain)) == own, -np.inf, (value - value[own]) @ (weight / weight.sum()))
                row = int(mean.argmax())
                lies_expected.append(Lie(i, tuple(true), _types(allowed[i][row]), None, float(mean[row])))
            row, column = (int(j) for j in np.unravel_index(gain.argmax(), gain.shape))
            lie = Lie(i, tuple(true), _types(allowed[i][row]), _types(allowed[1 - i][column]), float(gain[row, column]))
            lies_sure.append(lie)
        interim.append(max(lies_expected, key=lambda lie: lie.gain))
        dominance.append(max(lies_sure, key=lambda lie: lie.gain))
    return (interim[0], interim[1]), (dominance[0], dominance[1])


def _orders(quota: NDArray[np.integer]) -> list[tuple[int, ...]]:
    """All distinct announcements with these frequencies."""
    return sorted(set(itertools.permutations(np.repeat(np.arange(len(quota)), quota).tolist())))


def _types(vector: NDArray[np.integer]) -> tuple[int, ...]:
    return tuple(int(t) for t in vector)
