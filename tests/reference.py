"""A second, slow implementation of the rules, one negotiation at a time in plain Python, to test the fast one against.

Written from Sections 3.2-3.4 of Jackson, Sonnenschein and Xing, *A Theory of Efficient Negotiations*, and from the definition
of the four losses; it imports nothing of the package. Utilities are nested lists utility[player][class][choice][type]."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

ALICE, BOB = 0, 1


@dataclass
class World:
    """A negotiation problem: utility[player][class][choice][type], a class for each item, the discount factors."""

    utility: Sequence[Any]
    classes: Sequence[int]
    discount: tuple[float, float]

    @property
    def n(self) -> int:
        return len(self.classes)

    @property
    def choices(self) -> range:
        return range(len(self.utility[0][0]))

    def u(self, player: int, item: int, x: int, theta: int) -> float:
        return float(self.utility[player][self.classes[item]][x][theta])

    def surplus(self, item: int, a: int, b: int) -> float:
        """S(theta_ak, theta_bk) = max over x of u_a + u_b (Section 3.2)."""
        return max(self.u(ALICE, item, x, a) + self.u(BOB, item, x, b) for x in self.choices)

    def total(self, a: Sequence[int], b: Sequence[int]) -> float:
        return sum(self.surplus(k, a[k], b[k]) for k in range(self.n))

    @property
    def null(self) -> int | None:
        """The first choice that is worth nothing to any type of either player in any class."""
        for x in self.choices:
            if all(value == 0 for player in self.utility for table in player for value in table[x]):
                return x
        return None


@dataclass
class Script:
    """What a player does the first, second, ... time it is asked for an offer and for a response."""

    offers: list[Any] = field(default_factory=list)
    replies: list[Any] = field(default_factory=list)
    offered: int = 0
    replied: int = 0

    def offer(self) -> Any:
        self.offered += 1
        return self.offers[self.offered - 1]

    def reply(self) -> Any:
        self.replied += 1
        return self.replies[self.replied - 1]


@dataclass
class Result:
    payoff: list[float]
    stage: int
    choice: list[int]
    when: list[int]
    wrong: float = 0.0
    missed: float = 0.0
    delay: float = 0.0
    transfer_wedge: float = 0.0
    transfer: float = 0.0
    first_best: float = 0.0


@dataclass(frozen=True)
class Prices:
    """A price map p: X^n -> R (Section 3.3.2) in one of three forms; closed items count as left at the null choice."""

    form: str
    numbers: tuple[float, ...]

    def of(self, world: World, x: Sequence[int], still_open: Sequence[int]) -> float:
        m, null = len(world.choices), world.null
        if self.form == "additive":
            return self.numbers[0] + sum(self.numbers[1 + k * m + x[k]] for k in still_open)
        if self.form == "number":
            return self.numbers[sum(x[k] != null for k in still_open)]
        index = 0
        for k in range(world.n):
            index = index * m + (x[k] if k in still_open else null)
        return self.numbers[index]


def play(
    world: World,
    protocol: str,
    types: tuple[Sequence[int], Sequence[int]],
    scripts: tuple[Script, Script],
    *,
    horizon: int,
    order: str = "alternating",
    reopen: bool = False,
) -> Result:
    """One negotiation: offers and responses from the scripts, at most ``horizon`` stages."""
    result = Result([0.0, 0.0], -1, [-1] * world.n, [-1] * world.n)
    for k in range(world.n):
        result.first_best += world.surplus(k, types[0][k], types[1][k])
    still_open = list(range(world.n))
    for t in range(horizon):
        i = {"alternating": t % 2, "alice": ALICE, "bob": BOB}[order]
        agreed, transfer, over = _stage(world, protocol, i, scripts[i], scripts[1 - i], still_open)
        now = [d**t for d in world.discount]
        result.payoff[ALICE] += now[ALICE] * transfer
        result.payoff[BOB] -= now[BOB] * transfer
        result.transfer += transfer
        result.transfer_wedge += (now[BOB] - now[ALICE]) * transfer
        if transfer:  # an agreement, be it only on a payment
            result.stage = t
        for k, x in agreed.items():
            if reopen and x == world.null:
                continue
            still_open.remove(k)
            result.choice[k], result.when[k], result.stage = x, t, t
            ua, ub = world.u(ALICE, k, x, types[0][k]), world.u(BOB, k, x, types[1][k])
            result.payoff[ALICE] += now[ALICE] * ua
            result.payoff[BOB] += now[BOB] * ub
            lost = world.surplus(k, types[0][k], types[1][k]) - (ua + ub)
            if x == world.null:
                result.missed += lost
            else:
                result.wrong += lost
            result.delay += (1 - now[ALICE]) * ua + (1 - now[BOB]) * ub
        if over or not still_open:
            break
    for k in still_open:
        result.missed += world.surplus(k, types[0][k], types[1][k])
    return result


def _stage(
    world: World, protocol: str, i: int, proposer: Script, responder: Script, still_open: list[int]
) -> tuple[dict[int, int], float, bool]:
    """(the choices agreed, the transfer from Bob to Alice, whether the game is over)."""
    offer = proposer.offer()
    if protocol == "item-by-item":  # 3.3.1: any subset of the open items is accepted
        (x, p), accept = offer, responder.reply()
        taken = [k for k in still_open if accept[k]]
        return {k: x[k] for k in taken}, sum(p[k] for k in taken), False
    accept, x = responder.reply()
    if not accept:
        return {}, 0.0, False
    if protocol == "combinatorial":  # 3.3.2: the responder picks x and p(x) is paid
        return {k: x[k] for k in still_open}, offer.of(world, x, still_open), False
    if protocol == "share-demanding":  # 3.3.3: the responder delivers v at the announced values
        announced, v = offer
        return {k: x[k] for k in still_open}, _delivered(world, i, announced, v, x, still_open), False
    announced, v = proposer.offer()  # 3.3.4, Phase 2: announce types of the quoted frequency
    counts, demanded = offer
    assert v == demanded
    for c in set(world.classes):
        mine = [announced[k] for k in range(world.n) if world.classes[k] == c]
        assert {t: mine.count(t) for t in set(mine)} == {t: m for t, m in counts[c].items() if m}
    yes, x = responder.reply()
    if not yes:
        return {}, 0.0, True
    return dict(enumerate(x)), _delivered(world, i, announced, v, x, still_open), True


def _delivered(world: World, i: int, announced: Sequence[int], v: float, x: Sequence[int], still_open: Sequence[int]) -> float:
    """p = v - sum u_a(x_k, announced) for Alice's demand, sum u_b(x_k, announced) - v for Bob's."""
    owed = v - sum(world.u(i, k, x[k], announced[k]) for k in still_open)
    return owed if i == ALICE else -owed


# --- Rubinstein's demand by brute force


def rubinstein(discount: tuple[float, float]) -> tuple[list[float], list[float], list[float]]:
    """For each player: its share as proposer, its share as responder, and the present value to a proposer of being refused,
    with a pie of 1 and alternating offers (Theorem 1: (1 - db) / (1 - da db) for Alice when she opens)."""
    da, db = discount
    proposes = [(1 - db) / (1 - da * db), (1 - da) / (1 - da * db)]
    answers = [1 - proposes[BOB], 1 - proposes[ALICE]]
    return proposes, answers, [discount[i] * answers[i] for i in (ALICE, BOB)]


def demand_worth(world: World, support: Sequence[Any], player: int, own: Sequence[int], v: float) -> float:
    """J(v) = v P(accepted | own types) + discounted continuation, the responder accepting what leaves her at least her
    discounted Rubinstein share of the surplus, which a truthful offer shows her; by listing all types."""
    _, answers, waiting = rubinstein(world.discount)
    other = 1 - player
    mass = worth = 0.0
    scale = max(1.0, abs(v))
    for types, probability in support:
        if tuple(types[player]) != tuple(own):
            continue
        s = world.total(types[0], types[1])
        accepted = s - v >= answers[other] * s - 1e-9 * scale
        worth += probability * (v if accepted else waiting[player] * s)
        mass += probability
    return worth / mass


def demands(world: World, support: Sequence[Any], player: int, own: Sequence[int]) -> list[float]:
    """The demands worth considering: the most that the responder accepts at each possible surplus."""
    proposes, _, _ = rubinstein(world.discount)
    rows = [types for types, _ in support if tuple(types[player]) == tuple(own)]
    return sorted({proposes[player] * world.total(*types) for types in rows})


def item_worth(world: World, support: Sequence[Any], player: int, k: int, own: int, x: int, v: float) -> float:
    """J of offering choice x of item k at a payoff v for oneself: the responder, who does not see the surplus of the item,
    accepts at her discounted Rubinstein share of what she expects of it given her own type of it."""
    _, answers, waiting = rubinstein(world.discount)
    other = 1 - player
    joint: dict[tuple[int, int], float] = {}
    for types, probability in support:
        key = types[player][k], types[other][k]
        joint[key] = joint.get(key, 0.0) + probability

    def s(mine: int, theirs: int) -> float:
        return world.surplus(k, mine, theirs) if player == ALICE else world.surplus(k, theirs, mine)

    mass = worth = 0.0
    for (mine, theirs), probability in joint.items():
        if mine != own:
            continue
        others = [(m, p) for (m, h), p in joint.items() if h == theirs]
        expected = sum(p * s(m, theirs) for m, p in others) / sum(p for _, p in others)
        left = world.u(player, k, x, own) + world.u(other, k, x, theirs) - v
        accepted = left >= answers[other] * expected - 1e-9
        worth += probability * (v if accepted else waiting[player] * s(own, theirs))
        mass += probability
    return worth / mass


def all_decisions(world: World) -> list[tuple[int, ...]]:
    return list(itertools.product(world.choices, repeat=world.n))
