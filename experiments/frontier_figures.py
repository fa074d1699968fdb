"""Figures of a cooperative game: the frontiers of pairs of players, with what dictators demand and what the pair agrees on."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from negotiation.bargaining.incomplete import efficient_frontier
from negotiation.errors import InputError
from negotiation.plots.frontiers import interim_frontier
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
        try:
            frontiers = {"incentive efficient": efficient_frontier(game, pair)}
        except InputError:
            continue  # the pair has too many types to draw, or nothing to share
        names = " and ".join(game.players[i] for i in pair)
        if game.n == 3:
            (third,) = set(game.everybody) - set(pair)
            helped = f"with {game.players[third]}'s help, for nothing"
            with suppress(InputError):
                frontiers[helped] = efficient_frontier(game, fixed={third: 0.0})
        dictators = {f"{game.players[one.dictator]} dictates": one.payoffs for one in rules.demands[pair]}
        ax = interim_frontier(frontiers, dictators, rules.payoffs[pair], done.solution.coalitions[pair].payoffs)
        key = "frontier-" + "-".join(str(i + 1) for i in pair)
        found[key] = (ax, f"The frontier of {names}", SHOWS, _reading(rules, pair))
    return found


def _reading(rules: Procedure, pair: tuple[int, ...]) -> str:
    if rules.efficient(pair):
        return "The point midway between the dictators' demands is incentive efficient: drawing lots among them loses nothing."
    lost = f"{rules.lost[pair]:.4g} utils in sum over types"
    return f"The point midway between the dictators' demands lies inside the frontier: drawing lots among them loses {lost}."
