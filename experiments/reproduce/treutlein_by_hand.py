"""Second computations, random games and pictures for the rows of ``treutlein``."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from scipy.optimize import linprog, minimize

from experiments.reproduce.lines import Line, equal, for_all, slip
from experiments.reproduce.rows import Run
from negotiation.bargaining import (
    FeasibleSet,
    NoGainsFromTrade,
    hull,
    nash,
    smooth,
)
from negotiation.bargaining.axioms import individual_rationality
from negotiation.ecl import (
    BayesianBargainingGame,
    ECLBayesianGame,
    SeparableGame,
    TableGame,
    bayesian_nash,
    bayesian_nash_equilibria,
    compromise,
    cooperators_equilibrium,
    core,
    correlated_types,
    dependency_certificate,
    example_35,
    example_56,
    gains_from_cooperation,
    is_dependency_equilibrium,
    least_players,
    logarithmic_budget,
    mixed_families,
    polytope_draws,
    power_budget,
    prior_of_joint,
    split_type,
    theorem_38,
    theorem_51,
    uncorrelated,
    with_cooperators,
    worst_matrix,
)
from negotiation.ecl.supporting_sequence import conditional_utility

Floats = np.ndarray[Any, np.dtype[np.float64]]

FAR = 1e9  # how far along a sequence s_r its limits are read off


def mixed_lines() -> Iterator[Line]:
    for players in (2, 3, 10):
        game, kappa = example_35(players), 0.5 + 1 / (players - 1)
        found = {f.branch: f for f in mixed_families(game)}
        by_hand = [] if kappa > 1 else [[0, 1], [kappa / (1 + kappa), 1 / (1 + kappa)]]
        ends = [found[name].intervals[0] for name in ("same side", "other side") if name in found]
        yield equal(f"the exercise, {players} players: ranges of mu1 on mu2 = mu1 and on mu2 = 1 - mu1", by_hand, ends)
        gains = [
            is_dependency_equilibrium(game, f.distribution(x)).max_gain
            for f in found.values()
            for x in np.linspace(*f.intervals[0], 7)
        ]
        if gains:
            yield for_all(f"... {players} players: gains of alternatives along the curves, utils", gains)


def joint_of(rng: np.random.Generator, types: int) -> Floats:
    """A symmetric joint prior of two players' types."""
    q = rng.random((types, types)) + 0.1
    return np.asarray((q + q.T) / (q + q.T).sum())


def ellipsoid(rng: np.random.Generator, n: int) -> FeasibleSet:
    """With half axes between 0.7 and 1.4, so that no part of its boundary is nearly flat or nearly a corner."""
    turn, _ = np.linalg.qr(rng.normal(size=(n, n)))
    shape, centre = turn @ np.diag(rng.uniform(0.5, 2.0, n)) @ turn.T, rng.normal(size=n)
    return smooth(support=lambda w: centre + shape @ w / np.sqrt(w @ shape @ w), n=n)


def ellipse(first: float, second: float, angle: float) -> FeasibleSet:
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    shape = turn @ np.diag(np.exp([first, second])) @ turn.T
    return smooth(support=lambda w: shape @ w / np.sqrt(w @ shape @ w), n=2)


def separable(rng: np.random.Generator, n: int, whole: bool = False) -> SeparableGame:
    """Later actions are better for oneself; ``whole``: small whole payoffs, with many ties."""
    tables = rng.normal(size=(n, 4, n))
    tables[np.arange(n), :, np.arange(n)] += 0.5 * np.arange(4)
    return SeparableGame(list(np.round(2 * tables) if whole else tables))


def ecl_game(rng: np.random.Generator, players: int, types: int = 2, actions: int = 2) -> ECLBayesianGame:
    """Normal utilities; a prior that mixes three laws of independent types, so that types are correlated."""
    joint = np.zeros((types,) * players)
    for share, law in zip(rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(types), size=3), strict=True):
        joint += share * reduce(np.multiply.outer, [law] * players)
    return ECLBayesianGame(rng.normal(size=(types, types, actions)), prior_of_joint(joint), players)


def smooth_game(rng: np.random.Generator, players: float = math.inf) -> BayesianBargainingGame:
    types = int(rng.integers(2, 4))
    sets = [
        power_budget(rng.uniform(0.5, 2.0, types), exponent=rng.uniform(1.5, 3.0))
        if t % 2
        else logarithmic_budget(rng.uniform(2 * types, 50), rng.uniform(0.3, 1.0, types))
        for t in range(types)
    ]
    return BayesianBargainingGame(sets, joint_of(rng, types), players=players)


def circle(count: int) -> Floats:
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def outside(one: FeasibleSet, points: Floats) -> Floats:
    """How far points (K, 2) at least are from a convex set, by its support in 360 directions."""
    around = circle(360)
    return np.asarray((points @ around.T - np.array([one.support(w)[0] for w in around])).max(axis=1))


def drawn(count: int, make: Callable[[], float | None]) -> list[float]:
    """As many numbers as wanted; instances of which a statement does not speak give None and are drawn again."""
    drawn = (make() for _ in range(1000 * count))
    return list(itertools.islice((value for value in drawn if value is not None), count))


def climb(run: Run, violation: Callable[[Floats], float | None], start: Floats, steps: int, size: float = 0.5) -> list[float]:
    """Violations met by a local search that goes where they do not shrink, with steps that do; other places are left out."""
    best, value = start, violation(start)
    while value is None:
        best = np.asarray(run.rng.normal(size=start.shape))
        value = violation(best)
    found = [value]
    for k in range(run.tries(steps)):
        other = best + size * 0.97**k * run.rng.normal(size=best.shape)
        met = violation(other)
        if met is not None:
            found.append(met)
            if met >= value:
                best, value = other, met
    return found


def linear_and_root(resources: float) -> FeasibleSet:
    """What one spends on Alice counts as it is, what one spends on Bob as the root of twice it; ``resources`` to spend."""

    def best(w: Floats) -> Floats:  # w1 (r - y^2 / 2) + w2 y is largest at y = w2 / w1
        most = math.sqrt(2 * resources)
        bob = most if w[0] <= 0 else min(most, max(0.0, w[1]) / w[0])
        return np.array([resources - bob**2 / 2, bob])

    return smooth(support=best, n=2, comprehensive=True)


def hidden(game: TableGame, sigma: Floats, odds: Floats) -> Floats:
    """Joint play of all players who mix by sigma[z] in a hidden state z; ``odds`` (Z, T, ..., T) may depend on everyone's
    types."""
    n = game.players
    return np.asarray(sum(
        weight.reshape(weight.shape + (1,) * n) * uncorrelated(game, np.tile(one, (n, 1, 1)))
        for one, weight in zip(sigma, odds, strict=True)
    ))  # fmt: skip


def definition_29(game: TableGame, s: Floats) -> Floats:
    """Definition 29 for player 1, term by term."""
    n, m, k = game.players, game.types, game.actions
    out = np.zeros((m, k))
    for t, a in itertools.product(range(m), range(k)):
        weight = sum(game.prior[(t, *others)] for others in itertools.product(range(m), repeat=n - 1))
        for others in itertools.product(range(m), repeat=n - 1):
            types = (t, *others)
            plays = [(a, *rest) for rest in itertools.product(range(k), repeat=n - 1)]
            mass = sum(s[types + play] for play in plays)
            mean = sum(s[types + play] / mass * game.utilities[(0, *types, *play)] for play in plays)
            out[t, a] += game.prior[types] / weight * mean
    return out


def ten_by_hand(game: ECLBayesianGame, full: TableGame, s: Floats) -> Floats:
    """Equation (10), term by term, for three players."""
    m, k, out = game.types, game.actions, np.zeros((game.types, game.actions))
    for t, a, other in itertools.product(range(m), range(k), range(m)):
        met = sum(full.prior[t, other, third] for third in range(m))
        belief = met / full.prior[t].sum()
        pair = np.array(
            [
                sum(full.prior[t, other, third] * s[t, other, third, a, b, c] for third in range(m) for c in range(k))
                for b in range(k)
            ]
        )
        out[t, a] += 2 * belief * (pair / pair.sum()) @ game.utilities[other, t]
    return out + np.array([game.utilities[t, t] for t in range(m)])


def least_of(share: float | None) -> float:
    if share is not None:
        return least_players(with_cooperators(example_35(), share), [0, 0])
    return next(n for n in range(2, 100) if gains_from_cooperation(example_35(n), [0, 0]).min() >= -1e-9)


def gain_of_alternatives(share: float | None, players: int) -> float:
    game, all_cooperate = example_35(players), np.array([0, 0])
    if share is None:
        return is_dependency_equilibrium(game, all_cooperate).max_gain
    return cooperators_equilibrium(with_cooperators(game, share), all_cooperate).max_gain


def end_of_trade(resources: float) -> float:
    """The belief in one's own type beyond which a compromise of Example 56 is not to be had, by bisection."""
    low, high = 0.5, 1 - 1e-6
    while high - low > 1e-5:
        middle = (low + high) / 2
        try:
            low, high = (middle, high) if compromise(example_56(middle, resources)).gains.min() > 0 else (low, middle)
        except NoGainsFromTrade:
            high = middle
    return (low + high) / 2


def relative(values: Floats) -> Floats:
    return np.asarray(values / values[-1])


def above_38(rng: np.random.Generator) -> float:
    """How far conditional utilities rise above alpha's along the sequence of Theorem 38, in a game where it just applies."""
    u, prior = rng.normal(size=(2, 2, 2, 2, 2)), rng.dirichlet(np.ones(4)).reshape(2, 2)
    alpha, sigma = rng.integers(2, size=(2, 2)), (rng.dirichlet(np.ones(2), size=(2, 2)) + 0.1) / 1.2
    if rng.random() < 0.5:
        sigma = np.eye(2)[rng.integers(2, size=(2, 2))]
    report = theorem_38(TableGame(u, prior), alpha, sigma)
    other = np.eye(2, dtype=bool)[1 - alpha]
    bonus = (report.against - report.promise[:, :, None])[other].reshape(
        2, 2
    )  # alpha then gives just what the alternative does
    for types in itertools.product(range(2), range(2)):
        plays = (alpha[0, types[0]], alpha[1, types[1]])
        for player in range(2):
            u[(player, *types, *plays)] += bonus[player, types[player]]
    report = theorem_38(TableGame(u, prior), alpha, sigma, ratios=(FAR,))
    return float((report.along[-1] - report.promise[:, :, None]).max())


def above_51(rng: np.random.Generator) -> float:
    """The same for Theorem 51: alpha gives more to others than beta, and to its own type just so much that the theorem
    applies. The sequence is built twice: for sets of actions, and for each action by itself."""
    types, players = int(rng.integers(2, 4)), float(rng.choice([3, math.inf]))
    points = rng.normal(size=(types, 5, types))
    game = BayesianBargainingGame(list(points), joint_of(rng, types), players=players)
    beta = points[:, 0]
    alpha = beta + np.abs(rng.normal(size=beta.shape))
    others = (game.reach * (alpha - beta) * (1 - np.eye(types))).sum(axis=0)
    np.fill_diagonal(alpha, [points[t, :, t].max() - others[t] / game.reach[t, t] for t in range(types)])
    draws = [polytope_draws(np.vstack([points[t], alpha[t]]), 50, rng) for t in range(types)]
    report = theorem_51(game.beliefs, players, alpha, beta, draws, ratios=(FAR,))
    wider = BayesianBargainingGame([np.vstack([points[t], alpha[t]]) for t in range(types)], game.prior, game.beliefs, players)
    promise, proof = wider.interim(alpha), dependency_certificate(wider, alpha, beta)
    each = [conditional_utility(wider, proof, t, y, FAR) - promise[t] for t in range(types) for y in draws[t][:10]]
    beyond = (report.along[-1] - report.promise[:, None]).max()
    return float(max(beyond, *each, np.abs(report.promise - promise).max()))


def above_compromise(z: Floats, disagreement: str) -> float | None:
    """The most that an alternative gains on the compromise of three players of two types with five vertices each (``z``: their
    20 payoffs); None without gains from trade."""
    points = z.reshape(2, 5, 2)
    game = BayesianBargainingGame(list(points), [[0.3, 0.2], [0.2, 0.3]], players=3)
    try:
        found = compromise(game, disagreement=disagreement)
    except NoGainsFromTrade:
        return None
    assert found.fallback is not None
    proof = dependency_certificate(game, found.actions, found.fallback)
    along = [conditional_utility(game, proof, t, y, FAR) - proof.payoffs[t] for t in range(2) for y in points[t]]
    return float(max(proof.gains.max(), *along, np.abs(proof.payoffs - found.payoffs).max()))


def beyond_of(game: SeparableGame, kind: str, base: Floats | None = None, way: Floats | None = None) -> float:
    """How far the point on a ray that all coalitions of a balanced collection of three players can get lies beyond what all can
    reach together, over the range of payoffs; the largest over collections."""
    worst, most = worst_matrix(game, kind), 0.0  # type: ignore[arg-type]
    base, way = (game.nash_point - 10, np.full(3, 10.0)) if base is None or way is None else (base, way)
    far = {}
    for group in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2)):
        k, inside = len(group), list(group)
        far[group] = game.reach(group, worst).program(np.zeros(k), 1.0, np.eye(k), -way[inside], base[inside]).t
    for collection in (((0, 1), (2,)), ((0, 2), (1,)), ((1, 2), (0,)), ((0,), (1,), (2,)), ((0, 1), (0, 2), (1, 2))):
        most = max(most, game.feasible.contains(base + min(far[group] for group in collection) * way))
    return most / game.size


def gain_of_coalitions(game: SeparableGame, x: Floats, worst: Floats) -> float:
    """The most that all members of a coalition gain over x at once by mixtures of their actions, outsiders giving ``worst``; or
    what all players together miss of x, if that is more. A linear program for each coalition."""
    found = []
    for size in range(1, game.n + 1):
        for group in map(list, itertools.combinations(range(game.n), size)):
            out = [j for j in range(game.n) if j not in group]
            given = np.hstack([game.vertices[i][:, group].T for i in group])  # (members, actions of all members)
            counts = [len(game.vertices[i]) for i in group]
            one = np.hstack([np.repeat(np.eye(size), counts, axis=1), np.zeros((size, 1))])
            rows = np.hstack([-given, np.ones((size, 1))])
            bounds = [(0, None)] * sum(counts) + [(None, None)]
            cost = np.append(np.zeros(sum(counts)), -1.0)
            found.append(-linprog(cost, rows, worst[out][:, group].sum(axis=0) - x[group], one, np.ones(size), bounds).fun)
    return float(max(*found, -found[-1]))  # the last coalition is that of all


def worst_by_weights(game: SeparableGame) -> Floats:
    """(62) by its dual: an action is part of a Pareto optimal strategy of a coalition if it is best for some positive weights
    on the members' payoffs."""
    out = np.full((game.n, game.n), np.inf)
    for j, table in enumerate(game.vertices):
        others = [i for i in range(game.n) if i != j]
        for size in range(game.n):
            for group in itertools.combinations(others, size):
                inside = [j, *group]
                for action in table:
                    rows = (table - action)[:, inside]
                    if linprog(np.zeros(len(inside)), rows, np.zeros(len(table)), bounds=(1, None)).status == 0:
                        out[j] = np.minimum(out[j], action)
    return out


def blocking(report: Any) -> str:
    return "{" + ", ".join(str(i + 1) for i in report.objection.coalition) + "}" if report.excess > report.slack else "nobody"


def facets(game: SeparableGame, worst: Floats, pair: tuple[int, int]) -> list[tuple[Floats, float]]:
    """Normals and levels of what a pair of three players reaches: all lines through two sums of actions that bound it."""
    inside = list(pair)
    sums = (
        np.array([a + b for a, b in itertools.product(*(game.vertices[i] for i in pair))])[:, inside]
        + worst[3 - sum(pair), inside]
    )
    found = {(1.0, 0.0), (0.0, 1.0)}
    for p, q in itertools.permutations(sums, 2):
        w = np.array([q[1] - p[1], p[0] - q[0]])
        if (w > 1e-9).all() and (sums @ w).max() <= p @ w + 1e-9:
            found.add(tuple((w / w.sum()).round(12)))
    return [(np.array([dict(zip(pair, w, strict=True)).get(i, 0.0) for i in range(3)]), (sums @ w).max()) for w in found]


def relaxed(game: SeparableGame) -> float:
    """Least relaxation of the claims of three players' coalitions if outsiders are selfish: no pair gains over x exactly if x
    is beyond one of its facets, so there is a linear program for each choice of facets."""
    worst, eye, least = worst_matrix(game, "nash"), np.eye(3), math.inf
    alone = [(eye[i], game.vertices[i][:, i].max() + np.delete(worst[:, i], i).sum()) for i in range(3)]
    sums = np.array([a + b + c for a, b, c in itertools.product(*game.vertices)])
    total, bounds = [[1.0] * len(sums) + [0.0]], [(0, None)] * len(sums) + [(None, None)]
    for choice in itertools.product(*(facets(game, worst, pair) for pair in ((0, 1), (0, 2), (1, 2)))):
        claims = [*alone, *choice]
        rows = [[*(-sums @ w), -w.sum()] for w, _ in claims]
        out = linprog([0.0] * len(sums) + [1.0], rows, [-level for _, level in claims], total, [1.0], bounds)
        least = min(least, float(out.fun))
    return least


def threat_slip(game: SeparableGame, solution: Floats) -> Line:
    threat = game.gives([np.array(m) for m in ([0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0])]).sum(axis=0)
    better = nash(game.feasible, threat).point
    return slip("what player 1 gets by threatening with options 1 and 2 half and half (a general optimiser agrees to 0.0001)",
                solution[0], better[0], nash_by_mixtures(game, threat)[0],
                "(3, 3, 3) is not the threat point. Half of option 2 raises player 2's disagreement payoff by 1.25 utils; the "
                "solution then gives player 2 more, and what helps player 2 most helps player 1 as much.", 1e-4)  # fmt: skip


def nash_by_mixtures(game: SeparableGame, d: Floats) -> Floats:
    """The Nash solution by a general optimiser over mixtures of all pure outcomes, from the one with the largest least gain."""
    sums = np.array([sum(rows) for rows in itertools.product(*game.vertices)])
    k = len(sums)
    start = linprog(
        [0.0] * k + [-1.0], np.column_stack([-(sums - d).T, np.ones(game.n)]), np.zeros(game.n), [[1.0] * k + [0.0]], [1.0]
    ).x[:k]
    equal_one = {"type": "eq", "fun": lambda s: s.sum() - 1}
    out = minimize(lambda s: -np.log(np.maximum(s @ sums - d, 1e-9)).sum(), start, method="SLSQP", bounds=[(0, 1)] * k,
                   constraints=equal_one, options={"ftol": 1e-14, "maxiter": 1000})  # fmt: skip
    return np.asarray(out.x @ sums)


def best_deviation(rng: np.random.Generator) -> float:
    """The most that another vertex of one of three types adds to its interim utility where everybody is for itself."""
    points = rng.normal(size=(3, 5, 3))
    game = BayesianBargainingGame(list(points), joint_of(rng, 3), players=4)
    found, most = bayesian_nash(game), -math.inf
    for t, k in itertools.product(range(3), range(5)):
        other = found.actions.copy()
        other[t] = points[t, k]
        most = max(most, float(game.interim(other)[t] - found.payoffs[t]))
    return most


def corollary_40(z: Floats, players: int) -> float:
    """The largest gain of an alternative over the profile in which both types do what is worse for their own; payoffs (``z``)
    to the other type are raised just so far that (41) holds."""
    u, prior = z.reshape(2, 2, 2).copy(), correlated_types(0.6)
    base = next(bayesian_nash_equilibria(ECLBayesianGame(u, prior, players)).pure())
    for t, lack in enumerate(gains_from_cooperation(ECLBayesianGame(u, prior, players), 1 - base)):
        u[1 - t, t, 1 - base[1 - t]] += max(0.0, 1e-12 - lack) / ((players - 1) * prior.beliefs[t, 1 - t])
    return is_dependency_equilibrium(ECLBayesianGame(u, prior, players), 1 - base).max_gain


def split_of(rng: np.random.Generator) -> float | None:
    """Axiom 70 on a random game, type and share: the change of payoffs, of their range; None without gains from trade."""
    game = smooth_game(rng, float(rng.choice([3, math.inf])))
    t, share = int(rng.integers(game.types)), float(rng.uniform(0.05, 0.95))
    try:
        before = compromise(game).payoffs
    except NoGainsFromTrade:
        return None
    after = compromise(split_type(game, t, share)).payoffs
    return float(np.abs(after - before[np.insert(np.arange(game.types), t, t)]).max() / game.feasible.span.max())


def mixture(rng: np.random.Generator) -> float | None:
    """Axiom 71 at a corner x of F: with d = 0 it is the solution for prior p if it is best for weights p_t / x_t. None if
    weights nearby choose another corner."""
    sets = [np.vstack([np.zeros(3), rng.random((6, 3))]) for _ in range(3)]
    beliefs, w = rng.dirichlet(np.ones(3), 3), rng.uniform(0.5, 1.5, 3)
    plain = BayesianBargainingGame(sets, np.full(3, 1 / 3), beliefs, common_prior=False)
    corner, near = plain.best_actions(w), w * rng.uniform(0.9, 1.1, 3)
    x = plain.interim(corner)
    if x.min() < 1e-3 or (plain.best_actions(near) != corner).any():
        return None
    first, second = (v * x / (v @ x) for v in (w, near))
    part, moved = rng.random(), []
    for prior in (first, second, part * first + (1 - part) * second):
        game = BayesianBargainingGame(sets, prior, beliefs, common_prior=False)
        moved.append(float(np.abs(compromise(game, disagreement=np.zeros(3)).payoffs - x).max()))
    return max(moved)


def nash_loss(rng: np.random.Generator) -> float | None:
    """What somebody loses by the Nash solution of a random set, utils; None without gains from trade."""
    one = hull(rng.normal(size=(5, 2)))
    d = np.mean([one.support(w)[1] for w in circle(7)], axis=0)
    try:
        return individual_rationality(nash(one, d).point, d)
    except NoGainsFromTrade:
        return None


def root_area(resources: float) -> Floats:
    bob = np.linspace(0, math.sqrt(2 * resources), 100)
    return np.vstack([np.column_stack([resources - bob**2 / 2, bob]), [[0, 0]]])


def sum_area() -> Floats:
    """What Alice and Bob reach together: each gives Bob half of y, until Bob has nothing left to give."""
    y = np.linspace(0, 2 * math.sqrt(10), 100)
    rest = np.linspace(0, 1, 50)
    low = np.column_stack([15 - y**2 / 4, y])
    high = np.column_stack([10 * (1 - rest**2), math.sqrt(10) + math.sqrt(20) * rest])
    return np.vstack([low, high[high[:, 1] > 2 * math.sqrt(10)], [[0, 0]]])


def hull_points(points: Floats) -> Floats:
    from scipy.spatial import ConvexHull

    flat = np.asarray(points, dtype=float)
    if np.linalg.matrix_rank(flat - flat[0]) < 2:
        return flat[[np.argmin(flat[:, 0]), np.argmax(flat[:, 0])]]
    return np.asarray(flat[ConvexHull(flat).vertices])


def areas_of(areas: Mapping[str, Any], marks: Mapping[str, Any], names: tuple[str, str]) -> Any:
    """Hulls of points in two payoffs (lines if they are flat), and marks."""
    from negotiation.plots.style import BLUE, GREEN, GREY, MARKERS, ORANGE, PALETTE, VERMILION, axes, legend_below

    ax = axes(None, width=4.2, height=4.0)
    for (name, points), colour in zip(areas.items(), (VERMILION, BLUE, GREY) if len(areas) > 1 else (GREY,), strict=False):
        around = hull_points(points)
        ax.fill(*around.T, facecolor=colour, alpha=0.18, linewidth=0)
        ax.fill(*around.T, facecolor="none", edgecolor=colour, linewidth=1.2, label=name)
    for k, (name, point) in enumerate(marks.items()):
        colour = (ORANGE, GREEN, *PALETTE[3:])[k]
        ax.plot(*point, MARKERS[k], color=colour, markersize=6, label=name, zorder=5)
    ax.set_xlabel(names[0])
    ax.set_ylabel(names[1])
    ax.grid(True)
    legend_below(ax)
    return ax


def feasible_sets_of(game: BayesianBargainingGame, found: Any) -> Any:
    from negotiation.plots.ecl import feasible_sets

    return feasible_sets(game, found)


def gains_curves_of(curves: Sequence[Any], measured: Sequence[Any]) -> Any:
    from negotiation.plots.ecl import gains_curves

    return gains_curves(curves, measured=measured)


def families() -> Any:
    """The two curves of mixed equilibria of Example 35 for some numbers of players."""
    from negotiation.plots.style import DASHES, PALETTE, axes, legend_below

    ax = axes(None, width=4.0, height=4.2)
    for k, players in enumerate((3, 4, 10, math.inf)):
        for family in mixed_families(example_35(players)):
            first = np.linspace(*family.intervals[0], 101)
            told = f"{players} players" if players < math.inf else "infinitely many"
            shift = 0.008 * k  # the diagonals coincide
            ax.plot(first, [family.second(x) + shift for x in first], color=PALETTE[k], linestyle=DASHES[k], label=told)
    ax.set_xlabel("probability that type 1 cooperates")
    ax.set_ylabel("probability that type 2 cooperates")
    ax.set_aspect("equal")
    ax.grid(True)
    legend_below(ax)
    return ax


def core_picture(game: SeparableGame, marks: Mapping[str, Floats]) -> Any:
    """The frontier where players 1 and 2, who are alike, get the same, with the part that is in the core."""
    from negotiation.plots.style import BLUE, GREY, MARKERS, PALETTE, axes, legend_below

    sums = np.array([a + b + c for a, b, c in itertools.product(*game.vertices)])
    around = hull_points(np.column_stack([sums[:, :2].mean(axis=1), sums[:, 2]]))
    ax = axes(None, width=4.2, height=4.0)
    ax.fill(*around.T, facecolor=GREY, alpha=0.15, linewidth=0)
    ax.fill(*around.T, facecolor="none", edgecolor=GREY, linewidth=1.2, label="what all can reach")
    points = []
    for share in np.linspace(0.01, 0.99, 99):
        points.append(around[np.argmax(around @ [share, 1 - share])])
    chain = np.unique(np.array(points), axis=0)
    fine = (
        np.vstack([a + np.linspace(0, 1, 60)[:, None] * (b - a) for a, b in itertools.pairwise(chain)])
        if len(chain) > 1
        else chain
    )
    inside = np.array([core(game, (x, x, z)).excess <= 1e-7 for x, z in fine])
    ax.plot(*fine[inside].T, "o", color=BLUE, markersize=11, markerfacecolor="none", label="in the core with (62)")
    for k, (name, point) in enumerate(marks.items()):
        ax.plot(point[0], point[2], MARKERS[k], color=PALETTE[1 + k], markersize=6, label=name, zorder=5)
    ax.set_xlabel("payoff of players 1 and 2, each (utils)")
    ax.set_ylabel("payoff of player 3 (utils)")
    ax.grid(True)
    legend_below(ax)
    return ax
