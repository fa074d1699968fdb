"""Equilibrium: play what the solvers found (``negotiation.equilibrium``), where they can solve the protocol.

- A protocol cut at a horizon of its own: the trembling equilibrium on its game tree (items one by one: on a single item's
  tree).
- Item by item without a horizon: an equilibrium in beliefs of a single item, for each item alike. The product of single-item
  equilibria is one equilibrium of item-by-item negotiation where items are independent; others may exist.
- Frequencies and share-demanding negotiation with independent types: the exchangeable game.
- Known surplus, under protocols with share-demanding offers: Rubinstein's shares (Theorem 1).

The solvers need trembles. Where hands do not tremble, the equilibrium for a tremble of ``tremble`` is played instead: an
approximation, whose gain from deviating ``negotiation check`` estimates. Solutions are kept in the user's cache folder."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.rubinstein_demand import RubinsteinDemand
from negotiation.equilibrium import GameTree, game_tree
from negotiation.equilibrium.cache import fingerprint, remembered
from negotiation.equilibrium.solving import by_beliefs, single_item
from negotiation.errors import CannotPlay, InputError
from negotiation.problem import Problem
from negotiation.protocol import Protocol
from negotiation.registry import register
from negotiation.strategy import Situation, Strategy

TREE_NODES = 200_000
NEGLIGIBLE = 1e-2  # a horizon by which payoffs are discounted so much is as good as none
SECONDS = 120.0


@register
@dataclass(frozen=True)
class Equilibrium(Strategy):
    """Plays an equilibrium that was solved for; refuses protocols that cannot be solved.

    ``tremble``: the trembles for which it is solved where nobody trembles. ``most``: a solution from which deviating gains more
    than this share of the surplus (as the solver measures it) is refused too."""

    tremble: float = 0.01
    most: float = 0.01

    name = "equilibrium"

    def __post_init__(self) -> None:
        if isinstance(self.tremble, bool | str) or not 0 < self.tremble < 1:
            raise InputError(f"tremble: expected a probability in (0, 1), got {self.tremble!r}")
        if isinstance(self.most, bool | str) or not self.most >= 0:
            raise InputError(f"most: expected a share of the surplus, at least 0, got {self.most!r}")

    def check_situation(self, situation):
        """Solves, so that what cannot be played is refused before anything is."""
        self._player(situation)

    def prepare(self, situation, types):
        return self._player(situation).prepare(situation, types)

    def propose(self, view, phase, accepted):
        return self._player(view.situation).propose(view, phase, accepted)

    def respond(self, view, offer, phase):
        return self._player(view.situation).respond(view, offer, phase)

    def refused(self, view, offer, reply):
        return self._player(view.situation).refused(view, offer, reply)

    def beliefs(self, view):
        return self._player(view.situation).beliefs(view)

    # --- which solution

    def _player(self, situation: Situation) -> Strategy:
        player: Strategy = situation.once(f"{self}", lambda: self._made(situation))
        return player

    def _gamma(self, situation: Situation) -> float:
        return situation.tremble or self.tremble

    def _way(self, situation: Situation) -> str:
        """How the situation is solved. Raises CannotPlay where it is not."""
        problem, protocol = situation.problem, situation.protocol
        if protocol.reopen:
            raise CannotPlay("equilibrium: no solver plays negotiations that reopen")
        lasting = protocol.horizon is None or max(problem.discount) ** protocol.horizon < NEGLIGIBLE
        if protocol.itemwise and protocol.grid is None and situation.tremble > 0:
            raise CannotPlay(f"equilibrium: give {protocol.name} a grid of transfers coarse enough to solve for")
        if problem.surplus.known and not protocol.itemwise and protocol.phases == 1 and situation.tremble == 0 and lasting:
            return "known surplus"
        if not lasting and protocol.phases == 1:
            self._tree(situation)
            return "tree"
        if not lasting:
            raise CannotPlay(
                f"equilibrium: {protocol.name} is solved without a horizon only, not cut at {protocol.horizon} stages"
            )
        if protocol.itemwise:
            check_beliefs_fit(problem, protocol)
            return "beliefs"
        try:
            protocol.exchangeable(problem, situation.grid)
        except CannotPlay as error:
            raise CannotPlay(f"equilibrium: {protocol.name} cannot be solved on {problem.name}: {error}") from None
        if protocol.order != "alternating":
            raise CannotPlay(f"equilibrium: {protocol.name} is solved for alternating offers only")
        return "frequencies"

    def _tree(self, situation: Situation) -> GameTree:
        """The tree to solve: of a single item where items are negotiated one by one."""
        protocol = situation.protocol
        unit = single_item(situation.problem) if protocol.itemwise else situation.problem
        options: dict[str, Any] = {"horizon": protocol.horizon, "tremble": self._gamma(situation), "limit": TREE_NODES}
        tree: GameTree = situation.once("equilibrium tree", lambda: game_tree(unit, protocol, **options))
        return tree

    def _made(self, situation: Situation) -> Strategy:
        way, problem, protocol = self._way(situation), situation.problem, situation.protocol
        gamma = self._gamma(situation)
        if way == "known surplus":
            return RubinsteinDemand()
        unit = single_item(problem) if protocol.itemwise else problem
        key = fingerprint("equilibrium", way, unit, protocol, gamma)
        if way == "tree":
            tree = self._tree(situation)
            gain, intended = remembered(key, lambda: solved_on(tree))
            self._refuse_poor(gain, situation)
            from agents.tree_player import TreePlayer

            return TreePlayer(tree, intended, protocol.itemwise)
        if way == "beliefs":
            from agents.belief_player import BeliefPlayer

            found = remembered(key, lambda: by_beliefs(problem, protocol, gamma))
            self._refuse_poor(found.unrolled.gain / found.scale, situation)
            return BeliefPlayer(found)
        from agents.frequency_player import FrequencyPlayer
        from negotiation.equilibrium import solve_exchangeable

        solution = remembered(key, lambda: solve_exchangeable(problem, protocol, tremble=gamma))
        self._refuse_poor(solution.gain, situation)
        return FrequencyPlayer(solution)

    def _refuse_poor(self, gain: float, situation: Situation) -> None:
        """Refuse to play what is no equilibrium."""
        if gain > self.most:
            what = f"{situation.protocol.name} on {situation.problem.name}"
            share = f"{gain:.1%} of the surplus, more than {self.most:.1%}"
            raise CannotPlay(f"equilibrium: from what was found for {what} deviating may gain {share}")


def solved_on(tree: Any) -> tuple[float, list[Any]]:
    """(the gain of the solution as a share of the surplus, what it intends at each layer, trembles taken out)."""
    from negotiation.equilibrium.tree_solver import solve_tree

    solution = solve_tree(tree, seconds=SECONDS)
    intended = []
    for layer, played in zip(tree.layers, solution.profile, strict=True):
        meant = np.maximum(played - layer.tremble * layer.weight[:, None], 0.0)
        intended.append(meant / meant.sum(axis=1, keepdims=True))
    return solution.gain, intended


def check_beliefs_fit(problem: Problem, protocol: Protocol) -> None:
    """Raise CannotPlay where no equilibrium in beliefs can be had, without solving for it."""
    item = single_item(problem)
    if len(item.proposals) != 1 or item.null < 0:
        raise CannotPlay(f"equilibrium: {protocol.name} on {problem.name}: an item is not simply traded or not")
    sizes = sorted(len(t) for t in item.types)
    if sizes[1] > 3 or (sizes[0] > 1 and sizes[1] > 2):
        raise CannotPlay(f"equilibrium: {protocol.name} on {problem.name}: too many types (at most 3 against 1, 2 against 2)")
    if protocol.order != "alternating":
        raise CannotPlay(f"equilibrium: {protocol.name}: equilibria in beliefs are found for alternating offers only")
