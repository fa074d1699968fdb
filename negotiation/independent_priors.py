"""Priors under which types are independent over items, outright (``iid``) or given a state of the world (``common_shock``)."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import InputError
from negotiation.prior import (
    SUPPORT_LIMIT,
    Belief,
    Floats,
    Ints,
    Layout,
    Prior,
    by_class,
    frequencies,
    normalised,
    probabilities,
    room,
    type_counts,
)
from negotiation.streams import below, uniforms, words
from negotiation.surplus import Group, Law, mixture, sum_law


@dataclass(frozen=True, eq=False)
class IID(Prior):
    """Independent over items and players: see ``iid``."""

    alice: ArrayLike
    bob: ArrayLike

    def _fitted(self, layout: Layout) -> Self:
        rows = [
            by_class(f"prior of {name}", given, layout, len(types))
            for name, given, types in zip(("Alice", "Bob"), (self.alice, self.bob), layout.types, strict=True)
        ]
        return replace(self, alice=rows[0], bob=rows[1])

    def _rows(self, player: int) -> Floats:
        return np.asarray((self.alice, self.bob)[player])

    def sample(self, keys: NDArray[np.uint64]) -> Ints:
        layout = self._layout
        types = room(keys, layout)
        _fill_independent(types, keys, layout, [self._rows(i) for i in (0, 1)])
        return types

    def support_size(self) -> int:
        per_item = [int(np.prod([np.count_nonzero(self._rows(i)[c]) for i in (0, 1)])) for c in self._layout.classes]
        return math.prod(per_item)

    def _support(self) -> Iterator[tuple[Sequence[int], Sequence[int], float]]:
        pairs = []
        for c in self._layout.classes:
            joint = np.outer(self._rows(0)[c], self._rows(1)[c])
            pairs.append([(a, b, joint[a, b]) for a, b in np.argwhere(joint > 0)])
        for cell in itertools.product(*pairs):
            yield [a for a, _, _ in cell], [b for _, b, _ in cell], math.prod(p for *_, p in cell)

    def given(self, player: int, own: Sequence[int], limit: int = SUPPORT_LIMIT) -> Belief:
        layout = self._layout
        if any(self._rows(player)[c, t] == 0 for c, t in zip(layout.classes, own, strict=True)):
            raise InputError(f"prior: own types {tuple(own)} have probability 0")
        other = IID.fit(IID(*_only(1 - player, self._rows(1 - player))), _one_sided(layout, player))
        types, probability = other.support(limit)
        return Belief(types[:, 1 - player], probability)

    def item_conditional(self, player: int) -> Floats:
        return np.repeat(self._rows(1 - player)[:, None, :], len(self._layout.types[player]), axis=1)

    def statistic(self, player: int, types: Ints) -> Ints:
        return frequencies(types, self._layout, len(self._layout.types[player]))

    def surplus_law(self, player: int | None, own: Ints | None, table: Floats) -> Law:
        return sum_law(_groups(self._layout, [self._rows(i) for i in (0, 1)], player, own, table))

    def frequency_law(self, player: int, own: Ints, table: Floats) -> Law:
        return sum_law(_frequency_groups(self._layout, self._rows(1 - player), player, own, table))


@dataclass(frozen=True, eq=False)
class CommonShock(Prior):
    """A mixture of iid priors: see ``common_shock``."""

    weights: ArrayLike
    alice: Sequence[ArrayLike]
    bob: Sequence[ArrayLike]

    def _fitted(self, layout: Layout) -> Self:
        weights = probabilities("prior, weights of the shock", self.weights, np.size(self.weights))
        stacks = []
        for name, given, types in zip(("Alice", "Bob"), (self.alice, self.bob), layout.types, strict=True):
            states: list[ArrayLike] = list(given)
            if len(states) != len(weights):
                expected = f"expected probabilities for each of {len(weights)} shocks, got {len(states)}"
                raise InputError(f"prior of {name}: {expected}")
            stacks.append(np.stack([by_class(f"prior of {name}", p, layout, len(types)) for p in states]))
        return replace(self, weights=weights, alice=list(stacks[0]), bob=list(stacks[1]))

    def _rows(self, player: int) -> Floats:
        return np.asarray((self.alice, self.bob)[player])

    def _states(self) -> list[IID]:
        """The iid prior of each state of the shock."""
        return [IID(a, b).fit(self._layout) for a, b in zip(self._rows(0), self._rows(1), strict=True)]

    def sample(self, keys: NDArray[np.uint64]) -> Ints:
        layout = self._layout
        types = room(keys, layout)
        state = np.searchsorted(np.cumsum(np.asarray(self.weights))[:-1], uniforms(keys, 1)[:, 0], side="right")
        for z in range(np.size(self.weights)):
            hit = np.flatnonzero(state == z)
            part = room(keys[hit], layout)
            _fill_independent(part, keys[hit], layout, [self._rows(i)[z] for i in (0, 1)], first=1)
            types[hit] = part
        return types

    def support_size(self) -> int:
        """At most so many: what the states have together, or what types that occur in any state could form."""
        union = math.prod(
            math.prod(int(np.count_nonzero(self._rows(i)[:, c].max(axis=0))) for i in (0, 1)) for c in self._layout.classes
        )
        return min(union, sum(state.support_size() for state in self._states()))

    def _support(self) -> Iterator[tuple[Sequence[int], Sequence[int], float]]:
        total: dict[tuple[tuple[int, ...], tuple[int, ...]], float] = {}
        for w, state in zip(np.asarray(self.weights), self._states(), strict=True):
            for a, b, p in state._support():
                key = tuple(int(t) for t in a), tuple(int(t) for t in b)
                total[key] = total.get(key, 0.0) + w * p
        yield from ((a, b, p) for (a, b), p in total.items() if p > 0)

    def _posterior(self, player: int, own: Ints) -> Floats:
        """P(state of the shock | own types)."""
        with np.errstate(divide="ignore"):
            score = np.log(np.asarray(self.weights)) + np.log(self._rows(player)[:, self._layout.classes, own]).sum(axis=1)
        if not np.isfinite(score).any():
            raise InputError(f"prior: own types {tuple(int(t) for t in own)} have probability 0")
        weight = np.exp(score - score.max())
        return weight / weight.sum()

    def given(self, player: int, own: Sequence[int], limit: int = SUPPORT_LIMIT) -> Belief:
        posterior = self._posterior(player, np.asarray(own))
        total: dict[tuple[int, ...], float] = {}
        for w, state in zip(posterior, self._states(), strict=True):
            if w > 0:
                for types, p in zip(*state.given(player, own, limit), strict=True):
                    key = tuple(int(t) for t in types)
                    total[key] = total.get(key, 0.0) + w * float(p)
        return Belief(np.array(list(total)), np.array(list(total.values())))

    def item_conditional(self, player: int) -> Floats:
        joint = np.einsum("z,zci,zcj->cij", np.asarray(self.weights), self._rows(player), self._rows(1 - player))
        return normalised(joint)

    def statistic(self, player: int, types: Ints) -> Ints:
        return frequencies(types, self._layout, len(self._layout.types[player]))

    def surplus_law(self, player: int | None, own: Ints | None, table: Floats) -> Law:
        weights = np.asarray(self.weights) if own is None or player is None else self._posterior(player, own)
        return mixture([state.surplus_law(player, own, table) for state in self._states()], weights)

    def frequency_law(self, player: int, own: Ints, table: Floats) -> Law:
        laws = [state.frequency_law(player, own, table) for state in self._states()]
        return mixture(laws, self._posterior(player, own))


def _only(player: int, rows: Floats) -> tuple[Floats, Floats]:
    single = np.ones((len(rows), 1))
    return (rows, single) if player == 0 else (single, rows)


def _one_sided(layout: Layout, player: int) -> Layout:
    """The layout in which ``player`` has a single type."""
    return Layout(layout.classes, (layout.types[0], (0,)) if player == 1 else ((0,), layout.types[1]))


def _fill_independent(types: Ints, keys: NDArray[np.uint64], layout: Layout, rows: Sequence[Floats], first: int = 0) -> None:
    """Draw types (batch, 2, n) from rows[i] of shape (classes, T_i)."""
    drawn = words(keys, 2 * layout.n, first)
    for player in (0, 1):
        cumulative = np.cumsum(rows[player], axis=-1)
        by_item = cumulative[0] if layout.kinds == 1 else cumulative[layout.classes]
        types[:, player] = inverse_cdf(drawn[player * layout.n : (player + 1) * layout.n], by_item).T


def _groups(layout: Layout, rows: Sequence[Floats], player: int | None, own: Ints | None, table: Floats) -> list[Group]:
    """The independent items of the surplus, grouped by class and own type; by class alone under the prior."""
    if player is None or own is None:
        sizes = np.bincount(layout.classes, minlength=layout.kinds)
        return [(int(sizes[c]), table[c].ravel(), np.outer(rows[0][c], rows[1][c]).ravel()) for c in range(layout.kinds)]
    size = len(layout.types[player])
    counts = type_counts(np.asarray(own)[None], layout, size).reshape(layout.kinds, size)
    by_own = table if player == 0 else table.transpose(0, 2, 1)
    return [(int(counts[c, t]), by_own[c, t], rows[1 - player][c]) for c in range(layout.kinds) for t in range(size)]


def _frequency_groups(layout: Layout, other: Floats, player: int, own: Ints, table: Floats) -> list[Group]:
    """The same, of the surplus expected once both frequencies are known: an item is worth its class's own mean."""
    size = len(layout.types[player])
    counts = type_counts(np.asarray(own)[None], layout, size).reshape(layout.kinds, size)
    by_own = table if player == 0 else table.transpose(0, 2, 1)
    return [(int(n), counts[c] / max(n, 1) @ by_own[c], other[c]) for c, n in enumerate(counts.sum(axis=1))]


def inverse_cdf(drawn: NDArray[np.uint64], cumulative: Floats) -> NDArray[np.bool_] | Ints:
    """The type numbers (n, batch) whose intervals hold the draws made of words (n, batch); ``cumulative`` is (n, T) or (T,)."""
    result: NDArray[np.bool_] | Ints | None = None
    for t in range(cumulative.shape[-1] - 1):
        bound = cumulative[..., t, None]
        reached = ~below(drawn, np.clip(bound, 2.0**-53, 1.0)) | (bound <= 0)
        result = reached if result is None else np.add(result, reached, dtype=np.int32)
    return np.zeros(drawn.shape, dtype=bool) if result is None else result
