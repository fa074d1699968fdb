"""Players of the random dictatorship, and a Mesa model of a group of them that plays it again and again.

A player that is drawn as the dictator of a coalition demands what ``protocols.dictatorial_demands`` finds; the others accept
what gives their type at least their fallback, whatever they might infer. Override ``demand`` or ``accepts`` to play
otherwise.

    from agents.dictators import DictatorModel
    from negotiation.bargaining.incomplete import PAPER_GAMES

    model = DictatorModel(PAPER_GAMES["lemons"](), plays=1_000, rng=1)
    for _ in range(10):
        model.step()
    model.tally.means()

A step is so many plays, with types newly drawn for each. Same seed, same results."""

from collections.abc import Sequence
from typing import Any

import mesa
import numpy as np
from mesa.datacollection import DataCollector
from numpy.typing import NDArray

from agents.society import whole
from negotiation.bargaining.incomplete.cooperative import CooperativeGame, Members
from negotiation.errors import InputError
from protocols.dictatorial_demands import Demand
from protocols.random_dictatorship import ROUNDING, Procedure, Tally, play, random_dictatorship


class Dictator(mesa.Agent):
    """Player number ``index`` of the game; see the module."""

    model: "DictatorModel"

    def __init__(self, model: "DictatorModel", index: int) -> None:
        super().__init__(model)
        self.index = index

    def demand(self, members: Members, proposed: Demand) -> Demand:
        """The mechanism that it demands as the dictator of a coalition: the one that theory proposes."""
        return proposed

    def accepts(self, members: Members, demanded: Demand) -> NDArray[np.bool_]:
        """Which of its types (T,) accept: those that get no less than by refusing, up to rounding."""
        margin = demanded.margin[members.index(self.index)]
        return np.asarray(margin >= -ROUNDING * self.model.rules.range[members])

    @property
    def payoffs(self) -> NDArray[np.float64]:
        """Its mean payoff so far, by type (T,), in utils."""
        return self.model.tally.means()[self.index]


class DictatorModel(mesa.Model):
    """A group that plays the random dictatorship of a game, ``plays`` times in a step.

    ``players``: the class of all agents, or one for each player. ``rules``: the procedure, if it is known already. ``rng``: a
    whole number, or what Mesa takes for one. Raises InputError for what does not fit."""

    def __init__(
        self,
        game: CooperativeGame | None = None,
        plays: int = 1_000,
        *,
        players: type[Dictator] | Sequence[type[Dictator]] = Dictator,
        rules: Procedure | None = None,
        rng: Any = None,
    ) -> None:
        if rules is None:
            if game is None:
                raise InputError("game: expected a cooperative game, or the rules of one, got neither")
            rules = random_dictatorship(game)
        self.plays = whole("plays", plays)
        n = rules.game.n
        kinds = [players] * n if isinstance(players, type) else list(players)
        if len(kinds) != n:
            raise InputError(f"players: expected a class, or one for each of {n} players, got {len(kinds)}")
        super().__init__(rng=rng)
        self.rules, self.tally = rules, Tally.empty(rules.game.prior)
        self.members = [kind(self, i) for i, kind in enumerate(kinds)]
        self.datacollector = DataCollector(agent_reporters={"payoffs": lambda agent: agent.payoffs.tolist()})

    def step(self) -> None:
        """Play ``plays`` times."""
        self.tally.add(play(self.rules, self.members, self.plays, self.rng))
        self.datacollector.collect(self)
