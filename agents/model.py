"""A society of negotiators on a graph, as a Mesa model.

The nodes of a networkx graph are agents, its edges say who may negotiate with whom. In each round agents are matched in pairs
along edges, and every pair draws new types and negotiates; one Mesa step is one stage of every pair still at it, and a round
lasts until all its pairs are over. Negotiations are numbered through all rounds, in the order of the pairs of each matching.
Types, trembles and the players' own draws depend on the seed and that number alone, matchings on the model's own stream alone:
the first N negotiations are, to the bit, those of ``simulate(..., negotiations=N, seed=model.negotiation_seed)``.

Graphs, matchings and who sits as Alice: ``agents.society``. A node attribute ``strategy`` overrides the model's."""

from collections.abc import Sequence
from typing import Any

import mesa
import networkx as nx
import numpy as np
from mesa.agent import AgentSet
from mesa.datacollection import DataCollector
from numpy.typing import NDArray

from agents.negotiator import Finished, NegotiatingTable, Negotiator
from agents.society import Society, whole
from negotiation.errors import InputError
from negotiation.outcomes import Outcomes
from negotiation.play import Session
from negotiation.problem import Problem, exchange
from negotiation.protocol import Protocol
from negotiation.registry import find
from negotiation.strategy import Strategy
from negotiation.streams import TYPES, keys
from negotiation.table import COLUMNS, FIRST_BEST, PAY_ALICE, PAY_BOB

REPORTED = ("round", "active_pairs", "agreement_rate", "efficiency", "mean_payoff_alice", "mean_payoff_bob")


class NegotiationModel(mesa.Model):
    """A society that negotiates in rounds. Every argument has a default; names and numbers do, as in Mesa's ``batch_run``:

    - ``problem``: by default rugs, ``exchange(items, discount=discount)`` with 4 items and a discount factor of 0.9.
    - ``protocol``, ``strategy``: an object, or a name that ``negotiation list`` shows; strategies may be one for each node.
    - ``tremble``: the total probability of a tremble at each decision.
    - ``graph``, ``agents``, ``matching``: see ``agents.society``; ``rounds``: how many.
    - ``rng``: a whole number, a SeedSequence or a Generator; None takes one from the system. A whole number is the
      ``negotiation_seed`` too. Runs with the same one are the same run: vary it from one to the next.
    - ``agent_class``: a subclass of Negotiator. ``step_limit``: end after so many steps at the latest.
    - ``report_agents``: collect each agent's payoff at every step too.

    Raises InputError and CannotPlay for what does not fit, RuleBroken for moves that the protocol does not allow."""

    def __init__(
        self,
        problem: Problem | None = None,
        protocol: str | Protocol = "share-demanding",
        strategy: str | Strategy | Sequence[str | Strategy] = "rubinstein-demand",
        *,
        items: int | None = None,
        discount: float | tuple[float, float] | None = None,
        tremble: float = 0.0,
        graph: "str | nx.Graph" = "complete",
        agents: int | None = None,
        matching: str = "random",
        rounds: int = 1,
        agent_class: type[Negotiator] = Negotiator,
        step_limit: int | None = None,
        report_agents: bool = False,
        rng: Any = None,
    ) -> None:
        rng = int(rng) if isinstance(rng, np.integer) else rng
        if rng is not None and not isinstance(rng, np.random.SeedSequence | np.random.Generator):
            whole("rng", rng, 0)
        self.rounds, self.step_limit = whole("rounds", rounds), None if step_limit is None else whole("step_limit", step_limit)
        if not agent_class.negotiates and step_limit is None:
            raise InputError(f"step_limit: {agent_class.__name__} agents never finish, say after how many steps to end")
        if problem is None:
            pair = discount if isinstance(discount, tuple) else (0.9 if discount is None else discount,) * 2
            problem = exchange(4 if items is None else whole("items", items), discount=pair)
        elif items is not None or discount is not None:
            raise InputError("problem: it has its own items and discount factors, leave those arguments out")
        super().__init__(rng=rng)
        self.negotiation_seed = self._negotiation_seed(rng)
        self.problem, self.tremble = problem, tremble
        self.protocol: Protocol = named("protocol", protocol, {})
        self.running, self.tables = True, list[NegotiatingTable]()
        self.society = Society(graph, agents, matching, self.rng)

        nodes = self.society.nodes
        n = len(nodes)
        agent_class.create_agents(self, n, list(range(n)), nodes, self._strategies(strategy))
        self.members: list[Negotiator] = list(self.agents)
        self.seats, self.numbers, self.partners = (np.zeros(n, dtype=np.int64) for _ in range(3))
        self.active, self.payoffs = np.zeros(n, dtype=bool), np.zeros(n)
        self._filed = bytearray(n)
        self._sessions: dict[tuple[int, int], Session] = {}
        self._finished: list[Finished] = []
        self._count, self._agreed, self._sums = 0, 0, np.zeros(COLUMNS)
        self.round, self._dealt = 0, 0
        self.datacollector = DataCollector(
            model_reporters={name: name for name in REPORTED},
            agent_reporters={"payoff": "payoff"} if report_agents else None,
        )
        self.seated: AgentSet
        self._seat()

    # --- a step

    def step(self) -> None:
        """One stage of all active pairs. Once the last round is over, ``running`` is False and nothing happens any more."""
        if not self.running:
            return
        if not self.tables:
            self._seat()
        self.seated.do("act")
        filed = np.frombuffer(self._filed, dtype=np.bool_)
        if filed.any():
            done = [finished for table in self.tables if (finished := table.carry_out(filed)) is not None]
            self._filed = bytearray(len(self.members))
            for finished in done:
                self._close(finished)
            if done:
                self.tables = [table for table in self.tables if len(table)]
                self.seated = self._active_agents()
        self.running = bool(self.tables or self.round < self.rounds) and self.steps != self.step_limit
        self.datacollector.collect(self)

    def file(self, index: int) -> None:
        """Take note that the agent with this index has made its move of the stage."""
        self._filed[index] = True

    def _seat(self) -> None:
        """Begin a round: match the agents, and seat the pairs that play the same two strategies at one table."""
        self.round += 1
        pairs = self.society.match(self.rng)
        numbers = np.arange(self._dealt, self._dealt + len(pairs))
        self._dealt += len(pairs)
        self.active[:] = False
        for array in (self.seats, self.numbers, self.partners):
            array[:] = -1
        for seat in (0, 1):
            sitting = pairs[:, seat]
            self.active[sitting], self.seats[sitting] = True, seat
            self.numbers[sitting], self.partners[sitting] = numbers, pairs[:, 1 - seat]
        played: dict[int, tuple[int, Strategy]] = {}
        kinds = np.array([played.setdefault(id(a.strategy), (len(played), a.strategy))[0] for a in self.members])
        strategies = [s for _, s in played.values()]
        groups, member = np.unique(kinds[pairs] @ (len(strategies), 1), return_inverse=True)
        self.tables = []
        for k, code in enumerate(groups.tolist()):
            alice, bob = strategies[code // len(strategies)], strategies[code % len(strategies)]
            if (id(alice), id(bob)) not in self._sessions:
                self._sessions[id(alice), id(bob)] = Session(self.problem, self.protocol, (alice, bob), self.tremble)
            rows = np.flatnonzero(member == k)
            session = self._sessions[id(alice), id(bob)]
            self.tables.append(NegotiatingTable(session, self.negotiation_seed, numbers[rows], pairs[rows, 0], pairs[rows, 1]))
        self.seated = self._active_agents()

    def _active_agents(self) -> AgentSet:
        """The agents whose negotiations go on, in their order."""
        if self.active.all():
            return self.agents
        return AgentSet([self.members[k] for k in np.flatnonzero(self.active).tolist()], random=self.random)

    def _close(self, finished: Finished) -> None:
        """Pay out and put on record."""
        self._finished.append(finished)
        outcomes = finished.outcomes
        for who, payoff in zip((finished.alices, finished.bobs), outcomes.payoffs, strict=True):
            self.payoffs[who] += payoff
            self.active[who] = False
        self._count += len(outcomes)
        self._agreed += int((outcomes.stage >= 0).sum())
        self._sums += outcomes.totals.sum(axis=0)

    # --- what came out

    def outcomes(self) -> Outcomes:
        """The outcomes of the negotiations that are over, in the order of their numbers (all of them once a round is over)."""
        if not self._finished:
            return Outcomes(np.zeros((0, COLUMNS)), np.zeros(0, dtype=np.int32))
        order = np.argsort(np.concatenate([done.numbers for done in self._finished]))
        parts = [done.outcomes for done in self._finished]
        columns = [(part.totals, part.stage, part.choices, part.stages) for part in parts]
        totals, stage, choices, stages = (np.concatenate(column)[order] for column in zip(*columns, strict=True))
        return Outcomes(totals, stage, choices, stages)

    @property
    def graph(self) -> nx.Graph:
        """Who may negotiate with whom."""
        return self.society.graph

    @property
    def active_pairs(self) -> int:
        """How many pairs still negotiate in this round."""
        return int(self.active.sum()) // 2

    @property
    def agreement_rate(self) -> float:
        """The share of the negotiations over so far in which something was agreed; NaN before the first is over."""
        return self._share(self._agreed, self._count)

    @property
    def efficiency(self) -> float:
        """Welfare over first-best surplus, of the negotiations over so far; NaN before."""
        return self._share(self._sums[PAY_ALICE] + self._sums[PAY_BOB], self._sums[FIRST_BEST])

    @property
    def mean_payoff_alice(self) -> float:
        """Time-0 utils for each negotiation over so far, of who sat as Alice; NaN before."""
        return self._share(self._sums[PAY_ALICE], self._count)

    @property
    def mean_payoff_bob(self) -> float:
        """The same of who sat as Bob."""
        return self._share(self._sums[PAY_BOB], self._count)

    def _share(self, part: float, base: float) -> float:
        return float(part / base) if base else float("nan")

    def types_of(self, index: int) -> NDArray[Any] | None:
        """The types (n,) of the agent with this index in its current negotiation, None if it has none."""
        if self.seats[index] < 0:
            return None
        own = keys(self.negotiation_seed, self.numbers[index : index + 1], TYPES)
        return np.asarray(self.problem.prior.sample(own)[0, self.seats[index]])

    # --- making it

    def _negotiation_seed(self, rng: Any) -> int:
        """A whole number given, alone or in a SeedSequence, is the seed; otherwise one is drawn."""
        if isinstance(rng, np.random.SeedSequence):
            if isinstance(rng.entropy, int) and not rng.spawn_key:
                return rng.entropy
            high, low = rng.generate_state(2, np.uint64).tolist()
            return int(high << 64 | low)
        return rng if isinstance(rng, int) else int(self.rng.integers(2**63))

    def _strategies(self, given: "str | Strategy | Sequence[str | Strategy]") -> list[Strategy]:
        """A strategy for each node: one that is named is shared by all who play it."""
        known: dict[str, Any] = {}
        nodes = self.society.nodes
        every = given if isinstance(given, Sequence) and not isinstance(given, str) else [given] * len(nodes)
        if len(every) != len(nodes):
            raise InputError(f"strategy: expected one, or one for each of {len(nodes)} agents, got {len(every)}")
        chosen = [named("strategy", one, known) for one in every]
        if not self.society.everyone:
            for k, (_, own) in enumerate(self.graph.nodes(data="strategy")):
                chosen[k] = chosen[k] if own is None else named("strategy", own, known)
        return chosen


def named(kind: str, given: Any, known: dict[str, Any]) -> Any:
    """The protocol or strategy given, or the one with that name; ``known`` remembers those made."""
    if isinstance(given, str):
        if given not in known:
            known[given] = find(kind, given)()
        return known[given]
    if not isinstance(given, {"protocol": Protocol, "strategy": Strategy}[kind]):
        raise InputError(f"{kind}: expected a {kind} or the name of one, got {given!r}")
    return given
