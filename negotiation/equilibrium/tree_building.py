"""Building the game tree of a protocol: the protocol lists its offers and responses, and says what they settle.

A stage is built for all histories at once. Those with the same items open have the same offers and the same settlements, so
what an offer and a response bring about is asked once for each such group and copied to its histories."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.continuation import Continuation, Nothing
from negotiation.equilibrium.trees import CHANCE, Floats, GameTree, Ints, Layer
from negotiation.errors import CannotPlay, InputError
from negotiation.problem import Problem
from negotiation.protocol import Grid, Protocol
from negotiation.strategy import Situation
from negotiation.table import Offer, Reply, View

TREE_LIMIT = 20_000_000  # nodes of the extensive form
DEFAULT_NODES = 100_000
DEFAULT_STEPS = 10  # steps of the default grid in the largest surplus of a decision
TYPES_LIMIT = 4096


def game_tree(
    problem: Problem,
    protocol: Protocol,
    *,
    grid: Grid | tuple[float, float, float] | None = None,
    horizon: int | None = None,
    tremble: float = 0.0,
    continuation: Continuation | None = None,
    limit: int = TREE_LIMIT,
) -> GameTree:
    """The finite extensive form of ``protocol`` on ``problem``, all offers of a finite ``grid``, cut after ``horizon`` stages.

    ``grid`` is a Grid or (low, high, step), by default the protocol's, or ten steps to the largest surplus. ``horizon`` is by
    default the largest for which the tree has at most 100,000 nodes, and the protocol's own where that is less. What is not
    agreed by then is worth what ``continuation`` says: by default nothing. Raises CannotPlay where offers cannot be listed or
    the tree would have more than ``limit`` nodes, InputError for a bad grid, horizon or tremble."""
    if isinstance(tremble, bool | str) or not 0 <= tremble < 1:
        raise InputError(f"tremble: expected a probability in [0, 1), got {tremble!r}")
    protocol.check_problem(problem)
    if protocol.reopen and problem.null < 0:
        raise InputError(f"reopen: needs a null choice, worth 0 to all types; {problem.name} has none")
    protocol = replace(protocol, grid=default_tree_grid(problem, protocol, grid))
    types, prior = list_types(problem)
    most = protocol.stages(problem)
    if horizon is not None and (type(horizon) is not int or not 1 <= horizon <= most):
        raise InputError(f"horizon: expected a whole number of stages, from 1 to the protocol's {most}, got {horizon!r}")
    continuation = continuation or Nothing()
    build = _Build(problem, protocol, float(tremble), types)
    if continuation.by_belief and not np.allclose(prior, np.outer(prior.sum(axis=1), prior.sum(axis=0)), rtol=0, atol=1e-12):
        raise CannotPlay("continuation: values by belief need independent types, whose beliefs are public")
    pairs = int((prior > 0).sum())
    if horizon is None:
        horizon = 1
        while horizon < min(most, 64) and build.count(horizon + 1) * pairs <= DEFAULT_NODES:
            horizon += 1
    for stages in range(1, horizon + 1):  # the first that are too many are soon counted, all of them perhaps never
        nodes = build.count(stages) * pairs
        if nodes > limit:
            asked = f" ({horizon} were asked for)" if horizon > stages else ""
            raise CannotPlay(
                f"game tree: {stages} stage{'s' * (stages > 1)} of {protocol.name} make {nodes:,} nodes, more than {limit:,}"
                f"{asked}; take a shorter horizon, a coarser grid or fewer items"
            )
    build.grow(horizon)
    gain = [np.concatenate([g[i] for g in build.gain]) for i in (0, 1)]
    origin = np.full(build.histories, -1, dtype=np.int64)
    child = np.concatenate(build.child)
    leading = np.flatnonzero(child >= 0)
    origin[child[leading]] = leading
    return GameTree(
        problem=problem,
        protocol=protocol,
        horizon=horizon,
        tremble=float(tremble),
        continuation=continuation,
        types=types,
        prior=prior,
        layers=tuple(build.layers),
        child=child,
        origin=origin,
        gain=(gain[0], gain[1]),
        cut=np.concatenate([np.zeros(0, dtype=np.int64), *build.cut]),
    )


def list_types(problem: Problem) -> tuple[tuple[Ints, Ints], Floats]:
    """Each player's type vectors of positive probability (T_i, n), in lexicographic order, and their joint law (T_a, T_b)."""
    support = problem.prior.support()
    found = [np.unique(support.types[:, i], axis=0, return_inverse=True) for i in (0, 1)]
    types = (found[0][0], found[1][0])
    if max(map(len, types)) > TYPES_LIMIT:
        raise CannotPlay(f"game tree: {max(map(len, types))} type vectors of a player are more than {TYPES_LIMIT}")
    prior = np.zeros((len(types[0]), len(types[1])))
    np.add.at(prior, (found[0][1].ravel(), found[1][1].ravel()), support.probability)
    return types, prior / prior.sum()


def default_tree_grid(problem: Problem, protocol: Protocol, grid: Grid | tuple[float, float, float] | None = None) -> Grid:
    """The grid given, or the protocol's, or ten steps to the largest surplus of a decision."""
    if isinstance(grid, Grid):
        return grid
    if grid is not None:
        try:
            low, high, step = (float(g) for g in grid)
        except (TypeError, ValueError):
            raise InputError(f"grid: expected (low, high, step), got {grid!r}") from None
        return Grid(low, high, step)
    return protocol.grid or coarse_grid(problem, protocol)


def coarse_grid(problem: Problem, protocol: Protocol) -> Grid:
    """Multiples of a tenth of the largest surplus (an item's where items are offered one by one), over all that offers need."""
    fine = protocol.default_grid(problem)
    step = float(problem.item_surplus.max() if protocol.itemwise else problem.largest_surplus) / DEFAULT_STEPS
    return Grid(step * np.floor(fine.low / step + 1e-9), step * np.ceil(fine.high / step - 1e-9), step)


@dataclass
class _Moves:
    """What can happen at a stage where the items ``open`` are open and a player proposes: its offers, the responses to each
    (offers x responses, offer by offer), what they give each player's types (offers, responses, T_i) in utils of the stage, and
    what they leave open (offers x responses, n)."""

    offers: Offer
    replies: Reply
    weight: Floats
    gain: tuple[Floats, Floats]
    left: NDArray[np.bool_]
    accepted: NDArray[np.bool_]  # (offers, responses): where a second phase follows


@dataclass
class _Build:
    problem: Problem
    protocol: Protocol
    tremble: float
    types: tuple[Ints, Ints]
    layers: list[Layer] = field(default_factory=list)
    child: list[Ints] = field(default_factory=list)
    gain: list[tuple[Floats, Floats]] = field(default_factory=list)
    cut: list[Ints] = field(default_factory=list)
    histories: int = 0
    edges: int = 0
    known: dict[tuple[int, bytes], _Moves] = field(default_factory=dict)
    sizes: dict[tuple[int, bytes, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.situations = [Situation(self.problem, self.protocol, i, self.tremble) for i in (0, 1)]

    # --- what can happen

    def view(self, player: int, opened: NDArray[np.bool_], rows: int = 1) -> View:
        """What a player sees where these items are open; its own types do not matter here."""
        situation, n = self.situations[player], self.problem.n
        types, none = np.zeros((rows, n), dtype=np.int64), np.zeros((rows, 0))
        cells = situation.lookup.cells(player, types)
        stage = np.zeros(rows, dtype=np.int32)
        keys = np.zeros(rows, dtype=np.uint64)
        return View(situation, player, stage, types, cells, np.tile(opened, (rows, 1)), none, none, keys, keys)

    def moves(self, proposer: int, opened: NDArray[np.bool_]) -> _Moves:
        key = (proposer, opened.tobytes())
        if key not in self.known:
            me, you = self.view(proposer, opened), self.view(1 - proposer, opened)
            offers = self.protocol.every_offer(me)
            self.known[key] = self._answered(proposer, opened, offers, you, 0)
        return self.known[key]

    def _answered(self, proposer: int, opened: NDArray[np.bool_], offers: Offer, you: View, phase: int) -> _Moves:
        """The offers with all responses to them."""
        answers = [self.protocol.every_reply(you, offers.at(slice(a, a + 1)), phase) for a in range(len(offers.p))]
        replies = Reply(*(np.concatenate(part) for part in zip(*(reply for reply, _ in answers), strict=True)))
        weight, count = answers[0][1], len(answers[0][1])
        rows = len(offers.p) * count
        repeated = offers.at(np.repeat(np.arange(len(offers.p)), count))
        left = np.tile(opened, (rows, 1))
        gain = [np.zeros((rows, len(t))) for t in self.types]
        followed = phase == 0 and self.protocol.phases > 1
        if not followed:
            sees = self.view(proposer, opened, rows)
            decided, x, transfer = self.protocol.settlement(sees, repeated, replies)
            if not self.protocol.itemwise:
                decided = decided & replies.accept[:, :1]
                transfer = np.where(replies.accept[:, 0], transfer, 0.0)
            transfer = transfer.sum(axis=1) if transfer.ndim == 2 else transfer
            decided = decided & opened & (x != self.problem.null if self.protocol.reopen else True)
            left = left & ~decided
            for i, sign in ((0, 1.0), (1, -1.0)):
                gain[i] += sign * transfer[:, None]
                for k in range(self.problem.n):
                    table = self.problem.utility[i][self.problem.classes[k]][:, self.types[i][:, k]]
                    gain[i] += np.where(decided[:, k, None], table[x[:, k]], 0.0)
        shaped = (len(offers.p), count)
        accepted = np.asarray(replies.accept.any(axis=1).reshape(shaped) & followed)
        return _Moves(offers, replies, weight, (gain[0].reshape(*shaped, -1), gain[1].reshape(*shaped, -1)), left, accepted)

    def proposers(self, stage: int) -> list[tuple[int, float]]:
        """Who may propose at a stage, with what probability."""
        order, chance = self.protocol.order, self.protocol.recognition
        if order == "random":
            return [(0, chance), (1, 1 - chance)]
        return [({"alternating": stage % 2, "alice": 0, "bob": 1}[order], 1.0)]

    # --- how many

    def count(self, horizon: int) -> int:
        """The number of histories and ends of the tree with this horizon."""
        return self._count(0, np.ones(self.problem.n, dtype=bool), horizon)

    def _count(self, stage: int, opened: NDArray[np.bool_], horizon: int) -> int:
        if not opened.any() or stage >= horizon:
            return 1
        key = (stage % 2, opened.tobytes(), horizon - stage)
        if key not in self.sizes:
            proposers = self.proposers(stage)
            total = int(len(proposers) > 1)
            for proposer, _ in proposers:
                moves = self.moves(proposer, opened)
                total += 1 + len(moves.offers.p)
                rest, many = np.unique(moves.left[~moves.accepted.ravel()], axis=0, return_counts=True)
                total += sum(int(m) * self._count(stage + 1, row, horizon) for row, m in zip(rest, many, strict=True))
                total += self._second_size(proposer, opened, moves)
            self.sizes[key] = total
        return self.sizes[key]

    def _second_size(self, proposer: int, opened: NDArray[np.bool_], moves: _Moves) -> int:
        """Histories and ends after the accepted offers of a protocol with a second phase."""
        if not moves.accepted.any():
            return 0
        picks = len(self.problem.choices) ** self.problem.n + 1
        me = self.view(proposer, opened)
        return sum(
            1 + len(self.protocol.every_offer(me, 1, moves.offers.at(slice(a, a + 1))).p) * (1 + picks)
            for a in np.flatnonzero(moves.accepted.any(axis=1))
        )

    # --- growing

    def grow(self, horizon: int) -> None:
        """Add all layers. ``waiting`` holds, by what is open, where in ``child`` the histories of the next stage are due."""
        start = np.ones(self.problem.n, dtype=bool)
        waiting: dict[bytes, list[tuple[int, Ints]]] = {start.tobytes(): []}
        for stage in range(horizon):
            following: dict[bytes, list[tuple[int, Ints]]] = {}
            for key in sorted(waiting, reverse=True):
                opened = np.frombuffer(key, dtype=bool)
                due = waiting[key]
                count = sum(len(edges) for _, edges in due) if stage else 1
                proposers = self.proposers(stage)
                if len(proposers) > 1:
                    layer = self._add(
                        CHANCE, stage, 0, "chance", count, None, np.zeros(count, dtype=int), len(proposers), due, opened
                    )
                    self.layers[-1] = replace(layer, weight=np.array([p for _, p in proposers]))
                    number = len(self.child) - 1
                    ways = np.arange(count)[:, None] * len(proposers) + np.arange(len(proposers))
                    for way, (proposer, _) in enumerate(proposers):
                        self._stage(proposer, stage, opened, count, [(number, ways[:, way])], following)
                else:
                    self._stage(proposers[0][0], stage, opened, count, due, following)
            waiting = following
        base = np.cumsum([0, *(len(c) for c in self.child)])
        self.cut = [base[number] + edges for due in waiting.values() for number, edges in due]

    def _stage(
        self,
        proposer: int,
        stage: int,
        opened: NDArray[np.bool_],
        count: int,
        due: list[tuple[int, Ints]],
        following: dict[bytes, list[tuple[int, Ints]]],
    ) -> None:
        """The offers and responses of a stage at ``count`` histories at which the same items are open."""
        moves = self.moves(proposer, opened)
        offers = len(moves.offers.p)
        self._add(proposer, stage, 0, "offer", count, moves.offers, np.zeros(count, dtype=np.int32), offers, due, opened)
        every = np.arange(count * offers)
        block = every % offers
        self._add(
            1 - proposer, stage, 0, "reply", len(every), moves.replies, block, len(moves.weight), [(-1, every)], opened, moves
        )
        number, replies = len(self.child) - 1, len(moves.weight)
        pattern, inverse = np.unique(moves.left, axis=0, return_inverse=True)
        inverse = inverse.ravel()
        goes_on = ~moves.accepted.ravel()
        for which, left in enumerate(pattern):
            if not left.any():
                continue
            local = np.flatnonzero((inverse == which) & goes_on)  # offer by offer
            edges = (np.arange(count)[:, None] * (offers * replies) + local).ravel()
            following.setdefault(left.tobytes(), []).append((number, edges))
        if moves.accepted.any():
            self._second_phase(proposer, stage, opened, count, moves, number)

    def _second_phase(
        self, proposer: int, stage: int, opened: NDArray[np.bool_], count: int, moves: _Moves, number: int
    ) -> None:
        """Announcements and picks after accepted offers, those with equally many announcements together."""
        me, you = self.view(proposer, opened), self.view(1 - proposer, opened)
        offers, replies = moves.accepted.shape
        said = {
            int(a): self.protocol.every_offer(me, 1, moves.offers.at(slice(a, a + 1)))
            for a in np.flatnonzero(moves.accepted.any(axis=1))
        }
        for size in sorted({len(s.p) for s in said.values()}):
            which = [a for a in said if len(said[a].p) == size]
            local = np.concatenate([a * replies + np.flatnonzero(moves.accepted[a]) for a in which])
            owner = np.concatenate([np.full(int(moves.accepted[a].sum()), b) for b, a in enumerate(which)])
            edges = (np.arange(count)[:, None] * (offers * replies) + local).ravel()
            block = np.tile(owner, count)
            listed = Offer(*(np.concatenate(part) for part in zip(*(said[a] for a in which), strict=True)))
            self._add(proposer, stage, 1, "offer", len(edges), listed, block, size, [(number, edges)], opened)
            answered = self._answered(proposer, opened, listed, you, 1)
            every = np.arange(len(edges) * size)
            place = np.repeat(block, size) * size + every % size
            self._add(
                1 - proposer,
                stage,
                1,
                "reply",
                len(every),
                answered.replies,
                place,
                len(answered.weight),
                [(-1, every)],
                opened,
                answered,
            )

    def _add(
        self,
        player: int,
        stage: int,
        phase: int,
        kind: str,
        count: int,
        listed: Offer | Reply | None,
        block: Ints,
        actions: int,
        due: list[tuple[int, Ints]],
        opened: NDArray[np.bool_],
        moves: _Moves | None = None,
    ) -> Layer:
        """Add a layer; ``due`` says where its histories follow: (number of the layer, or -1 for the last; edges within it)."""
        first = self.histories
        for number, edges in due:
            self.child[number][edges] = np.arange(first, first + len(edges))
            first += len(edges)
        tremble = 0.0 if player == CHANCE else self.protocol.late_tremble(self.tremble) if phase else self.tremble
        weight = np.full(actions, 1 / actions) if moves is None else moves.weight
        layer = Layer(
            player, stage, phase, kind, self.histories, count, actions, self.edges, opened, listed, block, tremble, weight
        )
        powers = [d**stage for d in self.problem.discount]
        if moves is None:
            gain = [np.zeros((count * actions, len(t))) for t in self.types]
        else:
            gain = [powers[i] * moves.gain[i][block % len(moves.gain[i])].reshape(count * actions, -1) for i in (0, 1)]
        self.layers.append(layer)
        self.child.append(np.full(count * actions, -1, dtype=np.int32))
        self.gain.append((gain[0], gain[1]))
        self.histories += count
        self.edges += count * actions
        return layer
