"""A joint prior over the private types of all items: what every kind of prior answers, and what they share.

A prior is written with the types' labels and fitted to a problem's ``Layout`` when the problem is built; a fitted prior
samples in batches, lists its support when it is small, conditions on one's own types, and gives the law of the surplus.
Source: file 004, Sections 2.1, 3.2, 4.1 and footnote 24."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import InputError
from negotiation.surplus import Law

Floats = NDArray[np.float64]
Ints = NDArray[np.integer]
SUPPORT_LIMIT = 2**16


class Layout(NamedTuple):
    """What a prior must fit: each item's class, shape (n,), and the labels of each player's types."""

    classes: NDArray[np.int64]
    types: tuple[tuple[float | str, ...], tuple[float | str, ...]]

    @property
    def n(self) -> int:
        return len(self.classes)

    @property
    def kinds(self) -> int:
        return int(self.classes.max()) + 1


class Support(NamedTuple):
    """Joint types of shape (size, 2, n) as type numbers, with their probabilities."""

    types: NDArray[np.int64]
    probability: Floats


class Belief(NamedTuple):
    """What a player believes of the other's types: vectors of shape (size, n) as type numbers, with probabilities."""

    types: NDArray[np.int64]
    probability: Floats


@dataclass(frozen=True, eq=False)
class Prior(ABC):
    """A joint distribution of types. ``layout`` is None until a problem is built on the prior."""

    layout: Layout | None = field(default=None, init=False, repr=False)

    @property
    def natural_items(self) -> int | None:
        """The number of items that the prior itself fixes, or None."""
        return None

    def fit(self, layout: Layout) -> Self:
        """The same prior for the given items and types. Raises InputError where it does not fit them."""
        fitted = self._fitted(layout)
        object.__setattr__(fitted, "layout", layout)
        return fitted

    @property
    def _layout(self) -> Layout:
        if self.layout is None:
            raise InputError("prior: build a problem on it first")
        return self.layout

    @abstractmethod
    def _fitted(self, layout: Layout) -> Self: ...

    @abstractmethod
    def sample(self, keys: NDArray[np.uint64]) -> Ints:
        """Types of shape (len(keys), 2, n), as type numbers: a draw of the prior from each stream key."""

    @abstractmethod
    def support_size(self) -> int: ...

    @abstractmethod
    def _support(self) -> Iterator[tuple[Sequence[int], Sequence[int], float]]: ...

    @abstractmethod
    def item_conditional(self, player: int) -> Floats:
        """P(other's type of an item | own type of it), shape (classes, own types, other's types)."""

    @abstractmethod
    def surplus_law(self, player: int | None, own: Ints | None, table: Floats) -> Law:
        """The law of sum_k table[c(k), a_k, b_k] given player's own types (n,); under the prior if player is None."""

    @abstractmethod
    def frequency_law(self, player: int, own: Ints, table: Floats) -> Law:
        """The law, given one's own types, of the surplus expected from both players' frequencies of types."""

    def statistic(self, player: int, types: Ints) -> Ints:
        """What of its own types (batch, n) tells a player about the rest: equal rows, equal laws. Here all of them."""
        return types

    def support(self, limit: int = SUPPORT_LIMIT) -> Support:
        """All joint types with positive probability. Raises InputError where there are more than ``limit``."""
        self._layout  # noqa: B018  (says clearly that the prior is not fitted)
        if self.support_size() > limit:
            raise InputError(f"prior: its support has {self.support_size()} joint types, more than {limit}")
        rows = list(self._support())
        types = np.array([[a, b] for a, b, _ in rows], dtype=np.int64)
        return Support(types, np.array([p for *_, p in rows]))

    def given(self, player: int, own: Sequence[int], limit: int = SUPPORT_LIMIT) -> Belief:
        """The belief over the other's type vectors, given one's own types (type numbers, length n).

        Raises InputError where own types have probability 0, or where there are too many to list."""
        types, probability = self.support(limit)
        match = np.all(types[:, player] == np.asarray(own), axis=1)
        if not match.any():
            raise InputError(f"prior: own types {tuple(own)} have probability 0")
        return Belief(types[match, 1 - player], probability[match] / probability[match].sum())


def probabilities(what: str, given: ArrayLike, size: int) -> Floats:
    try:
        p = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{what}: expected rows of probabilities, got {given!r}") from None
    if p.shape[-1:] != (size,):
        raise InputError(f"{what}: expected {size} probabilities, one for each type, got {p.shape[-1] if p.ndim else 1}")
    if not np.isfinite(p).all() or p.min() < 0 or not np.allclose(p.sum(axis=-1), 1, rtol=0, atol=1e-9):
        raise InputError(f"{what}: expected probabilities that sum to 1, got {p.tolist()}")
    normal: Floats = p / p.sum(axis=-1, keepdims=True)
    return normal


def by_class(what: str, given: ArrayLike, layout: Layout, size: int) -> Floats:
    """Probabilities of shape (classes, size) from one row for all classes or one for each."""
    p = probabilities(what, given, size)
    if p.ndim == 1:
        return np.broadcast_to(p, (layout.kinds, size)).copy()
    if p.shape != (layout.kinds, size):
        raise InputError(f"{what}: expected one row for each of {layout.kinds} item classes, got {p.shape[0]}")
    return p


def room(keys: NDArray[np.uint64], layout: Layout) -> Ints:
    """Room for types (batch, 2, n), those of one player and item contiguous."""
    return np.empty((2, layout.n, len(keys)), dtype=dtype(layout)).transpose(2, 0, 1)


def dtype(layout: Layout) -> type[np.integer]:
    return np.int8 if max(len(t) for t in layout.types) <= 127 else np.int32


def how_often(types: Ints, t: int) -> NDArray[np.int64]:
    """How many of the items have type t, (batch, n) -> (batch,)."""
    size = np.int16 if types.shape[1] < 2**15 else np.int64
    return np.asarray(np.add.reduce((types == t).view(np.int8), axis=1, dtype=size).astype(np.int64))


def type_counts(types: Ints, layout: Layout, size: int) -> NDArray[np.int64]:
    """How often each class has each type: (batch, n) -> (batch, classes * size)."""
    if layout.kinds == 1:
        return np.stack([how_often(types, t) for t in range(size)], axis=1)
    cells = layout.classes * size + types
    width = layout.kinds * size
    flat = cells + width * np.arange(len(types))[:, None]
    return np.bincount(flat.ravel(), minlength=width * len(types)).reshape(len(types), width)


def frequencies(types: Ints, layout: Layout, size: int) -> NDArray[np.int64]:
    """The counts, without the last of a single class, which follows from the others."""
    if layout.kinds > 1 or size == 1:
        return type_counts(types, layout, size)
    return np.stack([how_often(types, t) for t in range(size - 1)], axis=1)


def normalised(joint: Floats) -> Floats:
    """Rows that sum to 1; uniform where a row has no mass (the own type never occurs)."""
    mass = joint.sum(axis=-1, keepdims=True)
    return np.where(mass > 0, joint / np.where(mass > 0, mass, 1), 1 / joint.shape[-1])
