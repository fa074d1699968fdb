"""Joint priors over the private types of all items: f in the problem (n, u, X, Theta, f).

Four kinds. In each, T_i is the number of player i's types of an item.

- ``iid``: types are independent over items and players, item k's drawn from p_i[c(k), .];
- ``common_shock``: first a state z with probability w_z, then iid with p_i[z, c(k), .]; players' types are correlated;
- ``matchups``: a multiset of pairs of types meets in an order drawn uniformly, so the surplus is known (Example 1);
- ``table``: an explicit support of joint types.

A prior is written with the types' labels and fitted to a problem's ``Layout`` when the problem is built; a fitted prior
samples in batches, lists its support when it is small, conditions on one's own types, and gives the law of the surplus.
Source: file 004, Sections 2.1, 3.2, 4.1 and footnote 24."""

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import InputError
from negotiation.streams import below, uniforms, words
from negotiation.surplus import Group, Law, known, listed, mixture, sum_law

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


def _probabilities(what: str, given: ArrayLike, size: int) -> Floats:
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


def _by_class(what: str, given: ArrayLike, layout: Layout, size: int) -> Floats:
    """Probabilities of shape (classes, size) from one row for all classes or one for each."""
    p = _probabilities(what, given, size)
    if p.ndim == 1:
        return np.broadcast_to(p, (layout.kinds, size)).copy()
    if p.shape != (layout.kinds, size):
        raise InputError(f"{what}: expected one row for each of {layout.kinds} item classes, got {p.shape[0]}")
    return p


def _room(keys: NDArray[np.uint64], layout: Layout) -> Ints:
    """Room for types (batch, 2, n), those of one player and item contiguous."""
    return np.empty((2, layout.n, len(keys)), dtype=_dtype(layout)).transpose(2, 0, 1)


def _dtype(layout: Layout) -> type[np.integer]:
    return np.int8 if max(len(t) for t in layout.types) <= 127 else np.int32


def _inverse_cdf(drawn: NDArray[np.uint64], cumulative: Floats) -> NDArray[np.bool_] | Ints:
    """The type numbers (n, batch) whose intervals hold the draws made of words (n, batch); ``cumulative`` is (n, T) or (T,)."""
    result: NDArray[np.bool_] | Ints | None = None
    for t in range(cumulative.shape[-1] - 1):
        bound = cumulative[..., t, None]
        reached = ~below(drawn, np.clip(bound, 2.0**-53, 1.0)) | (bound <= 0)
        result = reached if result is None else np.add(result, reached, dtype=np.int32)
    return np.zeros(drawn.shape, dtype=bool) if result is None else result


def how_often(types: Ints, t: int) -> NDArray[np.int64]:
    """How many of the items have type t, (batch, n) -> (batch,)."""
    size = np.int16 if types.shape[1] < 2**15 else np.int64
    return np.asarray(np.add.reduce((types == t).view(np.int8), axis=1, dtype=size).astype(np.int64))


def _counts(types: Ints, layout: Layout, size: int) -> NDArray[np.int64]:
    """How often each class has each type: (batch, n) -> (batch, classes * size)."""
    if layout.kinds == 1:
        return np.stack([how_often(types, t) for t in range(size)], axis=1)
    cells = layout.classes * size + types
    width = layout.kinds * size
    flat = cells + width * np.arange(len(types))[:, None]
    return np.bincount(flat.ravel(), minlength=width * len(types)).reshape(len(types), width)


def _frequencies(types: Ints, layout: Layout, size: int) -> NDArray[np.int64]:
    """The counts, without the last of a single class, which follows from the others."""
    if layout.kinds > 1 or size == 1:
        return _counts(types, layout, size)
    return np.stack([how_often(types, t) for t in range(size - 1)], axis=1)


@dataclass(frozen=True, eq=False)
class IID(Prior):
    """Independent over items and players: see ``iid``."""

    alice: ArrayLike
    bob: ArrayLike

    def _fitted(self, layout: Layout) -> Self:
        rows = [
            _by_class(f"prior of {name}", given, layout, len(types))
            for name, given, types in zip(("Alice", "Bob"), (self.alice, self.bob), layout.types, strict=True)
        ]
        return replace(self, alice=rows[0], bob=rows[1])

    def _rows(self, player: int) -> Floats:
        return np.asarray((self.alice, self.bob)[player])

    def sample(self, keys: NDArray[np.uint64]) -> Ints:
        layout = self._layout
        types = _room(keys, layout)
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
        other = IID.fit(iid(*_only(1 - player, self._rows(1 - player))), _one_sided(layout, player))
        types, probability = other.support(limit)
        return Belief(types[:, 1 - player], probability)

    def item_conditional(self, player: int) -> Floats:
        return np.repeat(self._rows(1 - player)[:, None, :], len(self._layout.types[player]), axis=1)

    def statistic(self, player: int, types: Ints) -> Ints:
        return _frequencies(types, self._layout, len(self._layout.types[player]))

    def surplus_law(self, player: int | None, own: Ints | None, table: Floats) -> Law:
        return sum_law(_groups(self._layout, [self._rows(i) for i in (0, 1)], player, own, table))

    def frequency_law(self, player: int, own: Ints, table: Floats) -> Law:
        return sum_law(_frequency_groups(self._layout, self._rows(1 - player), player, own, table))


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
        types[:, player] = _inverse_cdf(drawn[player * layout.n : (player + 1) * layout.n], by_item).T


def _groups(layout: Layout, rows: Sequence[Floats], player: int | None, own: Ints | None, table: Floats) -> list[Group]:
    """The independent items of the surplus, grouped by class and own type; by class alone under the prior."""
    if player is None or own is None:
        sizes = np.bincount(layout.classes, minlength=layout.kinds)
        return [(int(sizes[c]), table[c].ravel(), np.outer(rows[0][c], rows[1][c]).ravel()) for c in range(layout.kinds)]
    size = len(layout.types[player])
    counts = _counts(np.asarray(own)[None], layout, size).reshape(layout.kinds, size)
    by_own = table if player == 0 else table.transpose(0, 2, 1)
    return [(int(counts[c, t]), by_own[c, t], rows[1 - player][c]) for c in range(layout.kinds) for t in range(size)]


def _frequency_groups(layout: Layout, other: Floats, player: int, own: Ints, table: Floats) -> list[Group]:
    """The same, of the surplus expected once both frequencies are known: an item is worth its class's own mean."""
    size = len(layout.types[player])
    counts = _counts(np.asarray(own)[None], layout, size).reshape(layout.kinds, size)
    by_own = table if player == 0 else table.transpose(0, 2, 1)
    return [(int(n), counts[c] / max(n, 1) @ by_own[c], other[c]) for c, n in enumerate(counts.sum(axis=1))]


@dataclass(frozen=True, eq=False)
class CommonShock(Prior):
    """A mixture of iid priors: see ``common_shock``."""

    weights: ArrayLike
    alice: Sequence[ArrayLike]
    bob: Sequence[ArrayLike]

    def _fitted(self, layout: Layout) -> Self:
        weights = _probabilities("prior, weights of the shock", self.weights, np.size(self.weights))
        stacks = []
        for name, given, types in zip(("Alice", "Bob"), (self.alice, self.bob), layout.types, strict=True):
            states: list[ArrayLike] = list(given)
            if len(states) != len(weights):
                expected = f"expected probabilities for each of {len(weights)} shocks, got {len(states)}"
                raise InputError(f"prior of {name}: {expected}")
            stacks.append(np.stack([_by_class(f"prior of {name}", p, layout, len(types)) for p in states]))
        return replace(self, weights=weights, alice=list(stacks[0]), bob=list(stacks[1]))

    def _rows(self, player: int) -> Floats:
        return np.asarray((self.alice, self.bob)[player])

    def _states(self) -> list[IID]:
        """The iid prior of each state of the shock."""
        return [iid(a, b).fit(self._layout) for a, b in zip(self._rows(0), self._rows(1), strict=True)]

    def sample(self, keys: NDArray[np.uint64]) -> Ints:
        layout = self._layout
        types = _room(keys, layout)
        state = np.searchsorted(np.cumsum(np.asarray(self.weights))[:-1], uniforms(keys, 1)[:, 0], side="right")
        for z in range(np.size(self.weights)):
            hit = np.flatnonzero(state == z)
            part = _room(keys[hit], layout)
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
        return _normalised(joint)

    def statistic(self, player: int, types: Ints) -> Ints:
        return _frequencies(types, self._layout, len(self._layout.types[player]))

    def surplus_law(self, player: int | None, own: Ints | None, table: Floats) -> Law:
        weights = np.asarray(self.weights) if own is None or player is None else self._posterior(player, own)
        return mixture([state.surplus_law(player, own, table) for state in self._states()], weights)

    def frequency_law(self, player: int, own: Ints, table: Floats) -> Law:
        laws = [state.frequency_law(player, own, table) for state in self._states()]
        return mixture(laws, self._posterior(player, own))


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
        pairs = self._numbers.astype(_dtype(self._layout))
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
        return _normalised((joint if player == 0 else joint.T)[None])

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
        _probabilities("prior", [p for *_, p in self.rows], len(self.rows))
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
        return self._numbers.transpose(1, 2, 0).astype(_dtype(self._layout))[:, :, row].transpose(2, 0, 1)

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
        return _normalised(joint if player == 0 else joint.transpose(0, 2, 1))

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
            counts = [_counts(joint[i][None], layout, len(layout.types[i])).reshape(layout.kinds, -1) for i in (0, 1)]
            total = np.maximum(counts[0].sum(axis=1), 1)
            values.append(float(np.einsum("ca,cab,cb,c->", counts[0], table, counts[1], 1 / total)))
        return listed(np.array(values), p)


def _normalised(joint: Floats) -> Floats:
    """Rows that sum to 1; uniform where a row has no mass (the own type never occurs)."""
    mass = joint.sum(axis=-1, keepdims=True)
    return np.where(mass > 0, joint / np.where(mass > 0, mass, 1), 1 / joint.shape[-1])


def _number(label: float | str, types: Sequence[float | str], where: str) -> int:
    try:
        return list(types).index(label)
    except ValueError:
        raise InputError(f"{where}: {label!r} is not among the types {list(types)}") from None


def iid(alice: ArrayLike = (0.5, 0.5), bob: ArrayLike = (0.5, 0.5)) -> IID:
    """Types independent over items and players: probabilities over Alice's and over Bob's types of an item, or a row of
    them for each class of item."""
    return IID(alice, bob)


def common_shock(weights: ArrayLike, alice: Sequence[ArrayLike], bob: Sequence[ArrayLike]) -> CommonShock:
    """A state of the world that both players' types depend on: its probabilities, and for each state the probabilities over
    an item's types (or a row of them for each class). Given the state, types are independent."""
    return CommonShock(weights, alice, bob)


def matchups(pairs: Sequence[tuple[float | str, float | str]]) -> Matchups:
    """The items' (Alice's type, Bob's type) are these pairs, in an order drawn uniformly (Example 1). With more items than
    pairs, every pair occurs equally often."""
    if not pairs or not all(isinstance(p, Sequence) and len(p) == 2 for p in pairs):
        raise InputError("prior, matchups: expected at least one pair (Alice's type, Bob's type)")
    return Matchups(tuple((p[0], p[1]) for p in pairs))


def table(rows: Sequence[tuple[Sequence[float | str], Sequence[float | str], float]]) -> Table:
    """An explicit support: rows (Alice's types, Bob's types, probability), types listed item by item."""
    expected = "prior, table: expected at least one row (Alice's types, Bob's types, probability)"
    try:
        listed_rows = tuple((tuple(a), tuple(b), float(p)) for a, b, p in rows)
    except (TypeError, ValueError):
        raise InputError(expected) from None
    if not listed_rows:
        raise InputError(expected)
    return Table(listed_rows)
