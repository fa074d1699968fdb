"""A negotiation problem (n, u, X, Theta, f): what two agents with private information negotiate about.

Alice (player 0) and Bob (player 1) take a joint decision x = (x_1, ..., x_n), one choice from the finite set X for each
item, and Bob pays Alice a transfer p. Item k belongs to a class c(k); player i has a private type theta_ik for it and
values the choice at u_i[c, x, theta] utils. Agreed at stage t with transfer p, the decision is worth

    U_a = d_a^t (sum_k u_a(x_k, theta_ak) + p),        U_b = d_b^t (sum_k u_b(x_k, theta_bk) - p)

in time-0 utils, and what is never agreed is worth nothing. The first-best surplus is
S(theta) = sum_k max_x [u_a(x, theta_ak) + u_b(x, theta_bk)].   Source: file 004, Sections 2 and 3.1-3.2.

Utilities that are not additive over items are a problem with a single item, whose choices are the whole decisions X^n and
whose types are the players' joint types (Section 4.4): ``whole_decisions``.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.rubinstein import check_discount
from negotiation.errors import InputError
from negotiation.priors import Layout, Prior, iid
from negotiation.surplus import Law

ALICE, BOB = 0, 1
PLAYERS = ("Alice", "Bob")
WHOLE_LIMIT = 2**16


@dataclass(frozen=True, eq=False)
class Problem:
    """An immutable negotiation problem; use the constructors below.

    ``utility[i]`` has shape (classes, choices, types of i), in utils; ``classes`` gives each item's class, shape (n,).
    ``choices`` names X; ``types[i]`` labels player i's types. ``discount`` is (Alice's, Bob's), each in [0, 1).
    ``parts`` is the number of items inside a whole decision, 0 where utilities are additive over items.
    Raises InputError for tables that do not fit each other, NaN, or a pair of types whose best choice has negative surplus.
    """

    utility: tuple[NDArray[np.float64], NDArray[np.float64]]
    classes: NDArray[np.int64]
    choices: tuple[str, ...]
    types: tuple[tuple[float | str, ...], tuple[float | str, ...]]
    prior: Prior
    discount: tuple[float, float] = (0.9, 0.9)
    items: tuple[str, ...] = ()
    parts: int = 0
    name: str = "problem"
    surplus_table: NDArray[np.float64] = field(init=False, repr=False)  # (classes, Alice's types, Bob's types), utils

    def __post_init__(self) -> None:
        tables = tuple(_table(f"utility of {PLAYERS[i]}", u) for i, u in enumerate(self.utility))
        for name, labels in zip(PLAYERS, self.types, strict=True):
            if len(set(labels)) < len(labels):
                raise InputError(f"types of {name}: expected different labels, got {list(labels)}")
        classes = np.array(self.classes, dtype=np.int64)
        for player, u in enumerate(tables):
            if u.ndim != 3:
                raise InputError(
                    f"utility of {PLAYERS[player]}: expected a table (classes, choices, types), got shape {u.shape}"
                )
            expected = (tables[0].shape[0], len(self.choices), len(self.types[player]))
            if u.shape != expected:
                raise InputError(f"utility of {PLAYERS[player]}: expected shape {expected}, got {u.shape}")
            if not np.isfinite(u).all():
                raise InputError(f"utility of {PLAYERS[player]}: expected finite numbers")
        if classes.ndim != 1 or not len(classes):
            raise InputError("classes: expected one class for each of at least one item")
        if classes.min() < 0 or classes.max() >= tables[0].shape[0]:
            raise InputError(f"classes: expected numbers from 0 to {tables[0].shape[0] - 1}")
        check_discount(self.discount)
        best = (tables[0][:, :, :, None] + tables[1][:, :, None, :]).max(axis=1)
        if best.min() < 0:
            c, a, b = (int(j) for j in np.unravel_index(best.argmin(), best.shape))
            raise InputError(
                f"utility: the surplus of every pair of types must be at least 0 (Section 3.2), but class {c} has "
                f"{best[c, a, b]:g} for types {self.types[0][a]} and {self.types[1][b]}"
            )
        if best.max() <= 0:
            raise InputError("utility: expected a positive surplus for at least one pair of types (Section 3.2)")
        if self.items and len(self.items) != len(classes):
            raise InputError(f"items: expected {len(classes)} names, got {len(self.items)}")
        for array in (*tables, classes, best):
            array.setflags(write=False)
        object.__setattr__(self, "utility", tables)
        object.__setattr__(self, "classes", classes)
        object.__setattr__(self, "discount", (float(self.discount[0]), float(self.discount[1])))
        object.__setattr__(self, "surplus_table", best)
        object.__setattr__(self, "prior", self.prior.fit(Layout(classes, self.types)))

    @property
    def n(self) -> int:
        """The number of items that are decided (1 for whole decisions)."""
        return len(self.classes)

    @cached_property
    def null(self) -> int:
        """The choice that is worth 0 to every type of both players (no trade, no investment), or -1 if there is none."""
        worthless = [not u[:, x].any() for x in range(len(self.choices)) for u in self.utility]
        return next((x for x in range(len(self.choices)) if worthless[2 * x] and worthless[2 * x + 1]), -1)

    @cached_property
    def proposals(self) -> NDArray[np.int64]:
        """The choices that an offer for a single item may propose: all but the null one, which is what no agreement means."""
        return np.array([x for x in range(len(self.choices)) if x != self.null], dtype=np.int64)

    @cached_property
    def surplus(self) -> Law:
        """The law of the first-best surplus under the prior, in utils; ``surplus.known`` says whether it is known."""
        return self.prior.surplus_law(None, None, self.surplus_table)

    @cached_property
    def laws(self) -> dict[tuple[int, bool, bytes], Law]:
        """Laws of the surplus given own types, as they are worked out: (player, by frequencies, statistic of own types)."""
        return {}

    @cached_property
    def largest_surplus(self) -> float:
        """The largest first-best surplus that types can have (S_max of Section 5.1), utils; where the prior leaves none at all,
        the largest in the tables. The scale of ties and grids."""
        return self.surplus.highest or float(self.item_surplus.max())

    @cached_property
    def item_surplus(self) -> NDArray[np.float64]:
        """The largest surplus of one item of each class, shape (classes,), in utils."""
        return self.surplus_table.max(axis=(1, 2))

    def first_best(self, types: NDArray[np.integer]) -> NDArray[np.float64]:
        """S(theta) for a batch of types of shape (batch, 2, n), in utils."""
        best: NDArray[np.float64] = self.surplus_table[self.classes, types[:, 0], types[:, 1]].sum(axis=1)
        return best

    def item_names(self) -> tuple[str, ...]:
        return self.items or tuple(str(k + 1) for k in range(self.n))


def from_tables(
    utility_alice: ArrayLike,
    utility_bob: ArrayLike,
    *,
    prior: Prior | None = None,
    items: int | Sequence[str] | None = None,
    classes: Sequence[int] | None = None,
    choices: Sequence[str] | None = None,
    types: tuple[Sequence[float | str], Sequence[float | str]] | None = None,
    discount: tuple[float, float] = (0.9, 0.9),
    name: str = "problem",
) -> Problem:
    """Any additive problem from its utility tables u_i[x, type], or u_i[class, x, type] when items differ.

    ``items``: how many (default: one of each class) or their names; ``classes``: each item's class (default: all of class 0,
    or one of each class when there are as many items as classes). Types are numbered unless labelled. The prior is iid and
    uniform unless given."""
    tables = []
    for player, given in zip(PLAYERS, (utility_alice, utility_bob), strict=True):
        u = _table(f"utility of {player}", given)
        if u.ndim not in (2, 3):
            raise InputError(f"utility of {player}: expected a table [choice, type] or [class, choice, type]")
        tables.append(u if u.ndim == 3 else u[None])
    names = () if items is None or isinstance(items, int) else tuple(items)
    if classes is None:
        kinds = len(tables[0])
        n = items if isinstance(items, int) else len(names) or kinds
        if kinds not in (1, n):
            raise InputError(f"classes: expected one class for each of the {n} items (there are {kinds} classes)")
        classes = [0] * n if kinds == 1 else list(range(kinds))
    elif isinstance(items, int) and items != len(classes):
        raise InputError(f"classes: expected {items} of them, one for each item, got {len(classes)}")
    sizes = [u.shape[2] for u in tables]
    labels = tuple(tuple(t) for t in types) if types is not None else (tuple(range(sizes[0])), tuple(range(sizes[1])))
    return Problem(
        utility=(tables[0], tables[1]),
        classes=np.asarray(classes),
        choices=tuple(choices) if choices is not None else tuple(f"x{x}" for x in range(tables[0].shape[1])),
        types=(labels[0], labels[1]),
        prior=prior if prior is not None else uniform_prior(labels),
        discount=discount,
        items=names,
        name=name,
    )


def uniform_prior(types: Sequence[Sequence[object]]) -> Prior:
    """Independent types, each equally likely."""
    return iid(*(tuple(np.full(len(t), 1 / len(t))) for t in types))


def exchange(
    items: int | Sequence[str] | None = None,
    seller_values: Sequence[float] = (0, 8),
    buyer_values: Sequence[float] = (2, 10),
    *,
    prior: Prior | None = None,
    discount: tuple[float, float] = (0.9, 0.9),
    name: str = "exchange",
) -> Problem:
    """Alice sells items (rugs) to Bob: each is traded or not (Section 2.1). A type is the value of the item to its player.

    ``items`` defaults to the number of matchups of the prior where it fixes one, and to 1 otherwise; the prior to iid and
    uniform types."""
    seller, buyer = np.asarray(seller_values, dtype=float), np.asarray(buyer_values, dtype=float)
    return from_tables(
        np.stack([0 * seller, -seller]),
        np.stack([0 * buyer, buyer]),
        prior=prior,
        items=_count(items, prior),
        choices=("keep", "trade"),
        types=(tuple(seller_values), tuple(buyer_values)),
        discount=discount,
        name=name,
    )


def public_good(
    items: int | Sequence[str] | None = None,
    alice_benefits: Sequence[float] = (0, 8),
    bob_benefits: Sequence[float] = (0, 8),
    cost: float = 6,
    *,
    prior: Prior | None = None,
    discount: tuple[float, float] = (0.9, 0.9),
    name: str = "public good",
) -> Problem:
    """Alice and Bob invest in projects that benefit both and whose cost they share equally (Section 2.2.1)."""
    tables = [
        np.stack([0 * np.asarray(b, dtype=float), np.asarray(b, dtype=float) - cost / 2])
        for b in (alice_benefits, bob_benefits)
    ]
    return from_tables(
        *tables,
        prior=prior,
        items=_count(items, prior),
        choices=("skip", "invest"),
        types=(tuple(alice_benefits), tuple(bob_benefits)),
        discount=discount,
        name=name,
    )


def task_assignment(
    items: int | Sequence[str] | None = None,
    *,
    benefit: float = 6,
    alone: float = 10,
    together: float = 1,
    prior: Prior | None = None,
    discount: tuple[float, float] = (0.9, 0.9),
    name: str = "chores",
) -> Problem:
    """Two workers share out tasks (Section 2.2.2): a, b, ab (together) or 0 (left undone). Type 1 is competent, type 0 is not.

    Each gets ``benefit`` from a completed task, which costs ``alone`` to a competent worker, or ``together`` to each of two.
    A task that an incompetent worker touches is not completed. Private values need each table to depend on its own player's
    type only, so an incompetent worker makes good the other's lost benefit (and, alone, has no cost): the surplus of every
    efficient decision is the paper's, and no inefficient decision looks better than it is."""
    working, watching = benefit - alone, benefit
    joint = benefit - together
    own, other = (-benefit, working), (watching, watching)  # by own type: incompetent, competent
    both = (-joint, joint)
    return from_tables(
        np.array([own, other, both, (0, 0)]),
        np.array([other, own, both, (0, 0)]),
        prior=prior,
        items=_count(items, prior),
        choices=("a", "b", "ab", "0"),
        types=((0, 1), (0, 1)),
        discount=discount,
        name=name,
    )


def whole_decisions(
    parts: int,
    choices: Sequence[str],
    utility_alice: ArrayLike | Callable[[tuple[str, ...], float | str], float],
    utility_bob: ArrayLike | Callable[[tuple[str, ...], float | str], float],
    *,
    types: tuple[Sequence[float | str], Sequence[float | str]],
    prior: Prior | None = None,
    discount: tuple[float, float] = (0.9, 0.9),
    name: str = "whole decisions",
) -> Problem:
    """Utilities over whole decisions, not additive over their ``parts`` items (Section 4.4); up to 2^16 decisions.

    A utility is a table of shape (len(choices) ** parts, types), decisions in lexicographic order, or a function of
    (decision as a tuple of choices, type). A type is a joint type, of all parts."""
    if len(choices) ** parts > WHOLE_LIMIT:
        raise InputError(f"parts: {len(choices)}^{parts} whole decisions are more than {WHOLE_LIMIT}")
    decisions = list(itertools.product(choices, repeat=parts))
    tables = []
    for player, utility in enumerate((utility_alice, utility_bob)):
        if callable(utility):
            tables.append(np.array([[utility(x, theta) for theta in types[player]] for x in decisions], dtype=float))
        else:
            tables.append(np.asarray(utility, dtype=float))
    return Problem(
        utility=(tables[0][None], tables[1][None]),
        classes=np.zeros(1, dtype=np.int64),
        choices=tuple(" ".join(x) for x in decisions),
        types=(tuple(types[0]), tuple(types[1])),
        prior=prior if prior is not None else uniform_prior(types),
        discount=discount,
        parts=parts,
        name=name,
    )


def _table(what: str, given: ArrayLike) -> NDArray[np.float64]:
    try:
        return np.array(given, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{what}: expected a table of numbers with rows of equal length") from None


def _count(items: int | Sequence[str] | None, prior: Prior | None) -> int | Sequence[str]:
    """How many items: as said, or as many as the prior's own (matchups, table), or one."""
    if isinstance(items, bool) or (isinstance(items, int) and items < 1):
        raise InputError(f"items: expected at least 1, got {items!r}")
    if items is not None and not isinstance(items, int) and not len(items):
        raise InputError("items: expected at least 1 name")
    if items is not None:
        return items
    return (prior.natural_items if prior is not None else None) or 1
