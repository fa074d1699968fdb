"""Extensive forms of two players, as flat arrays: any finite game of perfect recall, whatever it comes from.

Nodes are numbered in preorder: the root is 0, and a node's children follow it, subtree by subtree, in the order of its
actions. Information sets are numbered Alice's first, then Bob's, and choice ``first[s] + a`` is action a at information set s.
A profile of behaviour strategies is an array of a probability for each choice.

Perfect recall: at all nodes of an information set its owner made the same last choice before, hence the same choices before
that (Kuhn 1953). It is checked, with the rest of the description, when a form is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.trees import CHANCE, Floats, Ints
from negotiation.errors import InputError
from negotiation.problem import PLAYERS

END = -1
SUM = 1e-9  # how far probabilities may sum from 1


@dataclass(frozen=True)
class Labels:
    """Names to read a form by: of each information set, of its actions, and of the actions of nodes where chance moves."""

    sets: Sequence[str]
    actions: Sequence[tuple[str, ...]]
    chance: Mapping[int, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class ExtensiveForm:
    """A game of N nodes, S information sets and C choices.

    ``parent`` (N,) is -1 at the root; ``action`` (N,) the number of the move that leads to a node (-1 at the root), ``chance``
    (N,) its probability where chance made it and 1 elsewhere. ``mover`` (N,) is 0 for Alice, 1 for Bob, 2 for chance, -1 at
    an end; ``infoset`` (N,) is -1 where no player moves. ``payoff`` (ends, 2) follows ``ends``, the nodes that are ends, in
    preorder. ``owner`` and ``actions`` (S,) say who moves at an information set and how many actions there are. Raises
    InputError."""

    parent: Ints
    action: Ints
    mover: Ints
    infoset: Ints
    chance: Floats
    payoff: Floats
    owner: Ints
    actions: Ints
    title: str = ""
    comment: str = ""
    players: tuple[str, str] = PLAYERS
    labels: Labels | None = None

    def __post_init__(self) -> None:
        _check_nodes(self)
        _check_sets(self)
        _check_recall(self)

    @property
    def nodes(self) -> int:
        return len(self.parent)

    @property
    def choices(self) -> int:
        return int(self.actions.sum())

    @cached_property
    def first(self) -> Ints:
        """The first choice of each information set."""
        return np.cumsum(self.actions) - self.actions

    @cached_property
    def set_of(self) -> Ints:
        """The information set of each choice."""
        return np.repeat(np.arange(len(self.actions)), self.actions)

    @cached_property
    def ends(self) -> Ints:
        return np.flatnonzero(self.mover == END)

    @cached_property
    def deciding(self) -> Ints:
        """The nodes at which a player moves."""
        return np.flatnonzero(self.infoset >= 0)

    @cached_property
    def levels(self) -> list[Ints]:
        """The nodes by depth; those with the same parent follow each other, in the order of actions."""
        return levels(self.parent)

    @cached_property
    def choice(self) -> Ints:
        """The choice (N,) that leads to each node; -1 at the root and after chance's moves."""
        at = self.infoset[self.parent]
        made = (self.parent >= 0) & (at >= 0)
        return np.where(made, self.first[np.where(made, at, 0)] + self.action, -1) if len(self.first) else np.full(len(at), -1)

    @cached_property
    def last_choice(self) -> tuple[Ints, Ints]:
        """Each player's last choice before every node (N,), -1 where it made none."""
        return self._history[0], self._history[1]

    @cached_property
    def moves_before(self) -> tuple[Ints, Ints]:
        """How many moves each player made before every node (N,)."""
        return self._history[2], self._history[3]

    @cached_property
    def _history(self) -> tuple[Ints, Ints, Ints, Ints]:
        last = [np.full(self.nodes, -1) for _ in (0, 1)]
        made = [np.zeros(self.nodes, dtype=np.int64) for _ in (0, 1)]
        for level in self.levels[1:]:
            parent = self.parent[level]
            for i in (0, 1):
                mine = self.mover[parent] == i
                last[i][level] = np.where(mine, self.choice[level], last[i][parent])
                made[i][level] = made[i][parent] + mine
        return last[0], last[1], made[0], made[1]

    def check_profile(self, profile: Floats) -> Floats:
        """The profile as an array of floats. Raises InputError where its shape or its probabilities are not right."""
        array = np.asarray(profile, dtype=float)
        if array.shape != (self.choices,):
            raise InputError(f"profile: expected the probabilities of {self.choices} choices, got shape {array.shape}")
        total = np.bincount(self.set_of, array, len(self.actions))
        wrong = ~np.isfinite(total) | (np.abs(total - 1) > SUM)
        wrong[self.set_of[array < -1e-12]] = True
        if wrong.any():
            raise InputError(f"profile: expected probabilities that sum to 1 {self.name_set(int(wrong.argmax()))}")
        return array

    def name_set(self, number: int) -> str:
        """Which information set this is, for messages."""
        label = f" ({self.labels.sets[number]})" if self.labels is not None and self.labels.sets[number] else ""
        own = number - int(np.flatnonzero(self.owner == self.owner[number])[0])
        return f"at {self.players[int(self.owner[number])]}'s information set {own + 1}{label}"


def levels(parent: Ints, action: Ints | None = None) -> list[Ints]:
    """Nodes by depth, children of one parent together in the order of ``action``, by default of their numbers.

    ``parent[0]`` is -1, the root."""
    count = np.bincount(parent[1:], minlength=len(parent))
    kids = np.argsort(parent, kind="stable") if action is None else np.lexsort((action, parent))
    start = 1 + np.cumsum(count) - count
    found: list[Ints] = [np.zeros(1, dtype=np.int64)]
    while (many := count[found[-1]]).any():
        found.append(kids[ranges(start[found[-1]], many)])
    return found


def preorder(parent: Ints, by_depth: list[Ints]) -> Ints:
    """The place (N,) of each node in preorder."""
    size = np.ones(len(parent), dtype=np.int64)
    for level in by_depth[:0:-1]:
        np.add.at(size, parent[level], size[level])
    place = np.zeros(len(parent), dtype=np.int64)
    for level in by_depth[1:]:
        above = parent[level]
        before = np.cumsum(size[level]) - size[level]
        new = np.concatenate([[True], above[1:] != above[:-1]])
        base = before[np.flatnonzero(new)][np.cumsum(new) - 1]
        place[level] = place[above] + 1 + before - base
    return place


def ranges(start: Ints, count: Ints) -> Ints:
    """start[0], ..., start[0] + count[0] - 1, start[1], ... in one array."""
    return np.repeat(start - np.cumsum(count) + count, count) + np.arange(count.sum())


def _check_nodes(form: ExtensiveForm) -> None:
    parent, nodes = form.parent, form.nodes
    if not nodes or parent[0] != -1 or (parent[1:] < 0).any() or (parent >= np.arange(nodes)).any():
        raise InputError("extensive form: expected a root, node 0, and parents with smaller numbers than their children")
    if (preorder(parent, form.levels) != np.arange(nodes)).any():
        raise InputError("extensive form: expected nodes in preorder")
    children = np.bincount(parent[1:], minlength=nodes)
    if ((children == 0) != (form.mover == END)).any() or not np.isin(form.mover, (END, 0, 1, CHANCE)).all():
        raise InputError("extensive form: expected nodes without children to be ends, and a mover 0, 1 or 2 at the others")
    down = np.argsort(parent, kind="stable")[1:]  # siblings together
    sibling = np.arange(nodes - 1) - (np.cumsum(children) - children)[parent[down]]
    if (form.action[down] != sibling).any():
        raise InputError("extensive form: expected actions numbered from 0 in the order of the children")
    drawn = np.flatnonzero(form.mover[parent] == CHANCE)
    drawn = drawn[drawn > 0]
    total = np.bincount(parent[drawn], form.chance[drawn], nodes)[form.mover == CHANCE]
    if (form.chance[drawn] < 0).any() or (~np.isfinite(total) | (np.abs(total - 1) > SUM)).any():
        raise InputError("extensive form: expected chance's moves to have probabilities that sum to 1")
    if form.payoff.shape != (len(form.ends), 2) or not np.isfinite(form.payoff).all():
        raise InputError(f"extensive form: expected finite payoffs of two players at {len(form.ends)} ends")


def _check_sets(form: ExtensiveForm) -> None:
    sets = len(form.owner)
    at = form.infoset[form.deciding]
    if ((form.infoset >= 0) != np.isin(form.mover, (0, 1))).any() or (at >= sets).any():
        raise InputError("extensive form: expected an information set at the nodes where a player moves, and only there")
    if len(form.actions) != sets or (np.bincount(at, minlength=sets) == 0).any() or (np.diff(form.owner) < 0).any():
        raise InputError("extensive form: expected information sets with nodes, Alice's first, then Bob's")
    children = np.bincount(form.parent[1:], minlength=form.nodes)
    wrong = (form.owner[at] != form.mover[form.deciding]) | (form.actions[at] != children[form.deciding])
    if wrong.any():
        where = form.name_set(int(at[wrong.argmax()]))
        raise InputError(f"extensive form: expected one mover and one number of actions {where}")


def _check_recall(form: ExtensiveForm) -> None:
    at, mover = form.infoset[form.deciding], form.mover[form.deciding]
    last = np.where(mover == 0, form.last_choice[0][form.deciding], form.last_choice[1][form.deciding])
    common = np.zeros(len(form.owner), dtype=np.int64)
    common[at] = last
    wrong: NDArray[np.bool_] = common[at] != last
    if wrong.any():
        where = form.name_set(int(at[wrong.argmax()]))
        raise InputError(f"extensive form: expected perfect recall, but what its owner did before differs {where}")
