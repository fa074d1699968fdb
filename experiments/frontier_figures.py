"""Figures of a cooperative game: the frontiers of pairs of players, with what dictators demand and what the pair agrees on."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.bargaining.incomplete import interim_frontier
from negotiation.errors import InputError
from negotiation.plots.frontiers import frontier
from protocols.random_dictatorship import Procedure, random_dictatorship

if TYPE_CHECKING:
    from experiments.cooperation import Cooperation

Drawn = tuple[Any, str, str, str]  # axes, title, what is shown, what to make of it
SHOWS = (
    "Interim payoffs of the pair's types, utils. Thick lines and areas: incentive-efficient payoffs at which every type gets "
    "at least what it has alone."
)


def drawn_frontiers(done: "Cooperation") -> dict[str, Drawn]:
    """A figure for each pair whose payoffs have two or three dimensions; where there is a third player, what the pair can
    reach with its help, if it asks nothing for it, is drawn too."""
    game, found = done.chosen.game, {}
    rules = done.model.rules if done.model else random_dictatorship(game)
    for pair in (s for s in rules.demands if len(s) == 2):
        if sum(len(game.types[i]) for i in pair) > 3:
            continue  # nobody can see four dimensions
        frontiers = {"incentive efficient": interim_frontier(game, pair)}
        names = " and ".join(game.players[i] for i in pair)
        if game.n == 3:
            (third,) = set(game.everybody) - set(pair)
            with suppress(InputError):
                fixed = {(third, t): 0.0 for t in range(len(game.types[third]))}
                frontiers[f"with {game.players[third]}'s help, for nothing"] = interim_frontier(game, fixed=fixed)
        dictators = {f"{game.players[one.dictator]} dictates": np.concatenate(one.payoffs) for one in rules.demands[pair]}
        agreed = np.concatenate(done.solution.coalitions[pair].payoffs)
        try:
            ax = frontier(frontiers, dictators, np.concatenate(rules.payoffs[pair]), agreed)
        except ValueError:
            continue  # the pair has nothing to share, or only one way to share it
        key = "frontier-" + "-".join(str(i + 1) for i in pair)
        found[key] = (ax, f"The frontier of {names}", SHOWS, _reading(rules, pair))
    return found


def _reading(rules: Procedure, pair: tuple[int, ...]) -> str:
    if rules.efficient(pair):
        return "The point midway between the dictators' demands is incentive efficient: drawing lots among them loses nothing."
    where = "The point midway between the dictators' demands lies inside the frontier"
    return f"{where}: {rules.why(pair)} (utils, in sum over types)."
