"""Second computations, random games and pictures for the rows of ``diffractor_threats``."""

from collections.abc import Sequence
from itertools import product
from math import factorial
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike

from experiments.reproduce.diffractor_by_hand import Points, chicken, payoff_set, prisoners
from negotiation.bargaining import (
    FeasibleSet,
    NormalFormGame,
    Solution,
    bimatrix,
    coco,
    coco_equilibrium,
    correlated_equilibrium,
    correlated_fallback,
    with_pure_threat,
)
from negotiation.bargaining.correlated import Selection, incentives
from negotiation.bargaining.fights import claims, fight
from negotiation.bargaining.shapley_value import members

SELECTIONS: tuple[Selection, ...] = get_args(Selection)


def told_of(numbers: ArrayLike) -> str:
    return "(" + ", ".join(f"{n:g}" for n in np.asarray(numbers)) + ")"


def moved_of(game: NormalFormGame, cost: float, damage: ArrayLike) -> np.ndarray:
    """Change of the CoCo value when player 1 gets a pure threat."""
    return np.asarray(coco(with_pure_threat(game, 0, cost=cost, damage=damage)).point - coco(game).point)


def fallback_moved(game: NormalFormGame, threatening: NormalFormGame) -> float:
    moves = [correlated_fallback(threatening, s).point - correlated_fallback(game, s).point for s in SELECTIONS[:2]]
    return float(np.abs(moves).max())


def shelter(game: NormalFormGame, damage: float) -> NormalFormGame:
    """Player 1 can hurt player 2 at no cost, player 2 can take shelter at no cost."""
    threatened = with_pure_threat(game, 0, cost=0, damage=damage)
    return NormalFormGame(np.concatenate([threatened.payoffs, with_pure_threat(game, 0, cost=0, damage=0).payoffs], axis=2))


def by_damage() -> Any:
    from negotiation.plots.style import BLUE, GREEN, VERMILION, axes, legend_below

    ax, damages = axes(None), np.linspace(0, 1500, 31)
    games = [with_pure_threat(prisoners(100), 0, cost=1, damage=damage) for damage in damages]
    ax.plot(damages, [coco(one).point[0] for one in games], color=VERMILION, label="CoCo value (money)")
    ax.plot(
        damages, [coco_equilibrium(one)[0].point[0] for one in games], "-.", color=GREEN, label="CoCo equilibrium (no money)"
    )
    ax.plot(damages, [correlated_fallback(one).point[0] for one in games], "--", color=BLUE, label="correlated fallback")
    ax.set_xlabel("damage that player 1 can threaten (utils)")
    ax.set_ylabel("player 1's payoff (utils)")
    ax.grid()
    legend_below(ax)
    return ax


def renamed_of(game: NormalFormGame, order: np.ndarray) -> float:
    """Change of a CoCo payoff when player ``order[i]`` is called i."""
    renamed = NormalFormGame(game.payoffs[order].transpose(0, *(1 + order)))
    return float(np.abs(coco(renamed).point - coco(game).point[order]).max())


def dominance(rng: np.random.Generator) -> float:
    low = rng.normal(size=(3, 3))
    x = coco(bimatrix(low + rng.exponential(size=(3, 3)), low)).point
    return float(x[1] - x[0])


def copied(game: NormalFormGame, rng: np.random.Generator) -> NormalFormGame:
    """Player 1 gets another action, which pays everybody what a mixture of its others pays."""
    mixture = rng.dirichlet(np.ones(game.actions[0]))
    return NormalFormGame(np.concatenate([game.payoffs, np.tensordot(game.payoffs, mixture, axes=(1, 0))[:, None]], axis=1))


def loss_by_action(game: NormalFormGame) -> float:
    """What player 1 loses of its CoCo value by having its last action."""
    return float(coco(NormalFormGame(game.payoffs[:, :-1])).point[0] - coco(game).point[0])


def fallback_loss(game: NormalFormGame) -> float:
    """What player 1 loses of the fallback solution by having its last action."""
    without = NormalFormGame(game.payoffs[:, :-1])
    return float(correlated_fallback(without, "sum").point[0] - correlated_fallback(game, "sum").point[0])


def guaranteed(game: NormalFormGame, row: np.ndarray) -> float:
    """Player 1's payoff after half of the surplus each, if it falls back on ``row`` and the other on whatever is worst
    for it."""
    return float((game.points.sum(axis=1).max() + (row @ (game.payoffs[0] - game.payoffs[1])).min()) / 2)


def half_of_all(feasible: FeasibleSet, d: np.ndarray) -> Solution:
    total = feasible.support(np.ones(feasible.n))[0]
    return Solution("half of the total", np.full(feasible.n, total / feasible.n), d, np.full(feasible.n, 1 / feasible.n), 0.0)


def disobeying(game: NormalFormGame, p: np.ndarray) -> float:
    """The most that a player gains by doing something else whenever it is told a certain action, times how often it is
    told it."""
    worst = 0.0
    for player, count in enumerate(game.actions):
        told, paid = np.moveaxis(p, player, 0), np.moveaxis(game.payoffs[player], player, 0)
        for a, b in product(range(count), repeat=2):
            worst = max(worst, float((told[a] * (paid[b] - paid[a])).sum()))
    return worst


def mixture_of(game: NormalFormGame, share: float) -> np.ndarray:
    one, other = (correlated_equilibrium(game, s).distribution for s in ("sum", "maximum entropy"))
    return np.asarray(share * one + (1 - share) * other)


def learned(game: NormalFormGame, rounds: int, rng: np.random.Generator) -> np.ndarray:
    """Frequencies of play of a 2 x 2 game if both mix so that their regrets for not having swapped the two actions
    balance."""
    regrets, played = np.zeros((2, 2)), np.zeros((2, 2))  # regrets[i, a]: of player i, for a where it could have been the other
    for draws in rng.random((rounds, 2)):
        weight = np.maximum(regrets[:, ::-1], 0.0)  # play a the more, the more the other action is regretted
        total = weight.sum(axis=1)
        first = np.where(total > 0, weight[:, 0] / np.where(total > 0, total, 1.0), 0.5)
        a, b = (int(draws[i] >= first[i]) for i in range(2))
        regrets[0, a] += game.payoffs[0, 1 - a, b] - game.payoffs[0, a, b]
        regrets[1, b] += game.payoffs[1, a, 1 - b] - game.payoffs[1, a, b]
        played[a, b] += 1
    return played / rounds


def extremes(game: NormalFormGame, directions: int = 72) -> np.ndarray:
    """(directions, 2) payoffs of correlated equilibria that go furthest in each direction: a linear program each."""
    from scipy.optimize import linprog

    obey, found = incentives(game), []
    for angle in np.linspace(0, 2 * np.pi, directions, endpoint=False):
        goal = game.points @ [np.cos(angle), np.sin(angle)]
        answer = linprog(-goal, A_ub=-obey, b_ub=np.zeros(len(obey)), A_eq=np.ones((1, len(goal))), b_eq=[1])
        found.append(answer.x @ game.points)
    return np.array(found)


def draw_fallbacks() -> Any:
    from negotiation.plots.style import VERMILION, legend_below

    game = chicken()
    marks: Points = {f"by {s}": correlated_equilibrium(game, s).point for s in SELECTIONS} | {"CoCo value": coco(game).point}
    ax = payoff_set(game, marks, legend=False)
    outline = np.vstack([extremes(game), extremes(game)[:1]])
    ax.plot(*outline.T, color=VERMILION, label="correlated equilibria")
    legend_below(ax)
    return ax


def formula(v: np.ndarray) -> np.ndarray:
    """For each player: the sum over coalitions S with it of (n - s)! (s - 1)! / n! (v(S) - v(N without S))."""
    n, x = len(v).bit_length() - 1, np.zeros(len(v).bit_length() - 1)
    for coalition in range(1, len(v)):
        s = coalition.bit_count()
        x[list(members(coalition))] += factorial(n - s) * factorial(s - 1) / factorial(n) * (v[coalition] - v[~coalition])
    return x


def fought(game: NormalFormGame) -> np.ndarray:
    """(2^n,) what each coalition makes in its zero-sum fight, utils."""
    v, full = np.zeros(1 << game.players), (1 << game.players) - 1
    v[full] = game.points.sum(axis=1).max()
    for coalition, answer in claims(game, np.ones(game.players)).solved.items():
        paid = fight(game, coalition).outcome(answer.row, answer.column)
        v[coalition], v[full ^ coalition] = paid[list(members(coalition))].sum(), paid[list(members(full ^ coalition))].sum()
    return v


def merged(game: NormalFormGame, blocks: Sequence[Sequence[int]]) -> NormalFormGame:
    """The game in which each block of players is one, with the sum of its payoffs."""
    order = [i for block in blocks for i in block]
    paid = np.stack([game.payoffs[list(block)].sum(axis=0).transpose(order) for block in blocks])
    return NormalFormGame(paid.reshape(len(blocks), *(int(np.prod([game.actions[i] for i in block])) for block in blocks)))


def fallen_back(game: NormalFormGame, together: bool) -> np.ndarray:
    """(2^n,) what each coalition gets in the correlated equilibrium with the largest sum, the others being one player or
    many."""
    n = game.players
    v = np.zeros(1 << n)
    v[-1] = game.points.sum(axis=1).max()
    for coalition in range(1, (1 << n) - 1):
        rest = members((1 << n) - 1 - coalition)
        blocks = [members(coalition), *([rest] if together else [(i,) for i in rest])]
        v[coalition] = correlated_equilibrium(merged(game, blocks), "sum").point[0]
    return v
