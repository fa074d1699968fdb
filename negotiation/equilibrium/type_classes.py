"""The types of a whole problem: all vectors of item types, or their frequencies where the prior is exchangeable.

Item types are *exchangeable* when the prior gives the same probability to every permutation of the items of a class (applied to
both players' types). Then a symmetric benchmark treats own types t in T_i^n with the same frequencies

    m[c, t] = number of items of class c with t_ik = t

alike, and player i has C(n_c + |T_i| - 1, |T_i| - 1) types for each class instead of |T_i|^n. For an iid prior
P(m) = prod_c n_c! prod_t p_i[c, t]^m[c, t] / m[c, t]!.

A *component* is a set of types of both players that are connected by pairs of positive probability: which component they are
in is commonly known.   Source: file 004, Sections 3.2 and 3.3.4 (frequencies); Aumann 1976 (common knowledge)."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import InputError
from negotiation.priors import IID, SUPPORT_LIMIT, CommonShock, Matchups
from negotiation.problem import Problem

Floats = NDArray[np.float64]
MOST_TYPES = 2_000  # of a player, to be listed


class NotAvailable(InputError):
    """A benchmark cannot be computed for this problem at this size; the message says why and what would do."""


@dataclass(frozen=True)
class TypeSpace:
    """The types of both players. ``labels[i]`` names player i's types, ``probability[i]`` (types of i,) is their prior and
    ``surplus[i]`` (types of i,) the expected first-best surplus given one's own type, in utils. ``component[i]`` (types of i,)
    numbers the components. ``exchangeable``: types are frequencies."""

    labels: tuple[tuple[str, ...], tuple[str, ...]]
    probability: tuple[Floats, Floats]
    surplus: tuple[Floats, Floats]
    component: tuple[NDArray[np.int64], NDArray[np.int64]]
    exchangeable: bool


def frequencies(items: int, types: int) -> Iterator[tuple[int, ...]]:
    """All ways to give ``items`` items one of ``types`` types each, counted: tuples (types,) with sum ``items``."""
    if types == 1:
        yield (items,)
        return
    for first in range(items, -1, -1):
        yield from ((first, *rest) for rest in frequencies(items - first, types - 1))


def count_frequencies(items: int, types: int) -> int:
    return math.comb(items + types - 1, types - 1)


def multinomial(counts: NDArray[np.integer], p: Floats) -> Floats:
    """P(counts) for counts (any, types) of independent draws from p (types,)."""
    from scipy.special import gammaln, xlogy

    log = gammaln(counts.sum(axis=-1) + 1) - gammaln(counts + 1).sum(axis=-1) + xlogy(counts, p).sum(axis=-1)
    return np.asarray(np.exp(log))


def type_space(problem: Problem, most: int = MOST_TYPES) -> TypeSpace:
    """The problem's types. Raises NotAvailable where a player has more than ``most`` of them."""
    prior = problem.prior
    if isinstance(prior, Matchups):
        return _single(problem)
    if isinstance(prior, IID | CommonShock):
        return _by_frequency(problem, most)
    return _listed(problem, most)


def _single(problem: Problem) -> TypeSpace:
    """Orders of fixed matchups: frequencies and the surplus are known."""
    labels = tuple(frequency_label(problem, i, [_counts_of(problem, i)]) for i in (0, 1))
    one, surplus, zero = np.ones(1), np.array([problem.surplus.mean]), np.zeros(1, dtype=np.int64)
    return TypeSpace(((labels[0],), (labels[1],)), (one, one), (surplus, surplus), (zero, zero), True)


def _counts_of(problem: Problem, player: int) -> tuple[int, ...]:
    prior = problem.prior
    assert isinstance(prior, Matchups)
    return tuple(np.bincount(prior._numbers[:, player], minlength=len(problem.types[player])).tolist())


def _by_frequency(problem: Problem, most: int) -> TypeSpace:
    prior = problem.prior
    assert isinstance(prior, IID | CommonShock)
    shock = prior if isinstance(prior, CommonShock) else None
    weights = np.ones(1) if shock is None else np.asarray(shock.weights)
    rows = [prior._rows(i).reshape(len(weights), -1, len(problem.types[i])) for i in (0, 1)]  # (states, classes, types)
    sizes = np.bincount(problem.classes, minlength=rows[0].shape[1])
    state_component = _state_components([r[weights > 0] for r in rows], sizes)
    of_state = np.zeros(len(weights), dtype=np.int64)
    of_state[weights > 0] = state_component
    labels, probabilities, surpluses, components = [], [], [], []
    for i in (0, 1):
        own, other = rows[i], rows[1 - i]
        size = own.shape[2]
        if math.prod(count_frequencies(int(n), size) for n in sizes) > most:
            raise NotAvailable(f"more than {most} frequencies of types of a player; fewer items, classes or types would do")
        table = problem.surplus_table if i == 0 else problem.surplus_table.transpose(0, 2, 1)
        worth = np.einsum("cab,zcb->zca", table, other)  # expected surplus of an item by own type and state
        grids = [np.array(list(frequencies(int(n), size))) for n in sizes]
        held = list(itertools.product(*(range(len(g)) for g in grids)))
        m = np.array([[grids[c][k] for c, k in enumerate(at)] for at in held])  # (types, classes, item types)
        joint = (
            weights * np.array([np.prod([multinomial(m[:, c], p[c]) for c in range(len(sizes))], axis=0) for p in own]).T
        )  # (types, states)
        p = joint.sum(axis=1)
        kept = p > 0
        m, joint, p = m[kept], joint[kept], p[kept]
        labels.append(tuple(frequency_label(problem, i, counts) for counts in m))
        probabilities.append(p / p.sum())
        surpluses.append(np.einsum("mca,zca,mz->m", m, worth, joint / p[:, None]))
        components.append(of_state[joint.argmax(axis=1)])
    return TypeSpace(
        (labels[0], labels[1]),
        (probabilities[0], probabilities[1]),
        (surpluses[0], surpluses[1]),
        (components[0], components[1]),
        True,
    )


def _state_components(rows: Sequence[Floats], sizes: NDArray[np.integer]) -> NDArray[np.int64]:
    """The component of each state of a shock: two are connected where some vector of a player's types occurs in both."""
    states = len(rows[0])
    used = np.flatnonzero(sizes)
    linked = np.zeros((states, states), dtype=bool)
    for own in rows:
        positive = own[:, used] > 0
        shared = np.any(positive[:, None] & positive[None], axis=3)
        linked |= np.all(shared, axis=2)
    return connected(linked)


def connected(linked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The component of each vertex of an undirected graph, given as a square matrix."""
    from scipy.sparse.csgraph import connected_components

    return np.asarray(connected_components(linked, directed=False)[1], dtype=np.int64)


def frequency_label(problem: Problem, player: int, counts: Sequence[Sequence[int]]) -> str:
    """For one item the type itself, else for example "3 x 0, 5 x 8"; classes separated by semicolons."""
    names = problem.types[player]
    rows = [[f"{k} x {_name(t)}" for k, t in zip(row, names, strict=True) if k] for row in counts]
    if problem.n == 1:
        return next(part.removeprefix("1 x ") for row in rows for part in row)
    return "; ".join(", ".join(row) for row in rows)


def _name(label: float | str) -> str:
    return label if isinstance(label, str) else f"{label:g}"


def listed_types(problem: Problem, most: int) -> tuple[list[NDArray[np.int64]], Floats]:
    """The distinct type vectors of each player, (types of i, n), and their joint probability (Alice's, Bob's)."""
    limit = min(most**2, SUPPORT_LIMIT)
    if problem.prior.support_size() > limit:
        raise NotAvailable(f"the prior's support has {problem.prior.support_size()} joint types, more than {limit}")
    types, p = problem.prior.support(limit)
    found = [np.unique(types[:, i], axis=0, return_inverse=True) for i in (0, 1)]
    if max(len(vectors) for vectors, _ in found) > most:
        raise NotAvailable(f"a player has {max(len(v) for v, _ in found)} types, more than {most}")
    joint = np.zeros([len(vectors) for vectors, _ in found])
    np.add.at(joint, (found[0][1].ravel(), found[1][1].ravel()), p)
    return [vectors for vectors, _ in found], joint


def vector_labels(problem: Problem, player: int, vectors: NDArray[np.integer]) -> tuple[str, ...]:
    return tuple(" ".join(_name(problem.types[player][t]) for t in vector) for vector in vectors)


def _listed(problem: Problem, most: int) -> TypeSpace:
    vectors, joint = listed_types(problem, most)
    a, b = np.nonzero(joint)
    best = problem.first_best(np.stack([vectors[0][a], vectors[1][b]], axis=1))
    value = np.zeros_like(joint)
    value[a, b] = best * joint[a, b]
    size = len(joint)
    linked = np.zeros((sum(joint.shape),) * 2, dtype=bool)
    linked[:size, size:] = joint > 0
    component = connected(linked)
    marginal = (joint.sum(axis=1), joint.sum(axis=0))
    return TypeSpace(
        (vector_labels(problem, 0, vectors[0]), vector_labels(problem, 1, vectors[1])),
        marginal,
        (value.sum(axis=1) / marginal[0], value.sum(axis=0) / marginal[1]),
        (component[:size], component[size:]),
        False,
    )
