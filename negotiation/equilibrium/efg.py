"""Gambit's format for extensive forms, .efg, of two players: write a game tree or any extensive form, and read one back.

A file is a prologue, ``EFG 2 R "title" { "Alice" "Bob" } "comment"``, and a line for each node in preorder:

    c "node" number "name" { "action" probability ... } outcome "name" { payoff, payoff }
    p "node" player number "name" { "action" ... } outcome "name" { payoff, payoff }
    t "node" outcome "name" { payoff, payoff }

Numbers of information sets are each player's own (and chance's). Outcome 0 is none; outcomes may be attached to any node, and
payoffs add up along a path. What was described before may be left out when its number comes again: the reader accepts that, the
writer repeats every description, because some readers need it. Line ends are mere white space. Probabilities and payoffs are
integers, decimals or fractions. Source: the Gambit project's documentation, "The extensive game (.efg) file format"."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import NoReturn

import numpy as np

from negotiation.equilibrium.extensive_forms import END, ExtensiveForm, Labels
from negotiation.equilibrium.tree_forms import extensive_form
from negotiation.equilibrium.trees import CHANCE, GameTree
from negotiation.errors import InputError

TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([{},])|([^\s"{},]+))', re.DOTALL)
CLOSE = 1e-4  # probabilities that sum to 1 this closely are rounded ones, and scaled
SIMPLE = 10_000  # probabilities are written as fractions if denominators up to this give the same floats


# --- writing


def write_efg(game: GameTree | ExtensiveForm, path: str | PathLike[str]) -> None:
    """Write a game to ``path``. A tree's comment names the continuation. Floats are written so that they are read back exactly.

    Trembles are not written: the format has none. Raises CannotPlay for a tree whose continuation depends on beliefs."""
    form = extensive_form(game) if isinstance(game, GameTree) else game
    Path(path).write_text("".join(f"{line}\n" for line in _lines(form)), encoding="utf-8", newline="\n")


def _lines(form: ExtensiveForm) -> Iterator[str]:
    yield f"EFG 2 R {quoted(form.title)} {{ {' '.join(map(quoted, form.players))} }}"
    yield quoted(form.comment)
    yield ""
    mover = form.mover.tolist()
    sets = _set_descriptions(form)
    infoset = form.infoset.tolist()
    payoff = iter(form.payoff.tolist())
    lots = _chance_descriptions(form)
    ends = 0
    for node, who in enumerate(mover):
        if who == END:
            ends += 1
            alice, bob = next(payoff)
            yield f't "" {ends} "" {{ {_number(alice)}, {_number(bob)} }}'
        elif who == CHANCE:
            yield next(lots)
        else:
            yield sets[infoset[node]]


def _set_descriptions(form: ExtensiveForm) -> list[str]:
    known: dict[tuple[str, ...], str] = {}
    lines, count = [], [0, 0]
    for s, (player, actions) in enumerate(zip(form.owner.tolist(), form.actions.tolist(), strict=True)):
        count[player] += 1
        names = form.labels.actions[s] if form.labels else _numerals(actions)
        if names not in known:
            known[names] = " ".join(map(quoted, names))
        label = quoted(form.labels.sets[s]) if form.labels else '""'
        lines.append(f'p "" {player + 1} {count[player]} {label} {{ {known[names]} }} 0')
    return lines


def _chance_descriptions(form: ExtensiveForm) -> Iterator[str]:
    """A line for each node where chance moves, all of them information sets of their own."""
    drawn = np.flatnonzero((form.parent >= 0) & (form.mover[form.parent] == CHANCE))
    drawn = drawn[np.argsort(form.parent[drawn], kind="stable")]
    nodes, start = np.unique(form.parent[drawn], return_index=True)
    shares = np.split(form.chance[drawn], start[1:]) if len(nodes) else []
    for number, (node, probabilities) in enumerate(zip(nodes.tolist(), shares, strict=True), start=1):
        names = form.labels.chance[node] if form.labels else _numerals(len(probabilities))
        said = zip(map(quoted, names), _exact_shares(probabilities.tolist()), strict=True)
        yield f'c "" {number} "" {{ {" ".join(f"{name} {p}" for name, p in said)} }} 0'


def _numerals(actions: int) -> tuple[str, ...]:
    return tuple(str(a + 1) for a in range(actions))


def _number(x: float) -> str:
    """The shortest decimal that is read back as the same float."""
    return str(int(x)) if x.is_integer() and abs(x) < 1e15 else repr(x)


def _exact_shares(probabilities: Sequence[float]) -> list[str]:
    """Probabilities as numbers that sum to exactly 1, which Gambit insists on: as simple fractions if those are the same
    floats, else as decimals, the largest being 1 less the others: it is read back to within the rounding of the sum."""
    simple = [Fraction(p).limit_denominator(SIMPLE) for p in probabilities]
    if sum(simple) == 1 and [float(x) for x in simple] == list(probabilities):
        return [str(x) for x in simple]
    with localcontext() as context:
        context.prec = 1100  # all digits of any float
        exact = [Decimal(repr(p)) for p in probabilities]
        exact[probabilities.index(max(probabilities))] += 1 - sum(exact)
    return [f"{x:f}" for x in exact]


def quoted(text: str) -> str:
    """Text in quotes, with quotes and backslashes in it escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# --- reading


def read_efg(path: str | PathLike[str]) -> ExtensiveForm:
    """Read a game of two players and perfect recall. Information sets are numbered Alice's (the first player's) first, and as
    the file numbers them; names of nodes and outcomes are dropped.

    Raises InputError with the line and what was expected there; OSError where the file cannot be read."""
    return parse_efg(Path(path).read_text(encoding="utf-8"), str(path))


def parse_efg(text: str, name: str = "efg") -> ExtensiveForm:
    """What ``read_efg`` does, from the text itself; ``name`` is used in messages."""
    return _Reader(text, name).read()


@dataclass
class _Set:
    """An information set, or several chance nodes with one number, as first described."""

    name: str
    actions: tuple[str, ...]
    probabilities: tuple[float, ...]
    number: int


@dataclass
class _Outcome:
    payoff: tuple[float, float]


@dataclass
class _Reader:
    text: str
    name: str
    at: int = 0  # where in the text the token begins
    after: int = 0  # and where it ends
    token: str = ""
    kind: str = ""  # "text", "mark", "word", or "end"
    sets: dict[tuple[int, int], _Set] = field(default_factory=dict)
    outcomes: dict[int, _Outcome] = field(default_factory=dict)

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
        if self.kind != "word" or not self.token.isdecimal() or int(self.token) < least:
            self.fail(f"{what} (a whole number from {least})")
        number = int(self.token)
        self.advance()
        return number

    def read_number(self, what: str) -> float:
        number = float("nan")
        if self.kind == "word":
            try:
                number = float(Fraction(self.token)) if "/" in self.token else float(self.token)
            except (ValueError, ZeroDivisionError, OverflowError):
                number = float("nan")
        if not np.isfinite(number):
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
        start = self.at, self.after, self.token, self.kind
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
            self.at, self.after, self.token, self.kind = start
            self.fail(f"the same actions as where information set {key[1]} was first described")
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
        start = self.at, self.after, self.token, self.kind
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
            self.at, self.after, self.token, self.kind = start
            self.fail(f"probabilities that sum to 1, not {total:g}, after")
        if abs(total - 1) > 1e-12:
            probabilities = [p / total for p in probabilities]
        return tuple(names), tuple(probabilities)

    def outcome(self) -> tuple[float, float]:
        """The payoffs attached to a node, described here or before; (0, 0) for none."""
        start = self.at, self.after, self.token, self.kind
        number = self.read_whole("the outcome's number")
        described = self.kind == "text" or self.is_mark("{")
        if self.kind == "text":
            self.read_text("the outcome's name")
        if not described:
            if number and number not in self.outcomes:
                self.at, self.after, self.token, self.kind = start
                self.fail("the number of an outcome described before, or its name and payoffs after the number,")
            return self.outcomes[number].payoff if number else (0.0, 0.0)
        self.read_mark("{", "before the payoffs")
        payoff = []
        for _ in (0, 1):
            payoff.append(self.read_number("a payoff"))
            if self.is_mark(","):
                self.advance()
        self.read_mark("}", "after the two payoffs")
        if not number:
            return 0.0, 0.0
        known = self.outcomes.setdefault(number, _Outcome((payoff[0], payoff[1])))
        if known.payoff != (payoff[0], payoff[1]):
            self.at, self.after, self.token, self.kind = start
            self.fail(f"the same payoffs as where outcome {number} was first described:")
        return known.payoff
