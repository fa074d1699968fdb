"""Priors that list what can occur: a multiset of pairs in any order (``matchups``), or joint types in a table (``table``)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import InputError
from negotiation.prior import Floats, Ints, Layout, Prior, dtype, normalised, probabilities, type_counts
from negotiation.streams import uniforms
from negotiation.surplus import Law, known, listed


@dataclass(frozen=True, eq=False)
class Matchups(Prior):
    """All orders of a multiset of type pairs: see ``matchups``."""

    pairs: tuple[tuple[float | str, float | str], ...]
    numbers: NDArray[np.int64] | None = field(default=None, repr=False)  # (n, 2), once fitted

    @property
    def natural_items(self) -> int:
        return len(self.pairs)

    def _fitted(self, layout: Layout) -> Self:
        if layout.n % len(self.pairs):
            raise InputError(f"prior: {len(self.pairs)} matchups do not divide {layout.n} items")
        if layout.kinds > 1:
            raise InputError("prior: matchups need items of one class, so that every order has the same surplus")
        rows = [[_number(t, types, "prior, matchups") for t, types in zip(p, layout.types, strict=True)] for p in self.pairs]
        return replace(self, numbers=np.array(rows * (layout.n // len(self.pairs)), dtype=np.int64))

    @property
    def _numbers(self) -> NDArray[np.int64]:
        if self.numbers is None:
            raise InputError("prior: build a problem on it first")
        return self.numbers

    def sample(self, keys: NDArray[np.uint64]) -> Ints:
        order = np.argsort(uniforms(keys, self._layout.n), axis=1)
        pairs = self._numbers.astype(dtype(self._layout))
        return np.ascontiguousarray(pairs[order.T].transpose(2, 0, 1)).transpose(2, 0, 1)

    def support_size(self) -> int:
        _, repeats = np.unique(self._numbers, axis=0, return_counts=True)
        return math.factorial(self._layout.n) // math.prod(math.factorial(int(r)) for r in repeats)

    def _support(self) -> Iterator[tuple[Sequence[int], Sequence[int], float]]:
        pairs, repeats = np.unique(self._numbers, axis=0, return_counts=True)
        probability = 1 / self.support_size()
        for order in _orders(repeats.tolist()):
            chosen = pairs[order]
            yield chosen[:, 0].tolist(), chosen[:, 1].tolist(), probability

    def item_conditional(self, player: int) -> Floats:
        joint = np.zeros([len(t) for t in self._layout.types])
        np.add.at(joint, tuple(self._numbers.T), 1.0)
        return normalised((joint if player == 0 else joint.T)[None])

    def statistic(self, player: int, types: Ints) -> Ints:
        return np.zeros((len(types), 1), dtype=np.int8)

    def surplus_law(self, player: int | None, own: Ints | None, table: Floats) -> Law:
        return known(float(table[0, self._numbers[:, 0], self._numbers[:, 1]].sum()))

    def frequency_law(self, player: int, own: Ints, table: Floats) -> Law:
        return self.surplus_law(None, None, table)


def _orders(repeats: list[int]) -> Iterator[list[int]]:
    """All distinct orders of a multiset with the given repetitions, each a list of kinds."""
    if not any(repeats):
        yield []
    for kind, left in enumerate(repeats):
        if left:
            repeats[kind] -= 1
            yield from ([kind, *rest] for rest in _orders(repeats))
            repeats[kind] += 1


@dataclass(frozen=True, eq=False)
class Table(Prior):
    """An explicit support: see ``table``."""

    rows: tuple[tuple[Sequence[float | str], Sequence[float | str], float], ...]
    numbers: NDArray[np.int64] | None = field(default=None, repr=False)  # (size, 2, n), once fitted

    @property
    def natural_items(self) -> int:
        return len(self.rows[0][0])

    def _fitted(self, layout: Layout) -> Self:
        probabilities("prior", [p for *_, p in self.rows], len(self.rows))
        for a, b, _ in self.rows:
            if len(a) != layout.n or len(b) != layout.n:
                raise InputError(f"prior: expected {layout.n} types for each player in every row, got {len(a)} and {len(b)}")
        numbers = [
            [[_number(t, types, "prior") for t in own] for own, types in zip(row[:2], layout.types, strict=True)]
            for row in self.rows
        ]
        return replace(self, numbers=np.array(numbers, dtype=np.int64))

    @property
    def _numbers(self) -> NDArray[np.int64]:
        if self.numbers is None:
            raise InputError("prior: build a problem on it first")
        return self.numbers

    @property
    def _probability(self) -> Floats:
        p = np.array([p for *_, p in self.rows], dtype=float)
        return p / p.sum()

    def sample(self, keys: NDArray[np.uint64]) -> Ints:
        cumulative = np.cumsum(self._probability)[:-1]
        row = np.searchsorted(cumulative, uniforms(keys, 1)[:, 0], side="right")
        return self._numbers.transpose(1, 2, 0).astype(dtype(self._layout))[:, :, row].transpose(2, 0, 1)

    def support_size(self) -> int:
        return int(np.count_nonzero(self._probability))

    def _support(self) -> Iterator[tuple[Sequence[int], Sequence[int], float]]:
        for types, p in zip(self._numbers, self._probability, strict=True):
            if p > 0:
                yield types[0].tolist(), types[1].tolist(), float(p)

    def item_conditional(self, player: int) -> Floats:
        layout = self._layout
        joint = np.zeros((layout.kinds, *(len(t) for t in layout.types)))
        for k, c in enumerate(layout.classes):
            np.add.at(joint, (c, self._numbers[:, 0, k], self._numbers[:, 1, k]), self._probability)
        return normalised(joint if player == 0 else joint.transpose(0, 2, 1))

    def _matching(self, player: int | None, own: Ints | None) -> tuple[NDArray[np.int64], Floats]:
        match = np.ones(len(self._numbers), bool) if player is None else np.all(self._numbers[:, player] == own, axis=1)
        p = self._probability * match
        if not p.sum() > 0:
            raise InputError(f"prior: own types {tuple(np.asarray(own).tolist())} have probability 0")
        return self._numbers[p > 0], p[p > 0] / p.sum()

    def surplus_law(self, player: int | None, own: Ints | None, table: Floats) -> Law:
        types, p = self._matching(player, own)
        return listed(table[self._layout.classes, types[:, 0], types[:, 1]].sum(axis=1), p)

    def frequency_law(self, player: int, own: Ints, table: Floats) -> Law:
        """Exchangeability is assumed here as everywhere in the frequency protocol: an item meets the mean of its class."""
        if self.surplus_law(None, None, table).known:
            return self.surplus_law(None, None, table)
        layout = self._layout
        types, p = self._matching(player, own)
        values = []
        for joint in types:
            counts = [type_counts(joint[i][None], layout, len(layout.types[i])).reshape(layout.kinds, -1) for i in (0, 1)]
            total = np.maximum(counts[0].sum(axis=1), 1)
            values.append(float(np.einsum("ca,cab,cb,c->", counts[0], table, counts[1], 1 / total)))
        return listed(np.array(values), p)


def _number(label: float | str, types: Sequence[float | str], where: str) -> int:
    try:
        return list(types).index(label)
    except ValueError:
        raise InputError(f"{where}: {label!r} is not among the types {list(types)}") from None
