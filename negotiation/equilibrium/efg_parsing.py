"""Parsing .efg files (see ``efg``): tokens, then nodes in preorder, with a stack of those that still lack children."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from typing import NoReturn

import numpy as np

from negotiation.equilibrium.extensive_forms import END, ExtensiveForm, Labels
from negotiation.equilibrium.trees import CHANCE
from negotiation.errors import InputError

TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([{},])|([^\s"{},]+))', re.DOTALL)
CLOSE = 1e-4  # probabilities that sum to 1 this closely are rounded ones, and scaled
DIGITS = 15  # of a whole number, at most


def parse_efg(text: str, name: str = "efg") -> ExtensiveForm:
    """What ``read_efg`` does, from the text itself; ``name`` is used in messages."""
    return _Reader(text, name).read()


def quoted(text: str) -> str:
    """Text in quotes, with quotes and backslashes in it escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass
class _Set:
    """An information set, or several chance nodes with one number, as first described."""

    name: str
    actions: tuple[str, ...]
    probabilities: tuple[float, ...]
    number: int


@dataclass
class _Reader:
    text: str
    name: str
    at: int = 0  # where in the text the token begins
    after: int = 0  # and where it ends
    token: str = ""
    kind: str = ""  # "text", "mark", "word", or "end"
    sets: dict[tuple[int, int], _Set] = field(default_factory=dict)
    outcomes: dict[int, tuple[float, float]] = field(default_factory=dict)

    # --- tokens

    def advance(self) -> None:
        found = TOKEN.match(self.text, self.after)
        if found is None:
            rest = self.text[self.after :]
            self.at = self.after + len(rest) - len(rest.lstrip())
            if rest.strip():
                self.fail("a closing quote")
            self.token, self.kind = "", "end"
            return
        group = found.lastindex or 0
        self.at, self.after = found.start(group), found.end()
        self.token, self.kind = found[group], ("", "text", "mark", "word")[group]

    def fail(self, expected: str) -> NoReturn:
        """Raise InputError: what was expected at the token."""
        line = self.text.count("\n", 0, self.at) + 1
        got = {"text": quoted(self.token), "end": "the end of the file"}.get(self.kind, self.token)
        got = got if len(got) <= 40 else got[:37] + "..."
        raise InputError(f"{self.name}, line {line}: expected {expected}, got {got}")

    @property
    def place(self) -> tuple[int, int, str, str]:
        return self.at, self.after, self.token, self.kind

    def fail_at(self, place: tuple[int, int, str, str], expected: str) -> NoReturn:
        """Raise InputError about an earlier token."""
        self.at, self.after, self.token, self.kind = place
        self.fail(expected)

    def read_text(self, what: str) -> str:
        if self.kind != "text":
            self.fail(f"{what} in quotes")
        text = self.token
        self.advance()
        if "\\" not in text:
            return text
        return re.sub(r"\\(.)", lambda m: m[1] if m[1] in '"\\' else m[0], text, flags=re.DOTALL)

    def read_mark(self, mark: str, where: str) -> None:
        if self.kind != "mark" or self.token != mark:
            self.fail(f"{mark} {where}")
        self.advance()

    def is_mark(self, mark: str) -> bool:
        return self.kind == "mark" and self.token == mark

    def read_whole(self, what: str, least: int = 0) -> int:
        if self.kind != "word" or not self.token.isdecimal() or len(self.token) > DIGITS or int(self.token) < least:
            self.fail(f"{what} (a whole number from {least})")
        number = int(self.token)
        self.advance()
        return number

    def read_number(self, what: str) -> float:
        number = float("nan")
        if self.kind == "word" and "_" not in self.token:
            with suppress(ValueError, ZeroDivisionError, OverflowError):
                number = float(Fraction(self.token)) if "/" in self.token else float(self.token)
        if not isfinite(number):
            self.fail(f"{what} (a number)")
        self.advance()
        return number

    # --- the file

    def read(self) -> ExtensiveForm:
        self.advance()
        for word, what in (("EFG", "EFG, the mark of an extensive form"), ("2", "version 2"), (("R", "D"), "R or D")):
            if self.kind != "word" or self.token not in word:
                self.fail(what)
            self.advance()
        title = self.read_text("a title")
        self.read_mark("{", "before the players' names")
        players = []
        while self.kind == "text":
            players.append(self.read_text("a player's name"))
        if len(players) != 2:
            self.fail(f"two players' names in quotes, not {len(players)}")
        self.read_mark("}", "after the two players' names")
        comment = self.read_text("a comment") if self.kind == "text" else ""
        return self.nodes(title, comment, (players[0], players[1]))

    def nodes(self, title: str, comment: str, players: tuple[str, str]) -> ExtensiveForm:
        """All node lines. ``due`` holds what is left of each open node: (node, next action, actions, payoffs so far)."""
        parent: list[int] = []
        action: list[int] = []
        mover: list[int] = []
        chance: list[float] = []
        key: list[tuple[int, int]] = []
        payoff: list[tuple[float, float]] = []
        due: list[list[int]] = []
        so_far: list[tuple[float, float]] = []
        lots: dict[int, _Set] = {}
        readers: dict[str, Callable[[], tuple[int, tuple[int, int], _Set | None]]]
        readers = {"c": self.chance_node, "p": self.personal_node, "t": self.terminal_node}
        while due or not parent:
            if self.kind != "word" or self.token not in readers:
                missing = f" ({len(due)} nodes still lack children)" if self.kind == "end" and due else ""
                self.fail(f"a node: c, p or t{missing}")
            read = readers[self.token]
            self.advance()
            self.read_text("the node's name")
            who, which, described = read()
            gained = self.outcome()
            node = len(parent)
            if due:
                above, number, _ = due[-1]
                parent.append(above)
                action.append(number)
                chance.append(lots[above].probabilities[number] if above in lots else 1.0)
                gained = (so_far[-1][0] + gained[0], so_far[-1][1] + gained[1])
                due[-1][1] += 1
            else:
                parent.append(-1)
                action.append(-1)
                chance.append(1.0)
            mover.append(who)
            key.append(which)
            if described is None:
                payoff.append(gained)
            else:
                due.append([node, 0, len(described.actions)])
                so_far.append(gained)
                if who == CHANCE:
                    lots[node] = described
            while due and due[-1][1] == due[-1][2]:
                due.pop()
                so_far.pop()
        if self.kind != "end":
            self.fail("the end of the file: all nodes have their children")
        order = sorted(k for k in self.sets if k[0] != CHANCE)
        rank = {k: number for number, k in enumerate(order)}
        owned = [self.sets[k] for k in order]
        labels = Labels([s.name for s in owned], [s.actions for s in owned], {node: s.actions for node, s in lots.items()})
        try:
            return ExtensiveForm(
                parent=np.array(parent),
                action=np.array(action),
                mover=np.array(mover),
                infoset=np.array([rank.get(k, -1) for k in key]),
                chance=np.array(chance),
                payoff=np.array(payoff),
                owner=np.array([player for player, _ in order], dtype=np.int64),
                actions=np.array([len(s.actions) for s in owned], dtype=np.int64),
                title=title,
                comment=comment,
                players=players,
                labels=labels,
            )
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from None

    # --- a node: who moves, the key of its information set, and that set; no set where it is an end

    def chance_node(self) -> tuple[int, tuple[int, int], _Set | None]:
        key = (CHANCE, self.read_whole("the number of chance's information set", 1))
        return CHANCE, key, self.described(key, self.lottery)

    def personal_node(self) -> tuple[int, tuple[int, int], _Set | None]:
        if self.kind != "word" or self.token not in ("1", "2"):
            self.fail("the player's number, 1 or 2")
        player = int(self.token) - 1
        self.advance()
        key = (player, self.read_whole("the information set's number", 1))
        return player, key, self.described(key, self.actions)

    def terminal_node(self) -> tuple[int, tuple[int, int], _Set | None]:
        return END, (END, 0), None

    def described(self, key: tuple[int, int], read: Callable[[], tuple[tuple[str, ...], tuple[float, ...]]]) -> _Set:
        """The information set of a key, described here (name and actions, either may be missing) or before."""
        start = self.place
        name = self.read_text("a name") if self.kind == "text" else ""
        known = self.sets.get(key)
        if not self.is_mark("{"):
            if known is None:
                self.fail("{ and the actions of an information set that was not described before")
            return known
        actions, probabilities = read()
        if known is None:
            known = self.sets[key] = _Set(name, actions, probabilities, key[1])
        elif actions != known.actions or probabilities != known.probabilities:
            self.fail_at(start, f"the same actions as where information set {key[1]} was first described")
        return known

    def actions(self) -> tuple[tuple[str, ...], tuple[float, ...]]:
        self.advance()
        names = []
        while self.kind == "text":
            names.append(self.read_text("an action's name"))
        if not names:
            self.fail("an action's name in quotes")
        self.read_mark("}", "or another action's name in quotes")
        return tuple(names), ()

    def lottery(self) -> tuple[tuple[str, ...], tuple[float, ...]]:
        start = self.place
        self.advance()
        names, probabilities = [], []
        while self.kind == "text":
            names.append(self.read_text("an action's name"))
            if self.kind == "word" and self.token.startswith("-"):
                self.fail("a probability (at least 0)")
            probabilities.append(self.read_number("a probability"))
        if not names:
            self.fail("an action's name in quotes")
        self.read_mark("}", "or another action's name in quotes")
        total = sum(probabilities)
        if abs(total - 1) > CLOSE:
            self.fail_at(start, f"probabilities that sum to 1, not {total:g}, after")
        if abs(total - 1) > 1e-12:
            probabilities = [p / total for p in probabilities]
        return tuple(names), tuple(probabilities)

    def outcome(self) -> tuple[float, float]:
        """The payoffs attached to a node, described here or before; (0, 0) for none."""
        start = self.place
        number = self.read_whole("the outcome's number")
        described = self.kind == "text" or self.is_mark("{")
        if self.kind == "text":
            self.read_text("the outcome's name")
        if not described:
            if number and number not in self.outcomes:
                self.at, self.after, self.token, self.kind = start
                self.fail("the number of an outcome described before, or its name and payoffs after the number,")
            return self.outcomes[number] if number else (0.0, 0.0)
        self.read_mark("{", "before the payoffs")
        payoff = []
        for _ in (0, 1):
            payoff.append(self.read_number("a payoff"))
            if self.is_mark(","):
                self.advance()
        self.read_mark("}", "after the two payoffs")
        if not number:
            return 0.0, 0.0
        known = self.outcomes.setdefault(number, (payoff[0], payoff[1]))
        if known != (payoff[0], payoff[1]):
            self.fail_at(start, f"the same payoffs as where outcome {number} was first described:")
        return known
