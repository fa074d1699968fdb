"""Treutlein, *Modeling Evidential Cooperation in Large Worlds* (file 000).

Players and types are numbered from 1 in words, as in the paper, and from 0 in code."""

import itertools
import math
from collections.abc import Iterator

import numpy as np
from scipy.optimize import brentq, linprog, minimize

from experiments.reproduce import treutlein_by_hand as by_hand
from experiments.reproduce.lines import Line, at_least, at_most, equal, for_all, slip
from experiments.reproduce.rows import Run, not_computable, row
from experiments.reproduce.treutlein_by_hand import Floats
from negotiation.bargaining import (
    axiom_table,
    bimatrix,
    common_weights,
    hull,
    kalai_smorodinsky,
    minkowski,
    nash,
    nash_equilibria,
    relative_utilitarian,
    rubinstein_shares,
    variable_threats,
    variance_normalised,
)
from negotiation.bargaining.axioms import individual_rationality, pareto
from negotiation.ecl import (
    BayesianBargainingGame,
    ECLBayesianGame,
    SeparableGame,
    SubtypeGame,
    action_utilities,
    bayesian_nash,
    bayesian_nash_equilibria,
    compromise,
    conditional_utilities,
    cooperators_equilibrium,
    core,
    correlated_types,
    equivalent_game,
    example_17,
    example_35,
    example_46,
    example_54,
    example_54_split,
    example_55,
    example_56,
    example_64,
    example_66,
    expected_utilities,
    figure_13,
    figure_15,
    gains_from_cooperation,
    gains_of_cooperators,
    is_dependency_equilibrium,
    logarithmic_curve,
    pairwise_utilities,
    payoffs_alone,
    prior_of_pairs,
    pure_dependency_equilibria,
    split_type,
    square_root_curve,
    stable_disagreement,
    table_game,
    threat_point,
    uncorrelated,
    ways_to_divide,
    with_cooperators,
    worst_matrix,
)
from negotiation.ecl.threat_points import deviation_gains


@row("T1", "P", "000, Examples 1 and 10; Figures 3, 4",
     "Alice and Bob split their resources by the Nash solution: A = 8.15, B = 3.15")  # fmt: skip
def alice_and_bob(run: Run) -> Iterator[Line]:
    """Alice has 10 units of a resource, Bob 5. A unit spent on Alice gives her a util; y utils for Bob cost y^2 / 2.

    Each alone gives the set of points (r - y^2 / 2, y); both together their sum. The Nash solution maximises the product of
    gains over (10, root of 10), where each spends on itself. By hand: at equal marginal rates both give Bob y / 2, so Alice has
    15 - y^2 / 4, and the product is largest at y = (root of 10 + root of 70) / 3."""
    both, d = minkowski([by_hand.linear_and_root(10.0), by_hand.linear_and_root(5.0)]), np.array([10.0, math.sqrt(10.0)])
    found = nash(both, d)
    parts = both.parts(found.weights)  # type: ignore[attr-defined]
    y = (math.sqrt(10) + math.sqrt(70)) / 3
    yield equal("A, spent on Alice by Alice", 8.15, parts[0, 0], 0.005)
    yield equal("B, spent on Alice by Bob", 3.15, parts[1, 0], 0.005)
    yield equal("A and B against the closed form 10 - y^2 / 8 and 5 - y^2 / 8", [10 - y**2 / 8, 5 - y**2 / 8], parts[:, 0])
    yield equal("payoffs against the closed form (15 - y^2 / 4, y), utils", [15 - y**2 / 4, y], found.point)
    yield equal("common weights, proportional to 1 and y / 2", np.array([1, y / 2]) / (1 + y / 2), found.weights)
    gain = pareto(both, d, weak=True)
    yield equal("each for itself is not efficient: utils that both can gain at once, 2 root(6 + root 10) - 2 - root 10",
                2 * math.sqrt(6 + math.sqrt(10)) - 2 - math.sqrt(10), gain)  # fmt: skip
    run.draw(
        "Examples 1 and 10: what Alice and Bob can do alone and together, the point where each looks after itself, and the "
        "Nash solution.",
        lambda: by_hand.areas_of(
            {"Alice alone": by_hand.root_area(10.0), "Bob alone": by_hand.root_area(5.0), "both": by_hand.sum_area()},
            {"each for itself": d, "Nash solution": found.point},
            ("Alice's utility (utils)", "Bob's utility (utils)"),
        ),
    )


@row("T2", "P", "000, Theorem 6",
     "A sum of choices is Pareto optimal if all maximise the same weighted sum, and on smooth sets only then")  # fmt: skip
def common_weights_or_loss(run: Run) -> Iterator[Line]:
    """Two to four players add up points of random ellipsoids in two or three dimensions.

    Each takes what is best for weights w: nobody can gain without another's loss. If one player triples the weight of the first
    utility, the marginal rates of substitution differ and all can gain at once. Where a set has a kink, different weights can
    choose the same point."""
    together, apart = [], []
    for _ in range(run.tries(10)):
        n = int(run.rng.integers(2, 4))
        sets, w = [by_hand.ellipsoid(run.rng, n) for _ in range(int(run.rng.integers(2, 5)))], run.rng.uniform(0.3, 1.0, n)
        whole, rest = minkowski(sets), sum(one.support(w)[1] for one in sets[1:])
        together.append(pareto(whole, sets[0].support(w)[1] + rest, weak=True))
        apart.append(pareto(whole, sets[0].support(w * np.where(np.arange(n) == 0, 3.0, 1.0))[1] + rest, weak=True))
    yield for_all("(i) the same weights: utils that all can still gain at once", together)
    yield for_all("(ii) one first weight tripled: what is missing of a gain of 0.0001 utils for all",
                  [1e-4 - a for a in apart], 0.0)  # fmt: skip

    def violation(z: Floats) -> float:
        one, two = (by_hand.ellipse(*part) for part in (z[:3], z[3:6]))
        w = np.exp(z[6:])
        return pareto(minkowski([one, two]), one.support(w)[1] + two.support(w)[1], weak=True)

    yield for_all(
        "(i) search for a counterexample over two ellipses and weights", by_hand.climb(run, violation, np.zeros(8), 15)
    )
    scaled = sets[0].support(3 * w)[1] + rest
    yield slip("utils that all can gain where one player's weights are three times the others'", "more than 0",
               pareto(whole, scaled, weak=True), max(0.0, whole.support(w)[0] - float(w @ scaled)),
               "(ii) says that different weights are never Pareto optimal, but weights that are proportional differ and "
               "choose the same point. It has to say: not proportional (the proof has normalised them).")  # fmt: skip
    kinked = [hull(np.array([[0, 3], [2, 2], [3, 0]])), hull(np.array([[0, 3], [2.5, 2.5], [3, 0]]))]
    corner = kinked[0].support([0.5, 0.5])[1] + kinked[1].support([0.6, 0.4])[1]
    yield equal("at kinks, weights 1 : 1 and 3 : 2: utils to gain", 0, pareto(minkowski(kinked), corner))
    yield equal("all common weights there lie between these rays", [[1 / 3, 2 / 3], [2 / 3, 1 / 3]],
                common_weights(minkowski(kinked), corner).rays)  # fmt: skip


@row("T3", "P", "000, Example 7, Tables 1 to 3",
     "Variance normalisation picks (b1, a2) and leaves player 1 worse off than no compromise")  # fmt: skip
def variance_normalisation(run: Run) -> Iterator[Line]:
    """Two players, two actions each, utilities that add up (Table 1).

    Subtract the mean over all outcomes from each utility, divide by the variance, maximise the sum: the outcome (b1, a2) wins
    and gives player 1 one util less than if everybody looked after itself."""
    game = SeparableGame([[(0, -3), (-1, 0)], [(0, 3), (-3, 2)]])
    profiles = list(itertools.product(range(2), repeat=2))
    outcomes = np.array([game.vertices[0][a] + game.vertices[1][b] for a, b in profiles])
    yield equal("Table 2 as printed, in the order (a1, a2), (a1, b2), (b1, a2), (b1, b2)",
                [[0, 0], [-3, -1], [-1, 3], [-4, 2]], outcomes)  # fmt: skip
    yield equal("means", [-2, 1], outcomes.mean(axis=0))
    normalised = (outcomes - outcomes.mean(axis=0)) / ((outcomes - outcomes.mean(axis=0)) ** 2).sum(axis=0)
    yield equal("Table 3", [[0.2, -0.1], [-0.1, -0.2], [0.1, 0.2], [-0.2, 0.1]], normalised)
    found = variance_normalised(hull(outcomes), [0, 0])
    yield equal("payoffs of the best normalised sum, of (b1, a2)", [-1, 3], found.point)
    yield equal("player 1 loses against no compromise, utils", 1, individual_rationality(found.point, [0, 0]))
    mean = outcomes.mean(axis=0)
    yield slip("variance of each player's utility", [10, 10], outcomes.var(axis=0), (outcomes**2).mean(axis=0) - mean**2,
               "The printed 10 is the sum of squared differences; over four equally likely outcomes the variance is 2.5. "
               "Both are the same for the two players, so the choice is not affected.")  # fmt: skip
    yield slip("the most that both gain at once over (a1, a2), utils", "more than 0 (the standing assumption of Section 3.2)",
               pareto(hull(outcomes), [0, 0], weak=True), outcomes[:, 0].max(),
               "Player 1 gets at most 0 in any outcome, so there is nothing to trade: the game violates the assumption that "
               "gains for all exist.")  # fmt: skip


@row("T4", "P", "000, Section 3.4.2",
     "With two like players the Kalai-Smorodinsky solution is (2.5, 2.5, 1.5), the Nash solution (2.7, 2.7, "
     "2.3)")  # fmt: skip
def like_players(run: Run) -> Iterator[Line]:
    """Players 1 and 2 have the same utility function, and one util is to be divided between it and player 3's, from (2, 2, 1).

    The Kalai-Smorodinsky solution gives all players the same part of their ideal gain, so the two get only half of the util.
    The Nash solution maximises a product in which their gain counts twice, and gives a third to each."""
    game, d = hull([[2, 2, 1], [3, 3, 1], [2, 2, 2]]), np.array([2, 2, 1])
    yield equal("ideal payoffs", [3, 3, 2], [game.support(e)[0] for e in np.eye(3)])
    yield equal("Kalai-Smorodinsky", [2.5, 2.5, 1.5], kalai_smorodinsky(game, d, "set").point)
    found = nash(game, d)
    yield equal("Nash, players 1 and 2", [2.7, 2.7], found.point[:2], 0.05)
    yield equal("Nash, gain of each player (a third of the util)", [2 / 3, 2 / 3, 1 / 3], found.gains)
    ratio = (3 - d[0]) / (2 - d[2])
    yield slip("Nash, player 3", 2.3, found.point[2], 4 - (2 + 2 / 3),
               "What players 1 and 3 get adds up to 4 (3 at the start and one util to divide), so 2.7 leaves 1.3; 2.3 cannot "
               "be had.")  # fmt: skip
    ideal = np.array([game.support(e)[0] for e in np.eye(3)])
    yield slip("the second ratio, (b2 - d2) / (b3 - d3)", "(b2 - d1) / (b3 - d2) = 1 / 0",
               (ideal[1] - d[1]) / (ideal[2] - d[2]), ratio,
               "The indices are mixed up: as printed the ratio divides 3 - 2 by 2 - 2. With each player's own disagreement "
               "payoff all three ratios are 1, as the text goes on to say.")  # fmt: skip


@row("T5", "P", "000, Example 17, Figure 6; Propositions 18, 19",
     "A frontier point may be reached in many ways; any mix of them is Pareto optimal; strict convexity leaves "
     "one")  # fmt: skip
def many_decompositions(run: Run) -> Iterator[Line]:
    """Both players choose on the same line x1 + x2 = 1 (here from (2, -1) to (-1, 2)). Their sum (1, 1) is the Nash solution,
    and whatever one picks the other can complete it. Picks that do not fit are still Pareto optimal, but can leave somebody
    below the disagreement point.

    Proposition 18 is tried on points of flat faces of random games, whose players have many ways; Proposition 19 on sums of two
    ellipses: any move of one against the other leaves a set."""
    game = example_17(2.0)
    solution = nash(game.feasible, (0, 0)).point
    yield equal("Nash solution", [1, 1], solution)
    ways = ways_to_divide(game, solution)
    yield equal("each player's ways run over its whole segment: from", [[-1, -1], [-1, -1]], ways.low)
    yield equal("to", [[2, 2], [2, 2]], ways.high)
    yield equal("(2, -1) with (0.5, 0.5): player 2 gets", -0.5, np.add((2, -1), (0.5, 0.5))[1])
    yield equal("... and utils that could be gained there", 0, pareto(game.feasible, np.add((2, -1), (0.5, 0.5))))
    lost = []
    for _ in range(run.tries(40)):
        one = by_hand.separable(run.rng, int(run.rng.integers(2, 4)), whole=True)
        w = run.rng.integers(1, 3, one.n).astype(float)
        point = sum(v[v @ w >= (v @ w).max() - 1e-9].mean(axis=0) for v in one.vertices)
        lost.append(abs(ways_to_divide(one, point).loss) / one.size)
    yield for_all("Proposition 18, games with ties: weighted utils lost by uncoordinated picks, of the range of payoffs", lost)
    stays: list[float] = []
    for _ in range(run.tries(20)):
        first, second, w = by_hand.ellipsoid(run.rng, 2), by_hand.ellipsoid(run.rng, 2), run.rng.uniform(0.2, 1.0, 2)
        x, y = first.support(w)[1], second.support(w)[1]
        steps = 0.1 * by_hand.circle(64)
        stays.extend(1e-5 - np.maximum(by_hand.outside(first, x + steps), by_hand.outside(second, y - steps)))
    yield for_all("Proposition 19: a move of 0.1 utils leaves a set by at least 0.00001 utils", stays, 0.0)
    run.draw(
        "Figure 6, Example 17: where each player chooses, the frontier of the sum, and the Nash solution.",
        lambda: by_hand.areas_of({"each player's choices": game.vertices[0], "sums of two choices": 2 * game.vertices[0]},
                       {"disagreement": (0, 0), "Nash solution": solution, "(2, -1) with (0.5, 0.5)": (2.5, -0.5)},
                       ("player 1's utility (utils)", "player 2's utility (utils)")),
    )  # fmt: skip


@row("T6", "P", "000, Example 60, Table 6, Figure 16",
     "The Nash solution from the threat point can be worse for a player than the Nash equilibrium")  # fmt: skip
def threats(run: Run) -> Iterator[Line]:
    """Both players choose what they would do without agreement, to bargain better. One threatens with an action that hurts the
    other by more than itself, and the solution moves.

    The threat point is found by the zero-sum game that is played between the weighted payoffs, which certifies that no other
    threat, pure or mixed, gains."""
    first = np.array([[4.0, 2.0, -4.0], [5.0, 3.0, -3.0]])
    second = np.array([[4.0, 5.0, 2.0], [2.0, 3.0, 2.0]])
    game = bimatrix(first, second)
    equilibria = [game.payoff(mix) for mix in nash_equilibria(game)]
    found = variable_threats(game)
    yield equal("Nash equilibria, payoffs", [[3, 3]], equilibria)
    yield equal("threat point", [-3, 2], found.disagreement)
    yield at_most("utils that another threat gains, as a part of the range of payoffs", 0, found.residual, 1e-9)
    table = np.moveaxis(np.array([first, second]), 0, -1) - found.disagreement
    printed = [[[7, 2], [5, 3], [-1, 0]], [[8, 0], [6, 1], [0, 0]]]
    yield equal("Table 6 (b), payoffs over the threat point", printed, table)
    yield equal("gains over the threat point", [5.5, 2.75], found.gains)
    # on the edge from (5, 3) to (7, 2) of Table 6 (b): (5 + 2 t)(3 - t) is largest at t = 1/4
    yield slip("the Nash solution", [5.5, 2.75], found.point, np.array([5 + 2 / 4 - 3, 3 - 1 / 4 + 2]),
               "(5.5, 2.75) is measured from the threat point (-3, 2), as Table 6 (b) is; in the game's own utils it is "
               "(2.5, 4.75).")  # fmt: skip
    yield at_most("it is still worse for player 1 than the equilibrium's 3", 3, found.point[0])
    right = max(first[:, 1].max() - first[1, 1], second[1].max() - second[1, 1])
    as_printed = max(first[1].max() - first[1, 1], second[:, 1].max() - second[1, 1])
    yield slip("utils that a player gains by leaving (a2, b2), if a1, a2, a3 are player 1's", as_printed,
               right, min(np.abs(np.subtract(e, (3, 3))).max() for e in equilibria),
               "The letters are swapped: with the a's for player 1, whose payoff is printed first, player 1 would gain 2 "
               "utils by going from a2 to a1. The example works with player 1 choosing among b1 and b2.")  # fmt: skip
    corners = np.column_stack([first.ravel(), second.ravel()])
    marked = {"threat point": found.disagreement, "Nash equilibrium": (3, 3), "Nash solution from threats": found.point}
    utilities = "player 1's utility (utils)", "player 2's utility (utils)"
    run.draw("Figure 16: the feasible set, the threat point, the Nash equilibrium and the Nash solution from the threat point.",
             lambda: by_hand.areas_of({"feasible set": corners}, marked, utilities))  # fmt: skip


@row("T7", "C", "000, Example 35, Tables 4, 5; equations (22) to (30)",
     "All cooperate in a dependency equilibrium of ten players, not of two, if like types act alike")  # fmt: skip
def bayesian_dilemma(run: Run) -> Iterator[Line]:
    """Two equally likely types. To cooperate gives 2 utils to everybody, to defect 3 to one's own type. Like types act alike,
    so whoever cooperates has evidence that its like do.

    Whether beliefs exist that make a profile a dependency equilibrium is decided by linear programs, which return the sequence
    of beliefs. The paper leaves the mixed equilibria as an exercise: with kappa = 1/2 + 1/(n - 1) they are mu2 = mu1, and mu2 =
    1 - mu1 for mu1 between kappa / (1 + kappa) and 1 / (1 + kappa)."""
    cooperate, defect = np.array([0, 0]), np.array([1, 1])
    two = example_35(2)
    best = bayesian_nash_equilibria(two)
    yield equal("Bayesian Nash equilibria (action of each type, counted from 1)", [[2, 2]], [p + 1 for p in best.pure()])
    yield equal("expected utility there, 2 players", [4.5, 4.5], expected_utilities(two, defect))
    a, b, c, d = run.rng.dirichlet(np.ones(4) * 2)
    report = is_dependency_equilibrium(two, [[a, b], [c, d]])
    by_formula = [[3 + a / (a + b), 4.5 + c / (c + d)], [3 + a / (a + c), 4.5 + b / (b + d)]]
    yield equal("(22) to (25) at random a, b, c, d", by_formula, report.conditional)
    yield slip("(24), (25), printed for type 1, at the same a, b, c, d: type 1's expected utilities", by_formula[1],
               report.conditional[0], by_formula[0],
               "The last two of the four lines are printed as EU1 too, and contradict the first two; a / (a + c) conditions on "
               "type 2's action, so they are EU2.")  # fmt: skip
    yield slip("first display of Example 35, u(a) under the sum, 2 players: type 1's expected utilities",
               [2 + 2 / 2 + 2 / 2, 3 + 3 / 2 + 0 / 2], report.conditional[0], by_formula[0],
               "What others do for a player depends on their action a', not on its own: the sum needs u(a') where u(a) is "
               "printed.")  # fmt: skip
    best_case = is_dependency_equilibrium(two, [[0.5, 0], [0, 0.5]])
    yield equal("a = d = 1/2: EU of actions 1 and 2", [4, 4.5], best_case.conditional[0])
    yield equal("all cooperate, 2 players: an alternative gains, utils", 0.5,
                is_dependency_equilibrium(two, cooperate).max_gain)  # fmt: skip
    yield at_most("all cooperate, 10 players: an alternative gains, utils", 0,
                  is_dependency_equilibrium(example_35(10), cooperate).max_gain, 1e-9)  # fmt: skip
    three = is_dependency_equilibrium(example_35(3), cooperate)
    yield equal("3 players, the least number: EU of actions 1 and 2 are equal", three.conditional[:, 0],
                three.conditional[:, 1])  # fmt: skip
    ten = is_dependency_equilibrium(example_35(10), [[a, b], [c, d]])
    print_ten = [12 + 10 * a / (a + b), 18 + 10 * c / (c + d)]
    yield slip("(27), (28) for 10 players at random a, b, c, d", print_ten, ten.conditional[0],
               [11 + 9 * a / (a + b), 16.5 + 9 * c / (c + d)],
               "A player has nine others, so it gets 2 + 9/2 2 = 11 and 3 + 9/2 3 = 16.5 from its like, and 9 times the "
               "conditional probability. The printed 12 + 10 x and 18 + 10 x are those of 11 players. The conclusion "
               "stands.")  # fmt: skip
    free = is_dependency_equilibrium(two, cooperate, strategies="exchangeable")
    yield at_most("without the restriction that like types act alike, 2 players: an alternative gains, utils", 0,
                  free.max_gain, 1e-9)  # fmt: skip
    yield from by_hand.mixed_lines()
    run.draw(
        "Mixed dependency equilibria of Example 35 with like types alike: probabilities of cooperation of the two types. The "
        "diagonals coincide and are drawn slightly apart.",
        by_hand.families,
    )


@row("T8", "C", "000, Lemma 30; Proposition 31",
     "Conditional expected utility in an anonymous game needs only pairs of players")  # fmt: skip
def pairs_suffice(run: Run) -> Iterator[Line]:
    """Definition 29 sums over the types and actions of all players, equation (10) over those of one other. Players who mix by a
    hidden common state are dependent; both numbers are computed from the full table.

    They agree if one's own action depends on one's own type only. If the state depends on everybody's types, an action tells
    about others, and with three players the numbers differ."""
    same, plain = [], []
    for _ in range(run.tries(60)):
        players = int(run.rng.integers(2, 4))
        game = by_hand.ecl_game(run.rng, players, actions=3)
        full, sigma = table_game(game), run.rng.dirichlet(np.ones(3), size=(3, 2))
        s = by_hand.hidden(full, sigma, np.full((3,) + (2,) * players, 1 / 3))
        same.append(np.abs(conditional_utilities(full, s) - pairwise_utilities(game, s)).max())
        alone = conditional_utilities(full, uncorrelated(full, np.tile(sigma[0], (players, 1, 1))))
        plain.append(np.abs(alone - action_utilities(game, sigma[0])).max())
    yield for_all("Lemma 30, own actions depend on the own type only: difference, utils", same, 1e-12)
    yield for_all("Proposition 31, independent actions: difference to the expected utility, utils", plain, 1e-12)
    game = example_35(3)
    full, alike = table_game(game), np.zeros((2, 2, 2))
    alike[0, 0, 0] = 1
    sigma = np.array([[[0.9, 0.1]] * 2, [[0.1, 0.9]] * 2])
    s = by_hand.hidden(full, sigma, np.stack([0.01 + 0.98 * alike, 0.99 - 0.98 * alike]))
    got = conditional_utilities(full, s)[0] - pairwise_utilities(game, s)
    yield slip("three players of Example 35 who mostly cooperate only if all are of type 1: Definition 29 less (10), by type "
               "and action", [[0, 0], [0, 0]], got, by_hand.definition_29(full, s) - by_hand.ten_by_hand(game, full, s),
               "The step to (10) replaces s(a' | a, t, t') averaged over third players' types by the distribution given two "
               "types; that needs the own action to depend on the own type only. Anonymity is not enough.")  # fmt: skip


@row("T9", "C", "000, Section 4.6, equations (46) to (51)",
     "Cooperators among others are as good as a prior that gives the others less weight")  # fmt: skip
def cooperators_and_others(run: Run) -> Iterator[Line]:
    """Each type is split in cooperators C and others D, whose actions tell nothing. Only p(t', C | t, C) matters to a
    cooperator.

    In Example 35 the least number of players for which cooperation is a dependency equilibrium grows as cooperators get rarer.
    On random games with subtypes that are correlated with types in any way, the gains are those of a prior without subtypes,
    (51)."""
    cooperate = np.array([0, 0])
    for share in (None, 0.5, 0.1):
        least, formula = by_hand.least_of(share), round(1 + 2 / (share or 1))  # -1 + share (n - 1) (2 - 1) / 2 is not negative
        chain = [by_hand.gain_of_alternatives(share, n) for n in (formula - 1, formula)]
        yield equal(f"least number of players, share of cooperators s = {share or 1}: 1 + 2 / s", formula, least)
        yield equal("... the linear program agrees: not one player fewer, but that many", "blocked, then not",
                    "blocked, then not" if chain[0] > 1e-9 >= chain[1] else "otherwise")  # fmt: skip
    parts, whole = [], []
    for _ in range(run.tries(200)):
        pair = by_hand.joint_of(run.rng, 4)
        players = float(run.rng.choice([2, 3, 7, math.inf]))
        game = SubtypeGame(run.rng.normal(size=(2, 2, 3)), prior_of_pairs(pair), players)
        plain, delta = equivalent_game(game)
        profile, base = run.rng.integers(3, size=2), next(bayesian_nash_equilibria(plain).pure())
        gain = gains_of_cooperators(game, profile)
        change = np.array(
            [[plain.utilities[s, t, profile[s]] - plain.utilities[s, t, base[s]] for s in (0, 1)] for t in (0, 1)]
        )
        own, others = (0, 1) if math.isinf(players) else (1, players - 1)
        parts.append(np.abs(gain - (own * np.diag(change) + delta * others * (plain.prior.beliefs * change).sum(axis=1))).max())
        four = expected_utilities(game.whole, [*profile, *base]) - expected_utilities(game.whole, [*base, *base])
        whole.append(np.abs(four[:2] - gain).max())
    yield for_all("(51): gains by p' and delta' against gains with subtypes, utils", parts, 1e-12)
    yield for_all("(46), (47) in the game with all subtypes against these gains, utils", whole, 1e-12)
    ten = with_cooperators(example_35(10), 0.5)
    promise = cooperators_equilibrium(ten, cooperate).payoffs - cooperators_equilibrium(ten, np.array([1, 1])).payoffs
    exchanged = gains_of_cooperators(ten, [1, 1], [0, 0])
    yield slip("left side of the condition above (48), Example 35 with 10 players, half of them cooperators", exchanged,
               gains_of_cooperators(ten, cooperate), promise,
               "There alpha is called the Bayesian Nash equilibrium and beta what is to be shown a dependency equilibrium, "
               "so the condition needs u(beta) - u(alpha). As printed it is what cooperators lose; Corollary 40 uses the "
               "letters the other way round.")  # fmt: skip


@row("T10", "C", "000, Example 46, Figures 9, 10", "Three players, two types: a type counts its own doubly")
def quarter_circles(run: Run) -> Iterator[Line]:
    """Every player can give the types any point of a quarter circle. A player of type 1 expects, among three, two players of
    its own type, itself included, and one of the other.

    So type 1's feasible set is stretched to (2, 1) and type 2's to (1, 2)."""
    game = example_46()
    yield equal("scales of F1 and F2, (53) to (56)", [[2, 1], [1, 2]], game.reach)
    found = compromise(game)
    yield equal("Bayesian Nash equilibrium", [2, 2], found.disagreement)
    # by symmetry both maximise x1 + x2; the ellipse with half axes 2, 1 has its best point at (4, 1) / root of 5
    yield equal("Nash solution, the sum of (4, 1) and (1, 4) over the root of 5", [5 / math.sqrt(5)] * 2, found.payoffs)
    yield at_most("what a type's action misses of the best for the common weights", 0, found.losses.max(), 1e-9)
    run.draw("Figure 10: individual and combined feasible sets of Example 46.", lambda: by_hand.feasible_sets_of(game, found))


@row("T11", "C", "000, Example 54, Figure 11; Axiom 70",
     "A rarer type gains less; with prior weights, splitting a type changes nothing")  # fmt: skip
def different_priors(run: Run) -> Iterator[Line]:
    """Quarter circles as in Example 46, many players, independent types: type 1 has probability 3/4. Both types take the same
    point of their circle; F is the unit quarter circle, and the equilibrium is (3/4, 1/4).

    By hand: maximise 3/4 log(cos a - 3/4) + 1/4 log(sin a - 1/4) over the angle a. Splitting type 1 in two of the same values
    changes nothing under prior weights; a vote for each name would."""
    found, even = compromise(example_54()), compromise(example_54(0.5))
    yield equal("equal priors: disagreement point", [0.5, 0.5], even.disagreement)
    yield equal("equal priors: Nash solution", [math.sqrt(2) / 2] * 2, even.payoffs)
    yield equal("priors 3/4 and 1/4: disagreement point", [0.75, 0.25], found.disagreement)
    yield equal("Nash solution with prior weights, as printed", [0.92, 0.39], found.payoffs, 0.005)
    angle = brentq(
        lambda a: -0.75 * np.sin(a) / (np.cos(a) - 0.75) + 0.25 * np.cos(a) / (np.sin(a) - 0.25), 0.2527, 0.7227, xtol=1e-15
    )
    yield equal("... against the root of the first-order condition", [math.cos(angle), math.sin(angle)], found.payoffs)
    yield equal("the same point of both circles", found.actions[0], found.actions[1])
    split = example_54_split()
    yield equal("type 1 split: payoffs", found.payoffs[[0, 0, 1]], compromise(split).payoffs)
    more = compromise(split, weights="uniform").payoffs[0] - compromise(example_54(), weights="uniform").payoffs[0]
    yield at_least("with uniform weights type 1 would gain by being split, utils", 0.01, more)
    run.draw(
        "Figure 11: individual and combined feasible sets of Example 54.", lambda: by_hand.feasible_sets_of(example_54(), found)
    )


@row("T12", "C", "000, Example 55; Figures 1, 2, 12, 13",
     "Double decrease: with square-root utilities gains from trade fall with the square of the belief in the other "
     "type")  # fmt: skip
def double_decrease(run: Run) -> Iterator[Line]:
    """Both types believe that others are like them with probability p. Utilities are roots of resources.

    At the Nash solution the other type's share of one's utility is (1-p)^2 / (1 - 2p(1-p)) and the gain root(1 - 2p(1-p)) / p -
    1. Both are compared with games that are solved numerically, down to beliefs of 0.002. Halving a small belief divides share
    and gain by four."""
    for p in (0.75, 0.5):
        found, total = compromise(example_55(p)), 1 - 2 * p * (1 - p)
        share = (1 - p) * found.actions[1, 0] / found.payoffs[0]
        yield equal(f"p = {p}: share of utility due to the other type", (1 - p) ** 2 / total, share)
        yield equal(f"p = {p}: gain from trade", math.sqrt(total) / p - 1, found.relative_gains[0])
        at = [p**2 / math.sqrt(total), (1 - p) ** 2 / math.sqrt(total)]
        yield equal(f"p = {p}: type 1's point in F1", at, found.actions[0] * example_55(p).reach[0])
    q = np.array([0.002, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5])
    formula, solved = square_root_curve(q), figure_13(q)
    yield for_all("Figure 13, formulas against solved games: share", np.abs(formula.share - solved.share), 1e-9)
    yield for_all("Figure 13, formulas against solved games: gain", np.abs(formula.gain - solved.gain), 1e-9)
    low = figure_13(np.array([0.01, 0.005]))
    yield equal("approximately quadratic: share at a belief of 0.01 over that at 0.005", 4, low.share[0] / low.share[1], 0.1)
    yield equal("... and gain", 4, low.gain[0] / low.gain[1], 0.1)
    yield for_all("gains decline even faster than the share: fall of gain over share from one belief to a larger one",
                  -np.diff(solved.gain / solved.share), 0.0)  # fmt: skip
    fine = np.linspace(0, 0.5, 101)
    run.draw("Figures 2 and 13, square roots: share due to the other type and gains from trade, formulas and solved games.",
             lambda: by_hand.gains_curves_of([square_root_curve(fine)], [solved]))  # fmt: skip
    run.draw("Figures 1 and 12: feasible sets of Example 55 at p = 3/4.",
             lambda: by_hand.feasible_sets_of(example_55(0.75), compromise(example_55(0.75))))  # fmt: skip


@row("T13", "C", "000, Example 56; Figures 2, 14, 15",
     "Paretotopia: with logarithmic utilities gains are large and fall about linearly with the belief in the other "
     "type")  # fmt: skip
def paretotopia(run: Run) -> Iterator[Line]:
    """The same beliefs, but utilities are logarithms of resources r. The first unit for the other type costs nothing, as a
    logarithm is 0 at 1; so a type makes at most p log(r - 1) for itself, not p log r, and trade ends where (1 - p) r = 1.

    The corrected curves are compared with games solved numerically."""
    for r in (100.0, 1e9):
        gain = compromise(example_56(0.5, r)).relative_gains[0]
        confirmed, printed = (math.log(r / 2) / (0.5 * math.log(all_)) - 1 for all_ in (r - 1, r))
        if r == 1e9:  # the slip cannot be seen there
            yield equal("r = 1e9, p = 1/2: gain from trade, p log(r - 1) in the denominator", confirmed, gain)
        else:
            yield slip(f"r = {r:g}, p = 1/2: gain from trade", printed, gain, confirmed,
                       "The printed gain divides by p log r, which nobody can have: exp(x1 / p) + exp(x2 / (1-p)) <= r leaves "
                       "r - 1 for oneself. The corrected gain divides by p log(r - 1).")  # fmt: skip
    most = minimize(lambda y: -y[0], [0.1, 0.1], bounds=[(0, None)] * 2, method="SLSQP",
                    constraints={"type": "ineq", "fun": lambda y: 10 - np.exp(y / [0.8, 0.2]).sum()})  # fmt: skip
    alone = bayesian_nash(example_56(0.8, 10.0)).payoffs[0]
    yield slip("most utility that a type makes for itself, p = 0.8, r = 10", 0.8 * math.log(10), alone, -most.fun,
               "The other type's part of the budget is at least exp(0) = 1, so r - 1 is left: p log(r - 1).")  # fmt: skip
    yield slip("belief p in one's own type from which on there is no trade, r = 10",
               1 / 10, by_hand.end_of_trade(10.0), 1 - 1 / 10,
               "Found by bisection, where gains are too small to be told from rounding, so to 0.001. The text says that the "
               "point is feasible for p <= 1/r and that no trade is possible beyond. The other type's part (1-p) log((1-p) "
               "r) is positive as long as 1 - p > 1/r.", 1e-3)  # fmt: skip
    p = 0.95
    printed = (p * math.log(p * 10)) / (p * math.log(10)) - 1
    yield slip("gain from trade beyond it, p = 0.95, r = 10", printed, logarithmic_curve([1 - p], 10.0).gain[0],
               figure_15([1 - p], 10.0).gain[0],
               "Without trade nobody gains or loses; the printed formula, which goes on with p log(p r), is "
               "negative.")  # fmt: skip
    q = np.array([0.002, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5])
    solved = {r: figure_15(q, r) for r in (100.0, 1e9)}
    for r, curve in solved.items():
        formula = logarithmic_curve(q, r)
        yield for_all(f"Figure 15, r = {r:g}: formulas against solved games, share and gain",
                      np.abs(np.concatenate([formula.share - curve.share, formula.gain - curve.gain])), 1e-8)  # fmt: skip
    low = logarithmic_curve(np.array([0.02, 0.01]), 1e9)
    yield equal("r = 1e9, about linear: share at a belief of 0.02 over that at 0.01", 2, low.share[0] / low.share[1], 0.15)
    yield equal("... and gain", 2, low.gain[0] / low.gain[1], 0.15)
    yield for_all("slower than square roots: their gain at each belief, as a part of the gain at 1/2, less that for r = 1e9",
                  by_hand.relative(square_root_curve(q).gain) - by_hand.relative(solved[1e9].gain), 1e-12)  # fmt: skip
    fine = np.linspace(0, 0.5, 201)
    run.draw("Figures 2 and 15, logarithms: share due to the other type and gains from trade, formulas and solved games.",
             lambda: by_hand.gains_curves_of([logarithmic_curve(fine, r) for r in solved], list(solved.values())))  # fmt: skip
    run.draw("Figure 14: feasible sets of Example 56 at p = 3/4, r = 100.",
             lambda: by_hand.feasible_sets_of(example_56(0.75), compromise(example_56(0.75))))  # fmt: skip


@row("T14", "C", "000, Theorems 38, 51; Corollary 52; Propositions 53, 61",
     "What everybody prefers to any deviation from a fallback is a dependency equilibrium: so are the "
     "compromises")  # fmt: skip
def folk_theorems(run: Run) -> Iterator[Line]:
    """The proofs build beliefs s_r: all do alpha, and who does not meets the fallback. Here the sequences are built, and the
    conditional utilities of all alternatives are read off along them at r = 1e9.

    In the tables of Theorem 38 the payoffs of alpha are raised just so far that the theorem applies, with equality. A local
    search over the vertices of two types tries to find a compromise that an alternative beats."""
    beyond = [by_hand.above_38(run.rng) for _ in range(run.tries(40))]
    yield for_all("Theorem 38, two players told apart: conditional utility of an alternative over alpha's, r = 1e9, utils",
                  beyond, 1e-5)  # fmt: skip
    beyond = [by_hand.above_51(run.rng) for _ in range(run.tries(40))]
    yield for_all("Theorem 51, polytopes of two or three types: the same, utils", beyond, 1e-5)
    for kind, name in (("nash", "Proposition 53"), ("threat", "Proposition 61")):

        def drawn(kind: str = kind) -> float | None:
            return by_hand.above_compromise(run.rng.normal(size=20), kind)

        gains = by_hand.drawn(run.tries(30), drawn)
        yield for_all(f"{name}: the most that an alternative to the compromise gains, utils", gains)
    search = by_hand.climb(run, lambda z: by_hand.above_compromise(z, "threat"), run.rng.normal(size=20), 40)
    yield for_all("Proposition 61, search for a counterexample", search)


@row("T15", "C", "000, Example 64, Table 7", "The Nash solution can be blocked by two players though the core is not empty")
def unstable_compromise(run: Run) -> Iterator[Line]:
    """Players 1 and 2 can help everybody, player 3 hardly anybody. From (3, 3, 3) the Nash solution gives most to player 3, and
    players 1 and 2 do better by themselves.

    The largest gain of every coalition is a linear program, for three ways to expect what outsiders do: threats (alpha), Pareto
    optimal strategies (62), selfishness (Nash)."""
    game = example_64()
    solution, ks = nash(game.feasible, game.nash_point).point, kalai_smorodinsky(game.feasible, game.nash_point).point
    yield equal("Nash point", [3, 3, 3], game.nash_point)
    yield equal("Nash solution", [4.33, 4.33, 5.67], solution, 0.005)
    yield equal("... in fractions", [13 / 3, 13 / 3, 17 / 3], solution)
    yield equal("matrix (62)", [[2, 0, 0], [0, 2, 0], [0, 0, 0]], worst_matrix(game))
    for kind in ("alpha", "A", "nash"):
        reports = [core(game, point, kind) for point in (solution, ks)]
        yield equal(f"{kind} core: Nash and Kalai-Smorodinsky solutions are blocked by", "{1, 2} and {1, 2}",
                    " and ".join(by_hand.blocking(r) for r in reports))  # fmt: skip
        yield equal("... who reach", [5, 5], reports[0].objection.payoffs)
        yield equal("... (5, 5, 3) is", "in the core", core(game, (5, 5, 3), kind).verdict)
    yield equal("Kalai-Smorodinsky gives player 3 the largest surplus", 3, int(np.argmax(ks - game.nash_point)) + 1)
    pair = game.reach((0, 1), worst_matrix(game))
    sums = np.array([a + b for a, b in itertools.product(*game.vertices[:2])])[:, :2]
    yield slip("most that player 1 gets within {1, 2}", 5.0, pair.support([1, 0])[0], sums[:, 0].max(),
               "What the two can reach is more than {x1 <= 5, x2 <= 5}: with option 1 of player 1 and option 2 of player 2 "
               "it also holds (5.5, 2.5), and (2.5, 5.5).")  # fmt: skip
    yield slip("is the Nash solution outside of what {1, 2} can reach?", "yes", pair.contains(solution[:2]) > 1e-9,
               bool((solution[:2] > 5).any()),
               "The text infers that the solution is unstable as it is not in nu({1, 2}). By its definition nu({1, 2}) has "
               "all payoffs up to (5, 5), and so the solution: what makes it unstable is that it lies in the "
               "interior.")  # fmt: skip
    yield by_hand.threat_slip(game, solution)
    largest = np.array([v.max(axis=0) for v in game.vertices])
    empty = core(game, None, "A", largest)
    alone = np.diag(largest) + (largest.sum(axis=0) - np.diag(largest))
    most = max(sum(option) for option in game.vertices[0]) * 2 + max(sum(option) for option in game.vertices[2])
    assert empty.relaxation is not None
    yield slip("is the A-core not empty for any matrix A?", "yes", empty.relaxation.lower <= 0, bool(alone.sum() <= most),
               "Proposition 63 says that A-cores lie in the alpha-core, so an alpha-core that is not empty says nothing of "
               "them. If everybody expects the most that others could give, the players alone claim 19 utils, and there are "
               "15.")  # fmt: skip
    marked = {
        "Nash point": game.nash_point,
        "Nash solution": solution,
        "Kalai-Smorodinsky": ks,
        "(5, 5, 3)": np.array([5.0, 5, 3]),
    }
    run.draw("Example 64, equal payoffs for players 1 and 2: the frontier, the part of it in the core, and the solutions.",
             lambda: by_hand.core_picture(game, marked))  # fmt: skip


@row("T16", "C", "000, Example 66, Table 8; Proposition 67; Section 6.1",
     "The core with selfish outsiders can be empty, though that with Pareto optimal outsiders is not")  # fmt: skip
def empty_nash_core(run: Run) -> Iterator[Line]:
    """Player 3 gets 15 alone if the others are selfish; players 1 and 2 get 8 each by working together, but then player 3 gets
    5.

    That no point satisfies all is proved by linear programs whose prices are returned. The least number of utils by which every
    coalition would have to lower its claims is 25/28; a second computation takes a linear program for each choice of facets of
    what pairs reach."""
    game = example_66()
    yield equal("Nash point", [5, 5, 15], game.nash_point)
    yield equal("matrix of the Nash point", [[5, 0, 5], [0, 5, 5], [0, 0, 5]], worst_matrix(game, "nash"))
    yield equal("option 3 for all gives more than the Nash point: by", [1, 1, 2],
                (game.vertices[0][2] + game.vertices[1][2] + game.vertices[2][0]) - game.nash_point)  # fmt: skip
    yield equal("matrix (62): player 3's other options are of use to nobody, so it gives itself 5",
                [[3, 0, 0], [0, 3, 0], [0, 0, 5]], worst_matrix(game))  # fmt: skip
    report = core(game, None, "nash")
    assert report.relaxation is not None
    yield equal("Nash core", "empty", report.verdict)
    yield equal("least relaxation of its claims, utils: lower and upper bound", [25 / 28] * 2,
                [report.relaxation.lower, report.relaxation.upper])  # fmt: skip
    yield equal(
        "... by a linear program for each choice of facets of the three pairs", report.relaxation.lower, by_hand.relaxed(game)
    )
    for kind in ("alpha", "A"):
        yield equal(f"{kind} core: a point is found that is", "in the core", core(game, None, kind).verdict)
    pair = game.reach((0, 1), worst_matrix(game, "nash"))
    sums = np.array([a + b for a, b in itertools.product(*game.vertices[:2])])
    yield slip("most that player 1 gets within {1, 2}", 8.0, pair.support([1, 0])[0], sums[:, 0].max(),
               "nu({1, 2}) also holds (9, 4) and (4, 9), so points of the core need not give both at least 8, and the "
               "argument needs these cases too. The conclusion stands: 25/28 utils are missing.")  # fmt: skip

    def blocked(z: Floats) -> float:  # not positive where the best coalition gains 0.1 utils or more
        x = nash(game.feasible, game.nash_point, np.exp(z) / np.exp(z).sum()).point
        return 0.1 - core(game, x, "alpha").excess

    search = by_hand.climb(run, blocked, np.zeros(3), 60)
    yield for_all("Section 6.1: no Pareto improvement on the Nash point is in the alpha-core; search over frontier points "
                  "for one that no coalition leaves for 0.1 utils", search, 0.0)  # fmt: skip
    marked = {"Nash point": game.nash_point, "claims": np.array([8.0, 8.0, 15.0])}
    run.draw("Example 66, equal payoffs for players 1 and 2: if others are selfish, player 3 claims 15 and players 1 and 2 "
             "claim 8 each; no frontier point meets both.",
             lambda: by_hand.core_picture(game, marked))  # fmt: skip


@row("T17", "C", "000, end of Section 6.2",
     "To disagree where each gets what it gets alone against Pareto optimal outsiders leads to a stable solution")  # fmt: skip
def stable_disagreement_points(run: Run) -> Iterator[Line]:
    """The paper suggests to disagree where each gets what it can get alone against Pareto optimal outsiders. That does not make
    the Nash solution stable: {1, 2} leave in both examples.

    What does: if no proper coalition blocks d, none blocks any x >= d, for who gains over x gains over d. So move d from what
    each gets alone towards a point of the core until nobody blocks it."""
    first, second = (13 / 3, 13 / 3, 17 / 3), (7, 7, 11)
    for game, name, told, best in ((example_64(), "Example 64", first, 5.0), (example_66(), "Example 66", second, 8.0)):
        alone = [max(v[:, j]) + np.delete(worst_matrix(game)[:, j], j).sum() for j, v in enumerate(game.vertices)]
        yield equal(f"{name}: the suggested disagreement point, by its formula", alone, payoffs_alone(game))
        x = nash(game.feasible, payoffs_alone(game)).point
        report = core(game, x)
        yield equal("... the Nash solution from it", told, x)
        yield equal("... what those who leave it reach", [best, best], report.objection.payoffs)
        yield slip(f"{name}: what {by_hand.blocking(report)} gain each by leaving the Nash solution from it",
                   0.0, report.excess, best - x[0],
                   "The suggested point allows for what each player can get alone, but not for pairs: players 1 and 2 get "
                   "more by their second options. A point that no proper coalition blocks works.")  # fmt: skip
    game, d = example_66(), np.array([5, 8.75, 5])
    yield at_most("Example 66, d = (5, 8.75, 5): the most that a proper coalition gains at d, utils", 0,
                  core(game, d).gains[1:-1].max(), 1e-9)  # fmt: skip
    x = nash(game.feasible, d).point
    yield equal("... Nash solution from it", [5, 8.75, 8.75], x)
    yield equal("... which is", "in the core", core(game, x).verdict)
    blocked = []
    for _ in range(run.tries(12)):
        one = by_hand.separable(run.rng, 3)
        stable = stable_disagreement(one)
        blocked.append(stable.report.excess / one.size)
        if (stable.toward - stable.point).max() > 1e-6 * one.size:
            other = nash(one.feasible, stable.point, run.rng.dirichlet(np.ones(3)) + 0.05)
            blocked.append(core(one, other.point).excess / one.size)
    yield for_all("random games: gain of the best coalition at Nash solutions from such a point, any weights, of the range "
                  "of payoffs", blocked)  # fmt: skip


@row("T18", "C", "000, Theorem 65 and its proof",
     "With additively separable utilities the core with Pareto optimal outsiders is never empty")  # fmt: skip
def never_empty(run: Run) -> Iterator[Line]:
    """For random games of two to four players a point is searched that no coalition improves upon.

    The proof rests on balancedness: what every coalition of a balanced collection can get, all can get together. A local search
    over the payoffs of three players tries to break that; with selfish outsiders it breaks easily."""
    gains, again, apart = [], [], []
    for k in range(run.tries(16)):
        game = by_hand.separable(run.rng, 2 + k % 3, whole=bool(k % 2))
        found, worst = core(game), worst_matrix(game)
        gains.append(found.excess / game.size)
        again.append(by_hand.gain_of_coalitions(game, found.point, worst) / game.size)
        if game.n < 4:
            apart.append(np.abs(worst - by_hand.worst_by_weights(game)).max())
    yield for_all("gain of the best coalition at the point found, of the range of payoffs", gains)
    yield for_all("... and what the point lacks or a coalition gains by linear programs in mixtures", again)
    yield for_all("matrix (62) less that of actions that are best for some weights, two or three players, utils", apart, 1e-9)
    start = run.rng.normal(size=27)
    balanced = by_hand.climb(run, lambda z: by_hand.beyond_of(SeparableGame(list(z.reshape(3, 3, 3))), "A"), start, 60)
    yield for_all("balancedness, search for a counterexample: payoffs beyond what all reach, of their range", balanced)
    selfish = by_hand.beyond_of(example_66(), "nash", np.zeros(3), np.array([8.0, 8.0, 15.0]))
    yield at_least("... with selfish outsiders it fails in Example 66: beyond what all reach, of the range of payoffs", 0.01,
                   selfish)  # fmt: skip


@row("T19", "P", "000, Section 3.2; Definition 3",
     "The feasible set is convex, and with additively separable utilities it is the sum of the individual ones")  # fmt: skip
def sums_of_sets(run: Run) -> Iterator[Line]:
    """In an additively separable game what independent mixtures reach is the sum of the players' sets: the support functions
    are compared with all pure outcomes of random games.

    Without separability independent mixtures need not reach a convex set: in the battle of the sexes no pair of them gives both
    more than one util, though half of (2, 1) and half of (1, 2) is (1.5, 1.5)."""
    apart = []
    for _ in range(run.tries(50)):
        game = by_hand.separable(run.rng, int(run.rng.integers(2, 4)))
        outcomes = np.array([sum(rows) for rows in itertools.product(*game.vertices)])
        w = run.rng.normal(size=game.n)
        whole = minkowski([hull(v) for v in game.vertices])
        apart.append(abs(whole.support(w)[0] - (outcomes @ w).max()))
    yield for_all("support of the sum against all outcomes, random weights: difference, weighted utils", apart, 1e-9)
    battle = bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    grid = np.linspace(0, 1, 101)
    got = max(battle.payoff([np.array([p, 1 - p]), np.array([q, 1 - q])]).min() for p in grid for q in grid)
    p, q = np.meshgrid(grid, grid)
    confirmed = np.minimum(2 * p * q + (1 - p) * (1 - q), p * q + 2 * (1 - p) * (1 - q)).max()
    yield slip("battle of the sexes, the most that both get by independent mixtures (on a grid of hundredths)", 1.5, got,
               confirmed,
               "Section 3.2 calls F(B) a simplex and hence convex. (2, 1) and (1, 2) are in F(B); were it convex, so would "
               "be (1.5, 1.5). F(B) is convex for separable utilities, which the paper mostly assumes (and a polytope, not a "
               "simplex).")  # fmt: skip


@row("T20", "P", "000, Axiom 4, Theorem 5",
     "A compromise utility function that respects Pareto is a weighted sum of the players' utilities")  # fmt: skip
def utilitarian_theorem(run: Run) -> Iterator[Line]:
    """Over lotteries on finitely many outcomes. Random functions on the outcomes either are weighted sums with weights of at
    least 0, plus a constant, or rank two lotteries against everybody's preferences.

    One linear program looks for the weights, another for the two lotteries; exactly one succeeds."""
    both = []
    for k in range(run.tries(100)):
        players, outcomes = int(run.rng.integers(2, 4)), int(run.rng.integers(3, 9))
        u = run.rng.normal(size=(players, outcomes))
        star = run.rng.exponential(size=players) @ u + 3 if k % 2 else run.rng.normal(size=outcomes)
        weights = linprog(
            np.zeros(players + 1),
            A_eq=np.column_stack([u.T, np.ones(outcomes)]),
            b_eq=star,
            bounds=[(0, None)] * players + [(None, None)],
        )
        # the change from one lottery to another: good for all players, bad for the compromise
        change = linprog(
            star, A_ub=-u, b_ub=np.zeros(players), A_eq=np.ones((1, outcomes)), b_eq=[0], bounds=[(-1, 1)] * outcomes
        )
        both.append(float((weights.status == 0) != (change.fun > -1e-7)))
    yield for_all("neither weights nor a violation found, or both (1 if so)", both, 0.0)


@row("T21", "P", "000, Axioms 8, 11, 13 to 16; Theorem 12; Sections 3.4.1, 3.4.2",
     "The Nash solution satisfies Axiom 8, stability and independence; Kalai-Smorodinsky gives up independence for "
     "monotonicity")  # fmt: skip
def axioms(run: Run) -> Iterator[Line]:
    """Random hulls of two and three players, with everything below them. Each axiom is a violation in utils.

    That Nash's solution is the only one with these axioms (Theorem 12) is a statement about all functions; here is the half
    that can be computed: it has them. The Nash solution with weights, (7), keeps all of Axiom 8 but
    symmetry, and independence."""
    rules = {
        "Nash": nash,
        "weighted Nash": lambda feasible, d: nash(feasible, d, np.arange(1.0, feasible.n + 1)),
        "Kalai-Smorodinsky": lambda feasible, d: kalai_smorodinsky(feasible, d, "rational"),
    }
    has = {
        "Nash": ("Pareto", "individual rationality", "symmetry", "affine covariance", "multilateral stability", "IIA"),
        "weighted Nash": ("Pareto", "individual rationality", "affine covariance", "IIA"),
        "Kalai-Smorodinsky": (
            "weak Pareto",
            "individual rationality",
            "symmetry",
            "affine covariance",
            "individual monotonicity",
        ),
    }
    count = max(6, run.tries(10))
    found = axiom_table(run.rng, count, rules)
    for name, names in has.items():
        for axiom in names:
            most = float(found[axiom].to_dict()[name])
            yield at_most(f"{name}: {axiom}, largest violation in utils", 0, most, 1e-6).because(count)
    ratios, low, like = [], [], []
    for _ in range(run.tries(60)):
        n = int(run.rng.integers(2, 4))
        points = np.vstack([run.rng.random((6, n)), np.diag(run.rng.uniform(1, 2, n))])
        x, ideal, d = kalai_smorodinsky(hull(points, comprehensive=True), np.zeros(n)).point, points.max(axis=0), np.zeros(n)
        ratios.append(float(np.ptp(x / ideal)))
        low.append(float((ideal / n - x).max()))
        smaller = np.vstack([np.minimum(points, run.rng.uniform((x / ideal).max(), 1) * ideal), x])
        like.append(float(np.abs(kalai_smorodinsky(hull(smaller, comprehensive=True), d).point - x).max()))
    yield for_all("Kalai-Smorodinsky: (8), differences of gains over ideal gains", ratios)
    yield for_all("Kalai-Smorodinsky: Axiom 16, utils below a part 1/n of the ideal", low)
    yield for_all("Kalai-Smorodinsky: Axiom 15 as it is meant, change on a smaller set with ideal payoffs in the same "
                  "ratios, utils", like)  # fmt: skip
    triangle = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    whole, half = (kalai_smorodinsky(hull(size * triangle), [0, 0]).point for size in (1.0, 0.5))
    yield slip("Kalai-Smorodinsky on a triangle of half the size, which Axiom 15 as printed says is that on the whole", whole,
               half, 0.5 * np.array([0.5, 0.5]),
               "F(B) is in F(B') and the solution of the smaller set always is in the larger one, so the printed condition "
               "is empty and their own solution violates the axiom. It has to ask that the larger set's solution is in the "
               "smaller set, as Axiom 13 does.")  # fmt: skip


@row("T22", "P", "000, Section 3.4.1",
     "The limit of Rubinstein's alternating offers, as breakdown becomes unlikely, is the Nash solution")  # fmt: skip
def alternating_offers(run: Run) -> Iterator[Line]:
    """Two players divide a util by alternating offers. With probability 1 - delta after each refusal negotiation ends, which is
    the same as discounting by delta.

    The share of who offers first is 1 / (1 + delta) and tends to the Nash solution's half, from above."""
    split = nash(hull([[0, 0], [1, 0], [0, 1]]), [0, 0]).point
    for risk in (0.1, 0.001, 1e-7):
        first = rubinstein_shares((1 - risk, 1 - risk)).offering[0]
        yield equal(f"breakdown with probability {risk:g}: share of the first to offer, 1 / (2 - risk)", 1 / (2 - risk), first)
    yield equal("Nash solution", [first, 1 - first], split)


@row("T23", "P", "000, Section 3.5.3; Lensberg 1988",
     "The Nash solution is continuous in the feasible set and the disagreement point")  # fmt: skip
def continuity(run: Run) -> Iterator[Line]:
    """Random polygons are moved by up to 0.000001 utils in every corner, and the disagreement point too.

    The product of gains changes by about as much, and it falls quadratically away from the solution, so the solution moves by
    at most about the square root. Nobody's gain is below 0.28 utils here, and the logarithm of the product then allows 0.014
    utils."""
    moved = []
    for _ in range(run.tries(200)):
        n = int(run.rng.integers(2, 4))
        points = np.vstack([np.eye(n), run.rng.dirichlet(np.ones(n), size=4) * run.rng.uniform(1, 1.5, (4, 1))])
        d = np.full(n, 0.05)
        shaken = points + 1e-6 * run.rng.uniform(-1, 1, points.shape)
        before = nash(hull(points, comprehensive=True), d).point
        after = nash(hull(shaken, comprehensive=True), d + 1e-6 * run.rng.uniform(-1, 1, n)).point
        moved.append(np.abs(after - before).max())
    yield for_all("change of payoffs, utils", moved, 0.014)


@row("T24", "C", "000, Propositions 36, 37, 41, 49; Remark 33",
     "Bayesian Nash equilibria: everybody for its own type; each is a dependency equilibrium, and the only kind with "
     "independent beliefs")  # fmt: skip
def everybody_for_itself(run: Run) -> Iterator[Line]:
    """What others do adds the same to every action of mine if actions are independent. So I maximise what I do for my own type.

    Checked on full tables of random games whose players all mix in their own way; on small whole utilities, where ties are
    common, each equilibrium is certified as a dependency equilibrium; a sequence of independent beliefs certifies nothing
    else."""
    tables, folk, independent, convex = [], [], [], []
    for k in range(run.tries(60)):
        game = by_hand.ecl_game(run.rng, 2 + k % 2)
        sigma = run.rng.dirichlet(np.ones(2), size=(int(game.players), 2))
        full = table_game(game)
        worth = conditional_utilities(full, uncorrelated(full, sigma))
        tables.append(np.abs(worth.max(axis=2, keepdims=True) - worth - bayesian_nash_equilibria(game).loss).max())
        tied = ECLBayesianGame(np.round(game.utilities), game.prior, game.players)
        best = bayesian_nash_equilibria(tied)
        folk += [is_dependency_equilibrium(tied, profile).max_gain for profile in best.pure()]
        full, pure = table_game(tied), np.eye(2)[run.rng.integers(2, size=(int(tied.players), 2))]
        worth = conditional_utilities(full, uncorrelated(full, (1 - 1e-6) * pure + 5e-7))  # independent, all actions possible
        gain = (worth.max(axis=2) - (worth * pure).sum(axis=2)).max()
        independent.append(abs(gain - max(best.gain(one).max() for one in pure)))
        convex.append(by_hand.best_deviation(run.rng))
    yield for_all("Proposition 36: utils that an action costs, from full tables against own utilities", tables, 1e-9)
    yield for_all("Proposition 37: gain of an alternative in pure equilibria of games with ties, utils", folk)
    yield for_all("Proposition 41: gain under independent beliefs is that over Bayesian Nash, difference in utils",
                  independent, 1e-9)  # fmt: skip
    yield for_all("Proposition 49: another action of a type gains on everybody for itself, utils", convex, 1e-9)
    game = ECLBayesianGame(np.array([[[1.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [1.0, 0.0]]]), correlated_types(0.5), 2)
    one = np.array([[1.0, 0.0], [1.0, 0.0]])
    full = table_game(game)
    worth = conditional_utilities(full, uncorrelated(full, np.tile(0.5 * one + 0.25, (2, 1, 1))))[0]
    yield slip("type 1 has two best actions for itself: the least probability of a best action in an equilibrium",
               "more than 0", one[0].min() if bayesian_nash_equilibria(game).gain(one).max() <= 1e-12 else 1.0,
               one[0].min() if np.abs(worth[0] - worth[0].max()).max() < 1e-12 else 1.0,
               'The proposition says that an action is played "if and only if" it is best for the own type. Where two are '
               'best, leaving one out is an equilibrium too: only the "only if" holds, which is all that the proof '
               "shows.")  # fmt: skip


@row("T25", "C", "000, Corollaries 39 and 40; equation (41); Section 4.4",
     "A pure profile that all prefer to the equilibrium is a dependency equilibrium")  # fmt: skip
def improvements(run: Run) -> Iterator[Line]:
    """Random games of two or three players and the profile in which both types do what is worse for their own. What they give
    to the other type is raised just so far that no type loses against the Bayesian Nash equilibrium, so that (41) often holds
    with equality. Linear programs then look for an alternative that gains whatever beliefs support the profile.

    The converse is false: Example 35 without like types acting alike."""
    gains = [by_hand.corollary_40(run.rng.normal(size=8), 2 + k % 2) for k in range(run.tries(100))]
    yield for_all("gain of an alternative where (41) holds, for a type often with equality, utils", gains, 1e-7)
    search = by_hand.climb(run, lambda z: by_hand.corollary_40(z, 3), run.rng.normal(size=8), 80)
    yield for_all("search for a counterexample, three players", search, 1e-7)
    pure = [tuple(a + 1 for a in profile) for profile in pure_dependency_equilibria(example_35(10))]
    yield equal("Example 35, 10 players: pure dependency equilibria", [[1, 1], [2, 2]], pure)
    loss = gains_from_cooperation(example_35(2), [0, 0]).min()
    free = is_dependency_equilibrium(example_35(2), np.array([0, 0]), strategies="exchangeable").max_gain
    yield equal("not a necessary condition: Example 35, 2 players, left side of (41) and the gain of an alternative",
                [-0.5, 0], [loss, free])  # fmt: skip


@row("T26", "C", "000, Axioms 70 and 71; equation (63)",
     "With prior weights, splitting a type or mixing priors with the same solution changes nothing")  # fmt: skip
def axioms_about_types(run: Run) -> Iterator[Line]:
    """Random games on smooth sets of two or three types, few players and many: a random type is split with random
    probabilities, and everybody gets what it got.

    Mixing: payoffs at a corner of a random polytope are the solution for many priors; mixtures of two of them have it too."""
    yield for_all("Axiom 70: change of payoffs, of their range", by_hand.drawn(run.tries(6), lambda: by_hand.split_of(run.rng)))
    yield for_all("Axiom 71: change of payoffs, utils", by_hand.drawn(run.tries(40), lambda: by_hand.mixture(run.rng)))
    half = split_type(example_54(), 0, 0.3)
    yield slip("sum of the probabilities that a player of a split type is of one of its parts, nu = 0.3", 0.3 + (0.3 - 1),
               (half.prior[:2] / example_54().prior[0]).sum(), 0.3 + (1 - 0.3),
               'Axiom 70 prints "probabilities nu and nu - 1"; Definition 69 has nu and 1 - nu.')  # fmt: skip


@row("T27", "C", "000, Proposition 63, Lemma 73, Definition 72",
     "The alpha-core is the largest core, and every matrix of expectations gives a characteristic function")  # fmt: skip
def largest_core(run: Run) -> Iterator[Line]:
    """Random matrices whose entries players can give, one by one: what is in the core for such a matrix is in the alpha-core,
    for a coalition expects at least as much and blocks at least as often.

    Lemma 73 (left as an exercise) fails: if each of two players expects from the other all that it could give, each alone
    claims 2 of the 2 utils there are."""
    beyond = []
    for _ in range(run.tries(20)):
        game = by_hand.separable(run.rng, int(run.rng.integers(2, 4)))
        low, high = (np.array([f(v, axis=0) for v in game.vertices]) for f in (np.min, np.max))
        found = core(game, None, "A", low + run.rng.uniform(0, 0.5, low.shape) * (high - low))
        beyond.append(float((core(game, found.point, "alpha").gains[1:] - found.gains[1:]).max() / game.size))
    yield for_all("Proposition 63: coalitions gain more under threats than for a random matrix, of the range of payoffs",
                  beyond, 1e-8)  # fmt: skip
    example, row_ = example_64(), np.array([2.0, 0.0, 0.0])
    yield slip("Example 64: is the row (2, 0, 0) of (62) something that player 1 can do?", "yes",
               hull(example.vertices[0]).contains(row_) <= 1e-9,
               bool(row_.sum() >= min(v.sum() for v in example.vertices[0])),
               "The proof of Proposition 63 takes the strategy that corresponds to the row A_j. Entries can be given one by "
               "one, not all at once: every option of player 1 gives at least 3 utils in total. The conclusion stands, as no "
               "entry is below the least that player j can give.")  # fmt: skip
    game = SeparableGame([[(1, 0), (0, 1)], [(1, 0), (0, 1)]])
    report = core(game, None, "A", [[0, 1], [1, 0]])
    assert report.relaxation is not None
    yield slip("two players who give (1, 0) or (0, 1), each expecting 1 from the other: utils that claims exceed what there "
               "is, each", "at most 0 (condition (v) of Definition 72)", report.relaxation.lower, (2 + 2 - 2) / 2,
               "Each alone can have 1 from itself and expects 1: both claim 2, and both together reach 2 in total. The set "
               "in (v) is empty and so is the core. The lemma needs a matrix like (62), for which Theorem 65's proof "
               "works.")  # fmt: skip


@row("T28", "P", "000, Appendix A; Section 3.3",
     "Maximising a sum of utilities normalised by ideal payoffs can leave a player worse off")  # fmt: skip
def normalised_sums(run: Run) -> Iterator[Line]:
    """Armstrong's solution: put the disagreement point at 0, the best payoff of each at 1, and maximise the sum. A set with
    corners (0, 0), (1, -0.5) and (-0.2, 1) has gains for both, yet the sum is largest where player 1 loses.

    The Nash solution never does that; tried on random sets."""
    game, d = hull(np.array([[0, 0], [1, -0.5], [-0.2, 1]])), np.zeros(2)
    yield equal("Armstrong's solution", [-0.2, 1], relative_utilitarian(game, d).point)
    yield equal("both could gain at once, by hand 1/3 util", 1 / 3, pareto(game, d, weak=True))
    losses = by_hand.drawn(run.tries(100), lambda: by_hand.nash_loss(run.rng))
    yield for_all("Nash: loss against disagreement, utils", losses, 1e-9)


@row("T29", "C", "000, Sections 1.1.2 and 5.5.2", "What matters to gains from trade are beliefs about other players' types")
def beliefs_matter(run: Run) -> Iterator[Line]:
    """A type that believes in its own kind only cannot trade; a type that others do not believe in is of no use to them;
    correlation of types is a tax on trade, and with many players what one does for oneself drops out.

    The inequality of Section 1.1.2 says when a profile beta is better than alpha; its left side has them exchanged."""
    own_kind = BayesianBargainingGame(example_55().actions, (0.5, 0.5), np.eye(2))
    yield equal("p(t | t) = 1: utils that all can gain at once", 0,
                pareto(own_kind.feasible, bayesian_nash(own_kind).payoffs, weak=True))  # fmt: skip
    yield equal("p(2 | 1) = 0: the most that type 2 adds to type 1's utility", 0, own_kind.individual(1).support([1, 0])[0])
    curves = [square_root_curve(np.linspace(0, 0.5, 51)), logarithmic_curve(np.linspace(0, 0.5, 51), 100.0)]
    falls = np.concatenate([-np.diff(curve.gain) for curve in curves])
    yield for_all("Examples 55, 56: gains fall with the belief in one's own type: rise from one belief to the next", falls,
                  1e-12)  # fmt: skip
    gaps = []
    for _ in range(run.tries(50)):
        sets, joint = [run.rng.normal(size=(5, 2)) for _ in range(2)], by_hand.joint_of(run.rng, 2)
        profile = np.array([v[0] for v in sets])
        many = BayesianBargainingGame(sets, joint).interim(profile)
        few = BayesianBargainingGame(sets, joint, players=10**6 + 1).interim(profile) / 10**6
        gaps.append(np.abs(few - many).max() / np.abs(profile).max())
    yield for_all("a million others: interim utility over n - 1 against the limit, of the largest utility", gaps, 1.1e-6)
    game = example_35(math.inf)
    u, p = game.utilities, game.prior.beliefs
    left = p[0, 1] * (u[1, 0, 1] - u[1, 0, 0])  # alpha: all defect (the second action), beta: all cooperate
    right = p[0, 0] * (u[0, 0, 1] - u[0, 0, 0])
    gain = gains_from_cooperation(game, [0, 0], [1, 1])[0]
    yield slip("Example 35, many players, from all defect to all cooperate: left side of the inequality, which the right "
               "side 0.5 must not exceed", left, gain + right, p[0, 1] * (2 - 0),
               "beta is better for type t if what others do for it grows by more than its own kind gives up: the left side "
               "needs u(beta) - u(alpha). As printed, -1 >= 0.5 fails although everybody gains half a util by "
               "beta.")  # fmt: skip


@row("T30", "C", "000, Definition 57; Section 6.1", "At the threat point no type improves its bargain by another threat")
def threat_points(run: Run) -> Iterator[Line]:
    """Random games of two types. Weighted by the common weights over the bargaining weights, the threats play a zero-sum game,
    and as utilities add up each has a best threat whatever the other does.

    Checked against all vertices as other threats; with equal weights the outcome is Nash's with variable threats in the normal
    form whose actions are the vertices."""
    gains, apart = [], []
    for _ in range(run.tries(25)):
        game = BayesianBargainingGame(
            list(run.rng.normal(size=(2, 5, 2))), by_hand.joint_of(run.rng, 2), players=float(run.rng.choice([3, math.inf]))
        )
        found = threat_point(game, game.prior)
        gains.append(float(deviation_gains(game, game.prior, found).max()))
        one, two = (game.individual(t).points for t in range(2))  # type: ignore[attr-defined]
        normal = bimatrix(one[:, None, 0] + two[None, :, 0], one[:, None, 1] + two[None, :, 1])
        apart.append(float(np.abs(threat_point(game, np.array([0.5, 0.5])).outcome - variable_threats(normal).point).max()))
    yield for_all("the most that another threat gains, utils", gains, 1e-7)
    yield for_all("equal weights: difference to Nash's solution with variable threats, utils", apart)


@row("T31", "C", "000, Sections 5.5.3, 5.5.4 (a society of universes, simulated)",
     "Universes that act on type and beliefs alone realise the gains that the theory predicts")  # fmt: skip
def society(run: Run) -> Iterator[Line]:
    """Civilisations in universes that cannot talk each do what their type does at the compromise. Types are drawn; payoffs are
    what all the others give.

    Example 54: 20,000 universes with independent types. By Hoeffding's inequality the share of a type misses its probability by
    more than root(log(2 / 1e-8) / (2 n)) once in 100 million runs. Example 55, whose types are correlated: 300 multiverses of
    60; the mean gain may miss the prediction by six standard errors."""
    from agents import Multiverse

    n = 2000 if run.quick else 20_000
    game, seed = example_54(), int(run.rng.integers(2**31))
    model = Multiverse(game, n, rng=seed)
    model.step()
    exact = BayesianBargainingGame(game.actions, game.prior, game.beliefs, players=n)
    told = (exact.interim(compromise(game).actions) - exact.interim(bayesian_nash(game).actions)) / (n - 1)
    bound = math.sqrt(math.log(2e8) / (2 * n)) + 4 / n
    yield at_most(f"Example 54, {n:,} universes: realised less predicted gain, at most Hoeffding's bound", bound,
                  np.abs(model.measured().gain - told).max())  # fmt: skip
    game, count = example_55(0.75), 60 if run.quick else 300
    model = Multiverse(game, 60, multiverses=count, rng=seed + 1)
    model.step()
    found, exact = model.measured(), BayesianBargainingGame(game.actions, game.prior, game.beliefs, players=60)
    told = (exact.interim(compromise(game).actions) - exact.interim(bayesian_nash(game).actions)) / 59
    yield at_most(f"Example 55, {count} multiverses: realised less predicted gain, in standard errors", 6,
                  (np.abs(found.gain - told) / found.error).max())  # fmt: skip
    yield at_most("... and the standard error is no excuse: as a part of the predicted gain", 1, (found.error / told).max())


not_computable("T32", "P", "000, Theorem 12; Theorem 76; Axioms 58, 59",
               "Nash's and Harsanyi and Selten's solutions are the only ones with their axioms; balanced games have a core",
               paper="treutlein",
               why="Uniqueness among all functions, and existence for infinitely many games, quoted from the literature; what "
               "can be tried on instances is in T18, T21, T26 and T30.")  # fmt: skip
not_computable("T33", "C", "000, Section 6.1",
               "Nash's proof of existence of the threat point probably carries over to more than two types",
               paper="treutlein",
               why="A conjecture without a statement precise enough to test: for more than two types the "
               "paper gives no construction, and uniqueness is doubted.")  # fmt: skip
not_computable("T34", "C", "000, Sections 2, 3, 4.1, 7",
               "When evidential cooperation is a good model, and what a Schelling point for it would be", paper="treutlein",
               why="Philosophy and open questions: infinite ethics, dependence between decisions of different agents, "
               "common knowledge, what others would find parsimonious.")  # fmt: skip
not_computable("T35", "P", "000, Figures 5, 7, 8; Section 3.5.2",
               "Giving up a little of what is best for oneself costs nothing on the margin and gains something",
               paper="treutlein", why="Drawings without numbers. That gains are possible wherever marginal rates of "
               "substitution differ is Theorem 6 (ii), in T2.")  # fmt: skip
