"""Who may negotiate with whom: a graph whose nodes are agents, and the matching of a round along its edges.

Matching is "random", a maximal matching drawn each round by going through the edges in random order and taking those whose
ends are both free; or "fixed", where the edges are the pairs. Alice is the end that is drawn first (a fair coin), or that the
edge names first in a fixed matching or a directed graph. A node attribute ``seat`` ("alice" or "bob") overrides this. Graphs by
name: "complete"; "bipartite", everyone in the first half of the agents (Alice) with everyone in the second (Bob); "small-world"
(Watts and Strogatz, 4 neighbours, 10% rewired); "pairs", disjoint edges."""

from collections.abc import Hashable
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from negotiation.errors import InputError

Ints = NDArray[np.int64]
GRAPHS = ("complete", "bipartite", "small-world", "pairs")
MATCHINGS = ("random", "fixed")
SEATS = {"alice": 0, "bob": 1, 0: 0, 1: 1}


class Society:
    """Who may negotiate with whom: a graph, or the name of one of ``GRAPHS`` with that many agents, and how to match.

    ``nodes`` lists the nodes, ``seats`` (nodes,) is 0 for only Alice, 1 for only Bob, -1 for either."""

    def __init__(self, graph: "str | nx.Graph", agents: int | None, matching: str, rng: np.random.Generator) -> None:
        if matching not in MATCHINGS:
            raise InputError(f"matching: expected one of {', '.join(MATCHINGS)}, got {matching!r}")
        self.matching, self.name = matching, graph if isinstance(graph, str) else ""
        if isinstance(graph, str):
            if graph not in GRAPHS:
                raise InputError(f"graph: expected a networkx graph or one of {', '.join(GRAPHS)}, got {graph!r}")
            size = whole("agents", 100 if agents is None else agents, 2)
            if graph == "small-world":
                self.graph = nx.watts_strogatz_graph(size, min(4, size), 0.1, seed=int(rng.integers(2**31)))
            elif graph == "pairs":
                self.graph = nx.Graph([(k, k + 1) for k in range(0, size - 1, 2)])
                self.graph.add_nodes_from(range(size))
        elif isinstance(graph, nx.Graph):
            if agents not in (None, len(graph)):
                raise InputError(f"agents: the graph has {len(graph)} nodes, got {agents!r}; leave it out")
            self.graph = graph
        else:
            raise InputError(f"graph: expected a networkx graph or one of {', '.join(GRAPHS)}, got {graph!r}")
        self.everyone = self.name in ("complete", "bipartite")  # then there is no need to list the edges
        self.nodes: list[Hashable] = list(range(size)) if self.everyone else list(self.graph)
        self.seats = np.full(len(self.nodes), -1)
        if self.name == "bipartite":
            self.seats[:] = np.arange(size) >= size // 2
        self.edges = self._edges() if not self.everyone or matching == "fixed" else np.zeros((0, 2), dtype=np.int64)

    @cached_property
    def graph(self) -> nx.Graph:
        """The graph; a complete one is built when it is asked for (it has agents^2 / 2 edges)."""
        n = len(self.nodes)
        if self.name == "complete":
            return nx.complete_graph(n)
        graph = nx.complete_bipartite_graph(n // 2, n - n // 2)
        nx.set_node_attributes(graph, {k: ("alice", "bob")[seat] for k, seat in enumerate(self.seats)}, "seat")
        return graph

    def _edges(self) -> Ints:
        """The edges (E, 2) as positions of nodes, checked."""
        place = {node: k for k, node in enumerate(self.nodes)}
        for node, seat in self.graph.nodes(data="seat"):
            if seat is not None:
                key = seat.lower() if isinstance(seat, str) else seat
                if key not in SEATS:
                    raise InputError(f"graph: the seat of node {node!r} should be 'alice' or 'bob', got {seat!r}")
                self.seats[place[node]] = SEATS[key]
        edges = np.array([(place[u], place[v]) for u, v in self.graph.edges()], dtype=np.int64).reshape(-1, 2)
        if not len(edges):
            raise InputError("graph: it has no edges, so nobody may negotiate with anybody")
        seats = self.seats[edges]
        for bad, why in (
            (edges[:, 0] == edges[:, 1], "joins an agent to itself"),
            ((seats[:, 0] == seats[:, 1]) & (seats[:, 0] >= 0), "joins two agents with the same seat"),
        ):
            if bad.any():
                u, v = (self.nodes[k] for k in edges[bad.argmax()])
                raise InputError(f"graph: the edge {u!r}-{v!r} {why}")
        degree = np.bincount(edges.ravel(), minlength=len(self.nodes))
        if self.matching == "fixed" and (degree != 1).any():
            odd = int(np.flatnonzero(degree != 1)[0])
            node = self.nodes[odd]
            raise InputError(f"graph: a fixed matching needs every node on exactly one edge; {node!r} is on {degree[odd]}")
        return edges

    def match(self, rng: np.random.Generator) -> Ints:
        """The pairs (P, 2) of a round: who sits as Alice, who as Bob, as positions of nodes."""
        n = len(self.nodes)
        if self.matching == "fixed":
            pairs = self.edges
        elif self.name == "complete":  # a random order, two by two, is what going through all edges comes to
            pairs = rng.permutation(n)[: n // 2 * 2].reshape(-1, 2)
        elif self.name == "bipartite":
            pairs = np.stack([rng.permutation(n // 2), n // 2 + rng.permutation(n - n // 2)[: n // 2]], axis=1)
        else:
            free, taken = bytearray(b"\1") * n, []
            for u, v in rng.permutation(self.edges).tolist():
                if free[u] and free[v]:
                    free[u] = free[v] = False
                    taken.append((u, v))
            pairs = np.array(taken, dtype=np.int64)
            if not self.graph.is_directed():
                pairs = np.where(rng.random((len(pairs), 1)) < 0.5, pairs, pairs[:, ::-1])
        swap = (self.seats[pairs[:, 0]] == 1) | (self.seats[pairs[:, 1]] == 0)
        return np.where(swap[:, None], pairs[:, ::-1], pairs)


def whole(what: str, value: Any, least: int = 1) -> int:
    """The value, if it is a whole number of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(f"{what}: expected a whole number of at least {least}, got {value!r}")
    return int(value)
