"""Second computations, random games and pictures for the rows of ``diffractor``."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog, nnls

from experiments.reproduce.lines import Line, at_least, at_most, equal, for_all
from experiments.reproduce.rows import Run
from negotiation.bargaining import (
    CoalitionForm,
    NormalFormGame,
    bimatrix,
    coco,
    coco_equilibrium,
    common_weights,
    find_several,
    frontier,
    hull,
    nash,
    variable_threats,
    with_transfers,
)
from negotiation.bargaining.coalition_perfect import (
    coco_form,
    harsanyi_family,
    harsanyi_form,
    shapley_family,
    threat_payoff,
    totals,
)
from negotiation.bargaining.coco_equilibria import CocoEquilibrium
from negotiation.bargaining.fights import ClaimsOfMany, claims, fight, splits
from negotiation.bargaining.shapley_value import members, shares
from negotiation.bargaining.threats import nash_or_stay

Points = Mapping[str, ArrayLike]


def hot_dogs() -> NormalFormGame:
    """Kalai and Kalai: each vendor at the airport (40 customers) or the beach (100); vendor 2 earns double per customer."""
    return bimatrix([[20, 40], [100, 50]], [[40, 200], [80, 100]])


def symmetric(matrix: Sequence[Sequence[float]]) -> NormalFormGame:
    """The two-player game in which player 2 has the transposed matrix of player 1."""
    return bimatrix(matrix, np.transpose(matrix))


def prisoners(size: float = 1.0) -> NormalFormGame:
    """The prisoners' dilemma with payoffs 3, 0, 5, 1 times ``size``."""
    return symmetric([[3 * size, 0], [5 * size, size]])


def chicken() -> NormalFormGame:
    """Aumann's game of chicken: swerve first, go straight second."""
    return symmetric([[6, 2], [7, 0]])


def random_game(rng: np.random.Generator, actions: Sequence[int], whole: bool = False) -> NormalFormGame:
    """Standard normal payoffs, or whole ones from -3 to 3 (many ties)."""
    shape = (len(actions), *actions)
    return NormalFormGame(rng.integers(-3, 4, size=shape).astype(float) if whole else rng.normal(size=shape))


def climb(run: Run, violation: Callable[[NormalFormGame], float], actions: Sequence[int], games: int) -> tuple[float, int]:
    """The largest ``violation`` that a random local search over payoffs finds, and how many games it looked at."""
    game = random_game(run.rng, actions)
    best, step = violation(game), 1.0
    for _ in range(games):
        some = run.rng.random(game.payoffs.shape) < 0.3
        other = NormalFormGame(game.payoffs + step * some * run.rng.normal(size=game.payoffs.shape))
        value = violation(other)
        game, best, step = (other, value, step * 1.2) if value > best else (game, best, max(step * 0.97, 0.01))
    return best, games + 1


def payoff_set(
    game: NormalFormGame, marks: Points, *, transfers: bool = False, unit: str = "player", legend: bool = True
) -> Any:
    """What contracts reach in a two-player game, the line of transfers through the largest sum, and marked points
    (utils)."""
    from scipy.spatial import ConvexHull

    from negotiation.plots.style import GREY, INK, MARKERS, PALETTE, SKY, axes, legend_below

    ax = axes(None, 4.6, 4.6)
    corners = game.points[ConvexHull(game.points).vertices]
    ax.fill(*corners.T, color=SKY, alpha=0.25, linewidth=0, label="what contracts reach")
    if len(game.points) < 30:
        ax.plot(*game.points.T, ".", color=INK, label="profiles of actions")
    if transfers:
        everything = np.vstack([game.points, *(np.asarray(point) for point in marks.values())])
        ends = np.array([everything[:, 0].min(), everything[:, 0].max()])
        ax.plot(ends, game.points.sum(axis=1).max() - ends, "--", color=GREY, label="with transfers")
    for k, (label, point) in enumerate(marks.items()):
        ax.plot(
            *np.asarray(point, dtype=float).tolist(),
            MARKERS[k],
            color=PALETTE[(k + 1) % len(PALETTE)],
            markersize=8,
            linestyle="none",
            label=label,
            zorder=5,
        )
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_xlabel(f"payoff of {unit} 1 (utils)")
    ax.set_ylabel(f"payoff of {unit} 2 (utils)")
    ax.grid()
    if legend:
        legend_below(ax)
    return ax


def by(actions: Sequence[int]) -> str:
    return " x ".join(map(str, actions))


def prices_of(rng: np.random.Generator, players: int, count: int) -> np.ndarray:
    return np.asarray(rng.dirichlet(np.ones(players), size=count) + 0.02)


def priced_games(rng: np.random.Generator, count: int) -> list[tuple[NormalFormGame, np.ndarray]]:
    return [(random_game(rng, (2, 2, 2)), w) for w in prices_of(rng, 3, count)]


def proposals_of(proposals: np.ndarray, nothing: np.ndarray) -> NormalFormGame:
    """A bargaining game: player 1 proposes one of the rows or walks away, all others accept or reject."""
    count, players = proposals.shape
    payoffs = np.empty((players, count + 1, *(2,) * (players - 1)))
    payoffs[:] = np.reshape(nothing, (players, *(1,) * players))
    payoffs[(slice(None), slice(0, count), *(0,) * (players - 1))] = proposals.T
    return NormalFormGame(payoffs)


def bargaining_game(rng: np.random.Generator, players: int) -> tuple[NormalFormGame, np.ndarray]:
    nothing = rng.normal(size=players)
    return proposals_of(nothing + rng.uniform(0.05, 1, size=(6, players)), nothing), nothing


def only(found: Sequence[CocoEquilibrium], point: np.ndarray) -> float:
    """Distance of the only equilibrium from ``point``; infinite if there is another, or none."""
    return float(np.abs(found[0].point - point).max()) if len(found) == 1 else np.inf


def from_nash(game: NormalFormGame, nothing: np.ndarray) -> float:
    return only(coco_equilibrium(game), nash(hull(game.points), nothing).point)


def from_coco(game: NormalFormGame) -> float:
    return only(coco_equilibrium(with_transfers(game, 20.0)), coco(game).point)


def from_threats(game: NormalFormGame) -> float:
    threatened = nash_or_stay(hull(game.points), variable_threats(game).disagreement)
    return only(coco_equilibrium(game), threatened.point)


def moved(rng: np.random.Generator, game: NormalFormGame) -> float:
    """The largest distance of an equilibrium of the scaled and shifted game from the nearest of the game, in its utils."""
    scales, shifts = 10 ** rng.uniform(-2, 2, game.players), 10 * rng.normal(size=game.players)
    before, after = coco_equilibrium(game), coco_equilibrium(game.transformed(scales, shifts))
    if len(before) != len(after):
        return np.inf
    back = [(one.point - shifts) / scales for one in after]
    return max((min(float(np.abs(a.point - b).max()) for b in back) for a in before), default=0.0)


def filled(family: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(family), 0.0, family)


def worths(game: NormalFormGame, w: np.ndarray) -> np.ndarray:
    """(2^n,) V(S), curnits: what each coalition makes in its fight at prices w, and everybody together."""
    z = np.zeros((1 << game.players, game.players))
    z[-1] = game.points[(game.points @ w).argmax()]
    for split in splits(game):
        answer = split.solve(w)
        z[split.coalition] = z[len(z) - 1 - split.coalition] = split.outcome(answer.row, answer.column)
    return totals(z, w)


def families_apart(v: np.ndarray) -> float:
    one, other = shapley_family(v), harsanyi_family(v)
    same = np.array_equal(np.isnan(one), np.isnan(other))
    return float(np.nanmax(np.abs(one - other))) if same else np.inf


def first_failures(rng: np.random.Generator, players: int) -> bool:
    """Shift a little between two members of a random coalition: do both forms fail there, and in no smaller one?"""
    w = prices_of(rng, players, 1)[0]
    z = filled(shapley_family(np.r_[0, rng.normal(size=2**players - 1)])) / w
    at = int(rng.choice([s for s in range(1 << players) if s.bit_count() > 1]))
    i, j = rng.choice(members(at), size=2, replace=False)
    z[at, i] += 0.01 / w[i]
    z[at, j] -= 0.01 / w[j]
    inside = [s for s in range(1, at) if s & at == s]
    return all(form[at] > 1e-3 and form[inside].max(initial=0.0) < 1e-10 for form in (coco_form(z, w), harsanyi_form(z, w)))


def lemma_1(z: np.ndarray) -> float:
    gain = {(s, i): z[s, i] - threat_payoff(z, s, i) for s in range(1, len(z)) for i in members(s)}
    return max(abs(sum(gain[r, i] for r in range(1, s + 1) if r & s == r and r >> i & 1) - z[s, i]) for s, i in gain)


def gains_of(v: np.ndarray, w: np.ndarray, s: int) -> dict[int, float]:
    """d_i^S in utils for the members of S, from the CoCo form of the condition."""
    z = filled(shapley_family(v)) / w
    return {i: z[s, i] - threat_payoff(z, s, i) for i in members(s)}


def split_missed(payoffs: np.ndarray, fallback: np.ndarray) -> float:
    """Distance of curnits shared among bargainers from Nash's solution; where nothing is to be gained, from equal losses."""
    if payoffs.sum() - fallback.sum() > 1e-6:
        return float(np.abs(nash(hull(payoffs[None], transfers=True), fallback).point - payoffs).max())
    return float(np.ptp(payoffs - fallback))


def pair_missed(v: np.ndarray, w: np.ndarray) -> float:
    z, worst = filled(shapley_family(v)) / w, 0.0
    gains = {s: gains_of(v, w, s) for s in range(1, len(v))}
    for s in range(1, len(v)):
        for i, j in combinations(members(s), 2):
            inside = [r for r in range(1, s + 1) if r & s == r]
            alone = [sum(gains[r][a] for r in inside if r >> a & 1 and not r >> b & 1) for a, b in ((i, j), (j, i))]
            worst = max(worst, split_missed(w[[i, j]] * z[s, [i, j]], w[[i, j]] * alone))
    return worst


def nash_inside(v: np.ndarray, w: np.ndarray) -> Iterator[float]:
    z = filled(shapley_family(v)) / w
    for s in range(1, len(v)):
        inside = list(members(s))
        fallback = np.array([threat_payoff(z, s, i) for i in inside])
        if len(inside) > 1 and w[inside] @ (z[s, inside] - fallback) > 1e-3:
            yield split_missed(w[inside] * z[s, inside], w[inside] * fallback)


def dividend_of_all(v: Mapping[tuple[int, ...], float]) -> float:
    from negotiation.bargaining.shapley_value import dividends

    return float(dividends(v)[-1])


def naming_game(pays: Mapping[tuple[int, int], tuple[float, float, float]]) -> NormalFormGame:
    """Three players name one of the others each; two who name each other get what ``pays`` says of their pair."""
    named = [(1, 2), (0, 2), (0, 1)]
    payoffs = np.zeros((3, 2, 2, 2))
    for profile in np.ndindex(2, 2, 2):
        choice = [named[i][k] for i, k in enumerate(profile)]
        for (i, j), pay in pays.items():
            if choice[i] == j and choice[j] == i:
                payoffs[(slice(None), *profile)] = pay
    return NormalFormGame(payoffs)


def roth_game(p: float) -> NormalFormGame:
    return naming_game({(0, 1): (0.5, 0.5, 0.0), (0, 2): (p, 0.0, 1 - p), (1, 2): (0.0, p, 1 - p)})


def majority() -> NormalFormGame:
    return naming_game({(0, 1): (0.5, 0.5, 0.0), (0, 2): (0.5, 0.0, 0.5), (1, 2): (0.0, 0.5, 0.5)})


def roth_form(p: float) -> CoalitionForm:
    return CoalitionForm({
        (0,): [[0]], (1,): [[0]], (2,): [[0]],
        (0, 1): [[0.5, 0.5]], (0, 2): [[p, 1 - p]], (1, 2): [[p, 1 - p]],
        (0, 1, 2): [[0.5, 0.5, 0], [p, 0, 1 - p], [0, p, 1 - p]],
    })  # fmt: skip


def pairs_violation(game: NormalFormGame, w: np.ndarray) -> float:
    """The largest violation of condition 4 inside a pair, curnits, in the fights of the game at prices w."""
    z = np.zeros((8, 3))
    for split in splits(game):
        answer = split.solve(w)
        z[split.coalition] = z[7 - split.coalition] = split.outcome(answer.row, answer.column)
    return float(coco_form(z, w)[[3, 5, 6]].max())


def pairs_by_hand(p: float, w: np.ndarray) -> float:
    """In Roth's game two players alone get nothing, so a pair shares equally in curnits."""
    gaps = (w[0] - w[1]) / 2, w[0] * p - w[2] * (1 - p), w[1] * p - w[2] * (1 - p)
    return float(np.abs(gaps).max() / 2)


def owed_if_rounded(w: np.ndarray, owed: float, radius: float) -> float:
    """What player 3 is owed at prices w if a ball is added to what everybody together reaches, and only to that: the best
    point moves along w, and a third of what it is worth more goes to each claim."""
    length = float(np.linalg.norm(w))
    return owed + radius * length / 3 - radius * w[2] ** 2 / length


def how_perfect(payoffs: str, sample: Any) -> Iterator[Line]:
    bound = 0.1 + 3 * np.sqrt(0.1 * 0.9 / sample.equilibria)
    yield at_most(
        f"random 2 x 2 x 2 games, {payoffs} payoffs: share of CoCo equilibria that are coalition-perfect "
        f"({sample.perfect} of {sample.equilibria}), 10 % and three standard errors",
        bound,
        sample.perfect / sample.equilibria,
    ).because(sample.games)
    yield at_least("median violation inside coalitions, without unit", 0.01, float(np.median(sample.residuals)))
    pairs = np.sort([sample.residuals, sample.residuals_harsanyi], axis=0)
    yield equal("no form of condition 4 holds (to 1e-8) where the other fails (by 1e-7; they differ by a factor)", "yes",
                bool(np.all((pairs[0] > 1e-8) | (pairs[1] <= 1e-7))))  # fmt: skip


def histogram(residuals: np.ndarray) -> Any:
    from negotiation.plots.style import BLUE, VERMILION, axes, legend_below

    ax = axes(None)
    ax.hist(np.log10(np.maximum(residuals, 1e-12)), bins=np.arange(-12, 0.5, 0.25).tolist(), color=BLUE)
    ax.axvline(-8, color=VERMILION, linestyle="--", label="to the left: counts as coalition-perfect")
    ax.set_xlabel("log10 of the violation inside coalitions (no unit)")
    ax.set_ylabel("CoCo equilibria")
    legend_below(ax)
    return ax


def fresh_search(run: Run, games: int) -> Iterator[Line]:
    drawn, found = 0, []
    while drawn < games:
        one = find_several(run.rng, games=games - drawn)
        drawn += one.drawn if one else games - drawn
        found += [one] if one else []
    rare = 0.02 + 3 * np.sqrt(0.02 * 0.98 / games)
    yield at_most(f"share of fresh random games with several payoffs ({len(found)} of {games}), 2 % and three standard errors",
                  rare, len(found) / games).because(games)  # fmt: skip
    if found:
        yield for_all("residual of their equilibria, without unit", (e.residual for one in found for e in one.equilibria), 1e-8)


def map_of_prices(game: NormalFormGame, found: Sequence[CocoEquilibrium], steps: int = 48) -> Any:
    from negotiation.plots.style import VERMILION, axes

    feasible, ax = hull(game.points), axes(None, 4.8, 4.0)
    prices = np.array([(a, b, steps - a - b) for a in range(1, steps) for b in range(1, steps - a)]) / steps
    far = [feasible.contains(promised) for promised in ClaimsOfMany(game)(prices) / prices]
    drawn = ax.tricontourf(prices[:, 0], prices[:, 1], np.log10(np.maximum(far, 1e-4)), levels=12, cmap="viridis")
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.colorbar(drawn, ax=ax, label="log10 of the distance (utils)")
    ax.plot(
        *np.array([e.weights[:2] for e in found]).T,
        "*",
        color=VERMILION,
        markersize=13,
        markeredgecolor="white",
        linestyle="none",
    )
    ax.set_xlabel("price of player 1's util (prices sum to 1)")
    ax.set_ylabel("price of player 2's util")
    return ax


def weights_of(own: np.ndarray, together: np.ndarray) -> tuple[np.ndarray, float]:
    """Nonnegative weights and a constant that come closest to ``together``, and by how much they miss it."""
    ones = np.ones((own.shape[1], 1))
    system = np.hstack([own.T, ones, -ones])
    found = nnls(system, together)[0]
    return found[: len(own)], float(np.abs(system @ found - together).max())


def against_everybody(own: np.ndarray, together: np.ndarray) -> float:
    """Most that ``together`` loses between two lotteries of which nobody likes the second less (difference at most 1
    anywhere)."""
    count = own.shape[1]
    answer = linprog(together, A_ub=-own, b_ub=np.zeros(len(own)), A_eq=np.ones((1, count)), b_eq=[0], bounds=[(-1, 1)] * count)
    return -float(answer.fun)


def cloud(rng: np.random.Generator, round_: bool) -> np.ndarray:
    """Some points in the plane; ``round_``: near a circle, so that the frontier has many corners."""
    points = np.vstack([rng.normal(size=(int(rng.integers(6, 16)), 2)), np.eye(2), np.ones((1, 2))])
    return points / np.linalg.norm(points, axis=1, keepdims=True) if round_ else points


def draw_weights() -> Any:
    """A set, a point with one weight vector and a corner with many: the level lines of the weighted sums."""
    from negotiation.plots.style import BLUE, GREY, SKY, VERMILION, axes, legend_below

    corners = np.array([[0.0, 1], [0, 3.5], [2, 3.2], [4, 2], [4.5, 0], [1, 0]])
    ax, feasible = axes(None, 4.6, 4.2), hull(corners)
    ax.fill(*corners.T, color=SKY, alpha=0.25, linewidth=0, label="what lotteries over the outcomes reach")
    for point, colour, name in (((corners[2] + corners[3]) / 2, VERMILION, "smooth"), (corners[3], BLUE, "corner")):
        rays = common_weights(feasible, point).rays
        ax.plot(*point, "o", color=colour, markersize=8, label=f"{name}: {len(rays)} extreme weights", zorder=5)
        for w in rays:
            along = np.array([w[1], -w[0]]) / np.linalg.norm(w) * 1.6
            ax.plot(*np.array([point - along, point + along]).T, color=colour, linewidth=1)
    w = common_weights(feasible, (corners[2] + corners[3]) / 2).rays[0]
    for level in (0.6, 1.2, 1.8):
        foot, along = (
            (corners[2] + corners[3]) / 2 - level * w / np.linalg.norm(w),
            np.array([w[1], -w[0]]) / np.linalg.norm(w) * 1.6,
        )
        ax.plot(
            *np.array([foot - along, foot + along]).T, ":", color=GREY, linewidth=1, label="level lines of the weighted sum"
        )
    ax.set_xlabel("payoff of player 1 (utils)")
    ax.set_ylabel("payoff of player 2 (utils)")
    ax.set_aspect("equal", adjustable="datalim")
    legend_below(ax)
    return ax


def normal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    edge = np.array([a[1] - b[1], b[0] - a[0]])
    return edge / edge.sum()


def slope_missed(feasible: Any, a: np.ndarray, b: np.ndarray) -> float:
    found = common_weights(feasible, (a + b) / 2)
    return float(np.abs(found.rays[0] - normal(a, b)).max()) if found.unique else np.inf


def vertex_missed(feasible: Any, chain: np.ndarray, k: int) -> float:
    """At the weights of a vertex: what it misses of the best vertex, utils."""
    return max(float((chain @ w).max() - w @ chain[k]) for w in common_weights(feasible, chain[k]).rays)


def corner_missed(feasible: Any, chain: np.ndarray, k: int) -> float:
    """Both edges' normals must be the extreme weights, and what is between them must be admitted."""
    found = common_weights(feasible, chain[k])
    left, right = normal(chain[k - 1], chain[k]), normal(chain[k], chain[k + 1])
    ends = np.sort(found.rays[:, 0]), np.sort([left[0], right[0]])
    apart = float(np.abs(ends[0] - ends[1]).max()) if len(ends[0]) == 2 else np.inf
    return max(apart, *(found.admits(t * left + (1 - t) * right) for t in (0, 0.5, 1)))


def ray_missed(rng: np.random.Generator) -> float:
    points, direction = rng.normal(size=(10, 3)), rng.dirichlet(np.ones(3)) + 0.05
    feasible, start = hull(points, comprehensive=True), points.mean(axis=0)
    below = linprog(np.r_[np.zeros(10), -1.0], A_ub=np.hstack([-points.T, direction[:, None]]), b_ub=-start,
                    A_eq=np.r_[np.ones(10), 0.0][None], b_eq=[1])  # fmt: skip
    hit = start + below.x[-1] * direction
    return max(float((points @ w).max() - w @ hit) for w in common_weights(feasible, hit).rays)


def representative_gains(game: NormalFormGame, w: np.ndarray, rng: np.random.Generator) -> float:
    """The most that any player's claim gains when its own side of a fight changes its threat."""
    result, share, worst = claims(game, w), shares(game.players), -np.inf
    for split in splits(game):
        answer, m = result.solved[split.coalition], split.matrix(w)
        other = (1 << game.players) - 1 - split.coalition
        tried = np.r_[m @ answer.column, rng.dirichlet(np.ones(len(m)), size=5) @ m @ answer.column]
        replied = np.r_[answer.row @ m, rng.dirichlet(np.ones(m.shape[1]), size=5) @ m.T @ answer.row]
        for side, values in ((split.coalition, tried), (other, replied)):
            for value in values:
                delta = result.delta.copy()
                delta[split.coalition], delta[other] = value, -value
                worst = max(worst, float((delta @ share - result.phi)[list(members(side))].max()))
    return worst


def threats(game: NormalFormGame, rng: np.random.Generator, player: int) -> list[np.ndarray]:
    count = game.actions[player]
    return [*np.eye(count), *rng.dirichlet(np.ones(count), size=5)]


def threat_gains(game: NormalFormGame, rng: np.random.Generator) -> float:
    solution, feasible, worst = variable_threats(game), hull(game.points), -np.inf
    for player in range(2):
        for threat in threats(game, rng, player):
            pair = [threat if k == player else solution.threats[k] for k in range(2)]
            worst = max(worst, float(nash_or_stay(feasible, game.payoff(pair)).point[player] - solution.point[player]))
    return worst


def both_win(game: NormalFormGame, rng: np.random.Generator) -> float:
    pairs = [(a, b) for a in threats(game, rng, 0) for b in threats(game, rng, 1)]
    found = [nash_or_stay(hull(game.points), game.payoff(pairs[k])).point for k in rng.choice(len(pairs), 8, replace=False)]
    return max(float(np.prod(a - b)) for a, b in combinations(found, 2))


def gap(game: NormalFormGame, row: Sequence[float], column: Sequence[float]) -> float:
    m = game.payoffs[0] - game.payoffs[1]
    return float((m @ column).max() - (np.asarray(row) @ m).min())


def range_of_threats(game: NormalFormGame) -> float:
    """How much player 1's payoff differs between its optimal threats against the first column: two linear programs."""
    m, paid = game.payoffs[0] - game.payoffs[1], game.payoffs[0][:, 0]
    value = fight(game, 1).solve([1, 1]).value
    ends = [linprog(sign * paid, A_ub=-m.T, b_ub=np.full(2, -value), A_eq=np.ones((1, 2)), b_eq=[1]).fun for sign in (1, -1)]
    return -float(sum(ends))


def sign_changes(game: NormalFormGame) -> int:
    """Along the frontier: how often what player 1 has too much changes sign (five weights at a corner, five points of an
    edge)."""
    chain = frontier(hull(game.points)).points
    normals = np.vstack([[0.0, 1.0], *(normal(a, b)[None] for a, b in pairwise(chain)), [1.0, 0.0]])
    excess: list[float] = []
    for k, x in enumerate(chain):
        walk = [((1 - t) * normals[k] + t * normals[k + 1], x) for t in np.linspace(0, 1, 5)]
        if k + 1 < len(chain):
            walk += [(normals[k + 1], (1 - t) * x + t * chain[k + 1]) for t in np.linspace(0, 1, 5)]
        excess += [float(w @ (x * [1, -1])) - fight(game, 1).solve(w).value for w, x in walk]
    signs = np.sign(np.where(np.abs(excess) < 1e-12, 0.0, excess))
    return int((np.diff(signs[signs != 0]) != 0).sum())
