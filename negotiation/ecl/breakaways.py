r"""Coalitions that break away from an unstable compromise, step by step.

The players stand in a partition into coalitions, each of which has an agreement: a mixture for every member. At first all are
in one coalition, at ``start``. In each step

1. everybody's payoff is what all the agreements together give;
2. the coalition that can add most to each member's payoff (module ``objections``) breaks away: it *expects* outsiders to do
   what ``worst`` says, and agrees on the Nash bargaining solution of V(P) from the present payoffs;
3. coalitions that lost members are left with the rest, which agree anew (``left``): "selfish", everybody alone takes the
   action best for themselves; "together", the rest agrees on its own Nash solution from what its members get alone under
   ``worst`` (selfish where it cannot give them that).

It ends when no coalition can gain ("stable": with what it expects; nothing is said of what then happens), when a partition with
its payoffs comes back ("cycle"), or after ``most_steps``. Expected and realised payoffs differ where outsiders do not do what
was expected: with selfish outsiders expected in Example 66, player 2 leaves for 15 and gets 5, for ever.

Of several mixtures that give a coalition the same payoffs it takes one that is best for the sum of the outsiders' payoffs. The
process is a model, not part of the source: Treutlein, Modeling evidential cooperation in large worlds, Section 6.2 (file 000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.check import vector
from negotiation.bargaining.shapley_value import mask
from negotiation.ecl.coalition_bargains import bargain
from negotiation.ecl.core_search import singles
from negotiation.ecl.objections import Claims
from negotiation.ecl.separable_games import TOLERANCE, FloatArray, SeparableGame
from negotiation.ecl.shares_of_payoffs import kind_mixtures
from negotiation.ecl.worst_matrices import Kind, worst_matrix
from negotiation.errors import InputError

Partition = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Step:
    """``coalition`` breaks away because it can add ``gain`` utils to each member's payoff.

    ``before``: (n,) payoffs. ``expected``: (members,) utils it agrees on; ``realised``: (n,) payoffs of all players after it,
    with ``partition`` and everybody's action ``mixtures``.
    """

    coalition: tuple[int, ...]
    gain: float
    before: FloatArray
    expected: FloatArray
    partition: Partition
    mixtures: tuple[FloatArray, ...]
    realised: FloatArray


@dataclass(frozen=True, eq=False)
class Breakaway:
    """``start``: (n,) payoffs at first; ``steps`` in order; ``ending``: "stable", "cycle" or "steps used up".

    ``payoffs``: (n,) at the end; ``gain``: utils that some coalition could still add to each member's payoff (<= 0 if stable).
    ``cycle``: how many of the last steps repeat, 0 if none.
    """

    start: FloatArray
    steps: tuple[Step, ...]
    ending: Literal["stable", "cycle", "steps used up"]
    payoffs: FloatArray
    gain: float
    cycle: int


def breakaway(
    game: SeparableGame,
    start: ArrayLike,
    kind: Kind = "A",
    worst: ArrayLike | None = None,
    *,
    left: Literal["selfish", "together"] = "selfish",
    most_steps: int = 50,
) -> Breakaway:
    """What follows from the compromise ``start`` (n,), feasible payoffs in utils; the rules are the module's.

    Errors: InputError (``start`` not feasible, an unknown ``left`` or ``kind``, most_steps < 0).
    """
    if left not in ("selfish", "together"):
        raise InputError(f"left: expected 'selfish' or 'together', got {left!r}")
    if most_steps < 0:
        raise InputError(f"most_steps: expected at least 0, got {most_steps}")
    claims = Claims(game, worst_matrix(game, kind, worst), np.ones(game.n))
    first = vector(start, game.n, "start")
    if (beyond := game.feasible.contains(first)) > 1e-7 * game.size:
        raise InputError(f"start: {first} is {beyond:.3g} utils beyond what all can reach")
    everyone = tuple(range(game.n))
    partition: Partition = (everyone,)
    mixtures = dict(enumerate(kind_mixtures(game, everyone, first)))
    x, steps, seen = first, list[Step](), list[tuple[Partition, FloatArray]]()
    while True:
        again = [k for k, (p, y) in enumerate(seen) if p == partition and np.abs(y - x).max() <= 1e-7 * game.size]
        objection = claims.strongest(x, -np.inf, everyone=True)
        assert objection is not None
        if objection.gain <= 100 * claims.slack:
            return Breakaway(first, tuple(steps), "stable", x, objection.gain, 0)
        if again or len(steps) >= most_steps:
            ending: Literal["cycle", "steps used up"] = "cycle" if again else "steps used up"
            return Breakaway(first, tuple(steps), ending, x, objection.gain, len(steps) - again[0] if again else 0)
        seen.append((partition, x))
        group = objection.coalition
        agreed = bargain(game, group, claims.worst, x[list(group)]).point
        partition = _break(game, claims, partition, group, agreed, mixtures, left)
        actions = tuple(mixtures[j] for j in everyone)
        after = np.asarray(game.gives(actions).sum(axis=0))
        steps.append(Step(group, objection.gain, x, agreed, partition, actions, after))
        x = after


def _break(
    game: SeparableGame,
    claims: Claims,
    partition: Partition,
    group: tuple[int, ...],
    agreed: FloatArray,
    mixtures: dict[int, FloatArray],
    left: str,
) -> Partition:
    """The partition once ``group`` has broken away; ``mixtures`` are changed to what everybody then does."""
    own = claims.given(mask(group))[list(group)]
    mixtures.update(zip(group, kind_mixtures(game, group, agreed - own), strict=True))
    parts: list[tuple[int, ...]] = [group]
    for part in partition:
        rest = tuple(i for i in part if i not in group)
        if len(rest) == len(part):
            parts.append(part)
        elif left == "selfish" or len(rest) == 1 or not _agrees(game, claims, rest):
            parts += [(i,) for i in rest]
            mixtures.update({i: game.selfish[i] for i in rest})
        elif rest:
            parts.append(rest)
            alone = np.array([row.level for row in singles(claims)])[list(rest)]
            target = bargain(game, rest, claims.worst, alone).point
            mixtures.update(zip(rest, kind_mixtures(game, rest, target - claims.given(mask(rest))[list(rest)]), strict=True))
    return tuple(sorted(parts))


def _agrees(game: SeparableGame, claims: Claims, rest: tuple[int, ...]) -> bool:
    """Whether ``rest`` together can give all members what they get alone: with matrices that promise much it cannot."""
    alone = np.array([row.level for row in singles(claims)])[list(rest)]
    return bool(rest) and game.reach(rest, claims.worst).contains(alone) <= TOLERANCE * game.size
