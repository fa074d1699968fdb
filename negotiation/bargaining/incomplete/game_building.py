"""Building Bayesian cooperative games from what each coalition can do beyond what its parts can.

``cooperative_game`` takes the *own* decisions of every coalition and adds the products of its parts', so that the game is
superadditive and orthogonal by construction; ``two_person_game`` is a bargaining problem, whose disagreement is worth 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.incomplete.cooperative import (
    Coalition,
    CooperativeGame,
    Decision,
    Floats,
    Members,
    all_coalitions,
)
from negotiation.errors import InputError

Own = Mapping[Members, Mapping[str, Sequence[ArrayLike]]]
ALONE = "no deal"


def cooperative_game(
    players: Sequence[str],
    types: Sequence[Sequence[str]],
    prior: Sequence[ArrayLike],
    own: Own,
    *,
    name: str = "game",
) -> CooperativeGame:
    """The superadditive game in which coalition S can carry out its own decisions and any product of its parts' decisions.

    ``own[S][label]`` lists for each member of S (in increasing order) its utility in utils: a number, or a table with one axis
    for each member's types (any that numpy broadcasts to that). A player for whom nothing is said can stay alone, worth 0."""
    n = len(players)
    labels = tuple(tuple(str(x) for x in t) for t in types)
    if len(labels) != n:
        raise InputError(f"types: expected a list for each of {n} players, got {len(labels)}")
    said = {tuple(sorted(s)): dict(choices) for s, choices in own.items()}
    for s in said:
        if not s or s[0] < 0 or s[-1] >= n or len(set(s)) < len(s):
            raise InputError(f"own decisions: expected coalitions of different players from 0 to {n - 1}, got {s}")
    for i in range(n):
        said.setdefault((i,), {ALONE: [0.0]})
    parts: dict[Members, Coalition] = {}
    for s in all_coalitions(n):
        shape = tuple(len(labels[i]) for i in s)
        decisions: list[Decision] = []
        tables: list[Floats] = []
        for label, given in said.get(s, {}).items():
            decisions.append(((s, str(label)),))
            tables.append(_own_utility(f"{label} of {[players[i] for i in s]}", given, shape))
        for block in (b for b in all_coalitions(n) if b[0] == s[0] and set(b) < set(s) and b in said):
            rest = parts[tuple(i for i in s if i not in block)]
            for label in said[block]:
                first = parts[block].number[((block, str(label)),)]
                for second, others in enumerate(rest.decisions):
                    decisions.append(tuple(sorted(((block, str(label)), *others))))
                    tables.append(_product(s, shape, (parts[block], first), (rest, second)))
        if not decisions:
            raise InputError(f"own decisions: expected at least one for player {players[s[0]]}")
        parts[s] = Coalition(s, tuple(decisions), np.stack(tables, axis=1))
    return CooperativeGame(tuple(str(x) for x in players), labels, tuple(np.array(p, dtype=float) for p in prior), parts, name)


def two_person_game(
    utility: Mapping[str, Sequence[ArrayLike]],
    *,
    types: tuple[Sequence[str], Sequence[str]],
    prior: tuple[ArrayLike, ArrayLike],
    players: tuple[str, str] = ("1", "2"),
    name: str = "two-person bargaining",
) -> CooperativeGame:
    """A two-person bargaining problem (Section 5.1): decisions with both players' utilities (numbers, or tables over the types
    of the first and the second player); disagreement is worth 0 to everybody and need not be listed."""
    return cooperative_game(players, types, prior, {(0, 1): utility}, name=name)


def _own_utility(what: str, given: Sequence[ArrayLike], shape: tuple[int, ...]) -> Floats:
    if len(given) != len(shape):
        raise InputError(f"utility of {what}: expected one entry for each of {len(shape)} members, got {len(given)}")
    try:
        return np.stack([np.broadcast_to(np.asarray(u, dtype=float), shape) for u in given])
    except (TypeError, ValueError):
        raise InputError(f"utility of {what}: expected numbers, or tables of shape {shape}") from None


def _product(s: Members, shape: tuple[int, ...], *factors: tuple[Coalition, int]) -> Floats:
    out = np.empty((len(s), *shape))
    for part, number in factors:
        axes = tuple(size if i in part.members else 1 for i, size in zip(s, shape, strict=True))
        for k, i in enumerate(part.members):
            out[s.index(i)] = part.utility[k, number].reshape(axes)
    return out
