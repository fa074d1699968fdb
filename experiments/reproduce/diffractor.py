"""Diffractor, *Unifying Bargaining Notions (2/2)* (file 001): CoCo equilibria, Harsanyi's solution, Nash's as special
cases. The formulas of the post are lost in the text that we have; they are written out here from the literature that it
builds on. Weights are virtual prices, curnits for a util; payoffs are utils."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from experiments.reproduce import diffractor_by_hand as by_hand
from experiments.reproduce.exact import exact_equilibrium
from experiments.reproduce.lines import Line, at_least, at_most, equal, for_all, slip
from experiments.reproduce.rows import Run, not_computable, row
from negotiation.bargaining import (
    NormalFormGame,
    bimatrix,
    coalition_conditions,
    coalition_perfect_existence,
    coco,
    coco_equilibrium,
    common_weights,
    correlated_equilibrium,
    frontier,
    harsanyi,
    hull,
    nash,
    nash_equilibria,
    shapley_ntu,
    variable_threats,
    with_transfers,
)
from negotiation.bargaining.coalition_perfect import (
    coco_form,
    harsanyi_family,
    harsanyi_form,
    shapley_family,
    threat_payoff,
)
from negotiation.bargaining.coco_equilibria import equilibrium_residual
from negotiation.bargaining.fights import claims, fight
from negotiation.bargaining.threats import nash_or_stay


@row(
    "D1",
    "P",
    "001 and 002, the hot-dog sellers; numbers of Kalai and Kalai (2013)",
    "Hot-dog sellers squabble over the beach and the airport: the CoCo value with money, the CoCo equilibrium without",
)
def vendors(run: Run) -> Iterator[Line]:
    """Two vendors choose between the airport (40 customers) and the beach (100); vendor 2 earns twice as much per
    customer. With money they send vendor 2 to the beach and share 240 so that their difference is the value of the game
    of threats. Without money the CoCo equilibrium looks for prices of utils at which nobody owes anybody anything. Both
    are found a second time: the value as half of what there is plus half of what one can do to the other, the equilibrium
    as Nash's solution from the threats."""
    game = by_hand.hot_dogs()
    value, (found,) = coco(game), coco_equilibrium(game)
    yield equal("CoCo value, money can change hands", [95, 145], value.point)
    difference = fight(game, 1).solve([1, 1]).value
    yield equal("the same from (sum + difference) / 2", [(240 + difference) / 2, (240 - difference) / 2], value.point)
    yield equal("CoCo equilibrium without money", [70, 140], found.point)
    yield equal("its weights (prices of a util)", [2 / 3, 1 / 3], found.weights)
    threat = variable_threats(game).disagreement
    yield equal("Nash solution from the optimal threats", found.point, nash(hull(game.points), threat).point)
    yield at_most("residual of the equilibrium", 0, equilibrium_residual(game, found.weights, found.point), within=1e-9)
    marks = {"threats, with money": value.disagreement, "CoCo value": value.point, "threats, no money": threat,
             "CoCo equilibrium": found.point}  # fmt: skip
    run.draw("The vendors' payoffs: CoCo value on the line of transfers, CoCo equilibrium on the frontier.",
             lambda: by_hand.payoff_set(game, marks, transfers=True, unit="vendor"))  # fmt: skip


@row(
    "D2",
    "P",
    "002, chicken, with the payoffs of Aumann (1974); the prisoners' dilemma of the literature",
    "In the prisoners' dilemma and in chicken every solution agrees on the symmetric best",
)
def dilemmas(run: Run) -> Iterator[Line]:
    """Symmetric games have symmetric solutions: threats cancel. The CoCo value, Nash's solution with variable threats and
    the CoCo equilibrium all give (3, 3) and (6, 6). In chicken a public signal reaches 5.25 each without any contract:
    told to swerve, nobody knows whether the other was told to as well."""
    for name, game, point in (("prisoners' dilemma", by_hand.prisoners(), (3, 3)), ("chicken", by_hand.chicken(), (6, 6))):
        (found,) = coco_equilibrium(game)
        yield equal(f"{name}: CoCo value", point, coco(game).point)
        yield equal(f"{name}: variable threats", point, variable_threats(game).point)
        yield equal(f"{name}: CoCo equilibrium", point, found.point)
    best = correlated_equilibrium(by_hand.chicken(), "sum")
    yield equal("chicken: best correlated equilibrium", [5.25, 5.25], best.point)
    yield equal("its signal: both swerve, one goes straight, both do", [0.5, 0.25, 0.25, 0], best.distribution.ravel())
    yield at_most("most that disobeying gains, utils", 0, best.gain, within=1e-9)
    equilibria = [by_hand.chicken().payoff(pair) for pair in nash_equilibria(by_hand.chicken())]
    marks = {f"Nash equilibrium {k}": p for k, p in enumerate(equilibria, 1)} | {
        "best correlated equilibrium": best.point, "CoCo value": coco(by_hand.chicken()).point}  # fmt: skip
    run.draw("Chicken: what contracts reach (shaded), Nash equilibria, the best correlated one, and the CoCo value.",
             lambda: by_hand.payoff_set(by_hand.chicken(), marks))  # fmt: skip


@row(
    "D3",
    "P",
    "001, games with transferable utility; example of Ferguson, Game Theory",
    "Ferguson's 2 x 3 game with transferable utility",
)
def ferguson(run: Run) -> Iterator[Line]:
    """What is there to share is the largest sum, sigma; what decides the shares is delta, the value of the difference
    game, here in mixed strategies. Each gets half of sigma, plus or minus half of delta."""
    game = bimatrix([[0, 6, -1], [4, 3, 5]], [[0, 2, 2], [-1, 6, 5]])
    value, answer = coco(game), fight(game, 1).solve([1, 1])
    yield equal("sigma, the largest sum", 10, value.delta[-1])
    yield equal("delta, the value of the threats", -9 / 10, value.delta[1])
    yield equal("CoCo value", [4.55, 5.45], value.point)
    yield equal("difference of the payoffs if the threats are carried out", -9 / 10, value.disagreement @ [1, -1])
    yield at_most("duality gap of the threats, utils", 0, answer.gap, within=1e-12)
    points = {"threats": value.disagreement, "CoCo value": value.point}
    run.draw(
        "Ferguson's game: threats, CoCo value on the line of transfers.",
        lambda: by_hand.payoff_set(game, points, transfers=True),
    )


@row(
    "D4",
    "P",
    "001, CoCo Equilibrium Questions 1, 2 and 5",
    "Bargaining games give the Nash solution, transfers the CoCo value, two players Nash's threats; units do not matter",
)
def special_cases(run: Run) -> Iterator[Line]:
    """The four reasons to believe in CoCo equilibria, on random games. A bargaining game: player 1 proposes or walks
    away, the others accept or reject. Transfers: actions that hand over utils. Each equilibrium is compared with a
    solution computed in another way, and each must be the only one that the search over weights shows."""
    rng, tries = run.rng, run.tries(10)
    for players in (2, 3):
        yield for_all(f"bargaining games, {players} players: distance from the Nash solution, utils",
                      (by_hand.from_nash(*by_hand.bargaining_game(rng, players)) for _ in range(tries)), 1e-8)  # fmt: skip
    for actions in ((2, 2), (3, 2), (2, 2, 2)):
        yield for_all(f"games {by_hand.by(actions)} with transfers: distance from the CoCo value, utils",
                      (by_hand.from_coco(by_hand.random_game(rng, actions)) for _ in range(tries)), 1e-8)  # fmt: skip
    for whole, name in ((False, "two players"), (True, "two players, whole payoffs with ties")):
        games = (by_hand.random_game(rng, (3, 3), whole) for _ in range(5 * tries))
        yield for_all(
            f"{name}: distance from the Nash solution of the optimal threats, utils", map(by_hand.from_threats, games), 1e-8
        )
    worst, tried = by_hand.climb(run, by_hand.from_threats, (2, 2), run.tries(100))
    yield at_most("two players, local search for the largest such distance, utils", 0, worst, within=1e-8).because(tried)
    for actions in ((3, 3), (2, 2, 2)):
        yield for_all(f"games {by_hand.by(actions)}: change when utilities are scaled and shifted, original utils",
                      (by_hand.moved(rng, by_hand.random_game(rng, actions)) for _ in range(tries)), 1e-8)  # fmt: skip


@row(
    "D5",
    "P",
    "001, Theorem 1, Lemma 1 and Appendix",
    "Sharing by CoCo payoffs inside every coalition and Nash bargaining inside every coalition are the same condition",
)
def theorem_1(run: Run) -> Iterator[Line]:
    """Condition 4 of the two equilibria looks different: Shapley-like shares of the fights inside every coalition, or
    equal weighted gains over Harsanyi's threat payoffs. Given what coalitions can make, V, each form determines all
    payoffs; the two families must be the same. V comes from the fights of random games with 3 and 4 players, and from
    nothing at all. Then the converse: shift a util inside one coalition, and both forms must notice it there first."""
    rng, tries = run.rng, run.tries(60)
    for actions in ((2, 2, 2), (3, 2, 2), (2, 2, 2, 2)):
        n = len(actions)
        cases = [(w, by_hand.worths(by_hand.random_game(rng, actions), w)) for w in by_hand.prices_of(rng, n, tries)]
        yield for_all(
            f"games {by_hand.by(actions)}: the two families differ by, curnits",
            (by_hand.families_apart(v) for _, v in cases),
            1e-10,
        )
        yield for_all("what meets the CoCo form misses the Harsanyi form by, curnits",
                      (harsanyi_form(by_hand.filled(shapley_family(v)) / w, w).max() for w, v in cases), 1e-10)  # fmt: skip
        yield for_all("what meets the Harsanyi form misses the CoCo form by, curnits",
                      (coco_form(by_hand.filled(harsanyi_family(v)) / w, w).max() for w, v in cases), 1e-10)  # fmt: skip
    wild = [np.r_[0, rng.normal(size=2**n - 1) * 10 ** rng.uniform(-2, 2)] for n in (3, 4, 5) for _ in range(tries)]
    yield for_all(
        "any worths, 3 to 5 players: the families differ by, relative",
        (by_hand.families_apart(v) / np.abs(v).max() for v in wild),
        1e-10,
    )
    misses = [by_hand.first_failures(rng, n) for n in (3, 4) for _ in range(tries)]
    yield equal("shifted by a hundredth: both forms fail first in the same coalition", "yes", all(misses)).because(len(misses))


@row(
    "D6",
    "P",
    "001, Shapley and Harsanyi; example of Roth (1980)",
    "Roth's three-player game tells Shapley's value without transfers and Harsanyi's solution apart",
)
def roths_game(run: Run) -> Iterator[Line]:
    """Players 1 and 2 can share a util equally; either can instead take p from player 3, who keeps 1 - p. Shapley's value
    pretends that coalitions can trade at the common prices, and gives a third each. Harsanyi lets a coalition keep only
    what it can share by equal weighted dividends: player 3 then gets much less. Computed for p = 1/4 and for a random p
    below 1/2."""
    for p in (0.25, float(run.rng.uniform(0.05, 0.45))):
        (ntu,), (solution,) = shapley_ntu(by_hand.roth_form(p)), harsanyi(by_hand.roth_form(p))
        yield equal(f"p = {p:.3g}: Shapley's NTU value", [1 / 3] * 3, ntu.point, 1e-8)
        yield equal(f"p = {p:.3g}: Harsanyi's solution", [0.5 - p / 3, 0.5 - p / 3, 2 * p / 3], solution.point, 1e-8)
        yield equal(f"p = {p:.3g}: what players 1 and 3 agree on, by Harsanyi", [p, p], solution.payoffs[0b101, [0, 2]], 1e-8)
        yield at_most(f"p = {p:.3g}: residuals", 0, max(ntu.residual, solution.residual), within=1e-9)


# A game that a search among whole payoffs from -3 to 3 found (``find_several``): payoffs[player][a1][a2][a3], utils.
TWO_PAYOFFS = NormalFormGame(np.array([
    [[[3, 3], [2, 2]], [[1, -1], [-2, 0]]],
    [[[-1, 0], [-2, 3]], [[-2, -3], [-1, -1]]],
    [[[-3, 0], [-2, 0]], [[-3, 1], [1, 0]]],
], dtype=float))  # fmt: skip


@row(
    "D8",
    "P",
    "001, Equilibria Existence: the question of uniqueness",
    "There are games with more than one equilibrium payoff: the example that the post asks for",
)
def several_payoffs(run: Run) -> Iterator[Line]:
    """Harsanyi says that his equilibria need not be unique, and never shows an example; the post asks for one. Here is
    one, at the level of the grand coalition: three players, two actions each, whole payoffs from -3 to 3, and two
    equilibria with different payoffs. Their weights are fractions, so that everything is checked again in exact
    arithmetic: both sides' threats in every fight, the claims, and that the point is a mixture of profiles that are best
    at the weights. A fresh search says how rare this is."""
    found = coco_equilibrium(TWO_PAYOFFS)
    yield at_least("equilibrium payoffs found in the game shown", 2, len(found))
    exact = [exact_equilibrium(TWO_PAYOFFS, one.weights) for one in found]
    for k, (one, certified) in enumerate(zip(found, exact, strict=True), 1):
        yield equal(f"equilibrium {k}: certified without rounding", "yes", certified is not None)
        if certified:
            told = " : ".join(map(str, certified[0])), ", ".join(map(str, certified[1]))
            yield equal(
                f"prices {told[0]}, payoffs ({told[1]}): as found", [*map(float, certified[1])], np.round(one.point, 12)
            )
        yield at_most(f"equilibrium {k}: residual in floating point", 0, one.residual, within=1e-9)
    apart = [
        max(abs(a - b) for a, b in zip(one[1], other[1], strict=True)) for one, other in combinations(filter(None, exact), 2)
    ]
    yield at_least("how far apart the payoffs are, utils", 0.01, float(min(apart, default=0)))
    yield from by_hand.fresh_search(run, run.tries(200))
    run.draw("At which prices nobody owes anybody anything: how far what is promised, phi(w)/w, is from feasible payoffs. "
             "Stars: the two equilibria; around the right one, many prices give the same payoffs.",
             lambda: by_hand.map_of_prices(TWO_PAYOFFS, found))  # fmt: skip


@row("D9", "P", "001, Equilibria Existence", "Coalition-perfect equilibria exist (the post hopes: in all finite games)")
def coalition_perfect(run: Run) -> Iterator[Line]:
    """The full definition asks for the same prices inside every coalition: even in a fight each coalition's payoffs must
    be shared properly. Two players: nothing is added. Three: further equations without further unknowns, and a finite
    game without transfers rarely meets them. Roth's game never does: the pairs allow one vector of prices (3 : 3 : 1 for
    p = 1/4), and there player 3 is owed what nobody can give. Rounding the corners of what the group can reach does not
    help; Harsanyi's own solution (D6) exists because a pair may waste utils, which condition 3 forbids. With transfer
    actions an equilibrium exists, the CoCo value."""
    rng, p = run.rng, float(run.rng.uniform(0.05, 0.45))
    for share in (0.25, p):
        game, forced = by_hand.roth_game(share), np.array([1 - share, 1 - share, share]) / (2 - share)
        best = game.points[(game.points @ forced).argmax()]
        owed = claims(game, forced).phi[2] - forced[2] * best[2]
        yield slip(f"Roth's game, p = {share:.3g}, the only prices that pairs allow: player 3 is owed, curnits", 0.0, owed,
                   2 * share * (1 - share) / (3 * (2 - share)), ROTH_HAS_NONE)  # fmt: skip
        yield at_most("violation inside pairs at these prices, curnits", 0, by_hand.pairs_violation(game, forced), within=1e-12)
        yield at_least(
            "corners rounded by a ball of radius 0.1, by hand: still owed, curnits",
            owed,
            by_hand.owed_if_rounded(forced, owed, 0.1),
        )
        (solution,) = harsanyi(by_hand.roth_form(share))
        wasted = 1 - float(np.nansum(solution.payoffs[0b101]))
        yield equal("Harsanyi's solution: what players 1 and 3 would waste, utils", 1 - 2 * share, wasted)
    yield for_all(
        "Roth's game at random prices: violation inside pairs, distance from the closed form, curnits",
        (
            abs(by_hand.pairs_violation(by_hand.roth_game(p), w) - by_hand.pairs_by_hand(p, w))
            for w in by_hand.prices_of(rng, 3, run.tries(100))
        ),
    )
    found = [coalition_perfect_existence(rng, games=15, largest=largest) for largest in (3, None)]
    for payoffs, sample in zip(("whole", "normal"), found, strict=True):
        yield from by_hand.how_perfect(payoffs, sample)
    rich = [(game, with_transfers(game, 20.0)) for game in (by_hand.random_game(rng, (2, 2, 2)) for _ in range(run.tries(10)))]
    yield for_all("with transfers of 20 utils: violation of all conditions at the CoCo value, without unit",
                  (coalition_conditions(big, np.ones(3), coco(game).point).residual for game, big in rich))  # fmt: skip
    run.draw("How far CoCo equilibria of random 2 x 2 x 2 games are from the conditions inside every coalition.",
             lambda: by_hand.histogram(np.concatenate([s.residuals for s in found])))  # fmt: skip


ROTH_HAS_NONE = """Alone each gets nothing, so the pairs' conditions make w1 p = w3 (1 - p), w2 p = w3 (1 - p) and w1 = w2 (with
a zero among the prices, all would be zero). At those prices the group plays (1/2, 1/2, 0), where player 3 has nothing, yet its
share of what its pairs can make is positive: no coalition-perfect equilibrium exists, in a finite game without transfers."""


@row(
    "D10",
    "P",
    "001, Harsanyi's utilitarianism theorem",
    "Collective utilities that respect unanimity are weighted sums of the individual utilities, with nonnegative weights",
)
def utilitarianism(run: Run) -> Iterator[Line]:
    """Utilities over finitely many outcomes, and lotteries over these. Either the collective utility is a constant plus a
    nonnegative combination of the individual ones, or two lotteries show that it goes against everybody: exactly one of
    the two, by Farkas' lemma. The weights are found by least squares, the lotteries by a linear program that knows
    nothing of weights. Half of the collective utilities drawn are weighted sums, the others are not made to be."""
    rng, cases = run.rng, []
    for k in range(run.tries(200)):
        own = rng.normal(size=(int(rng.integers(1, 5)), int(rng.integers(2, 8))))
        drawn = rng.exponential(size=len(own)) * (rng.random(len(own)) < 0.8)
        together = rng.normal() + drawn @ own if k % 2 else own.sum(axis=0) + rng.normal(size=own.shape[1])
        cases.append((own, together, drawn if k % 2 else None))
    sums = [(by_hand.weights_of(own, together)[1], by_hand.against_everybody(own, together)) for own, together, _ in cases]
    yield equal("weighted sum if and only if never against everybody", "yes",
                all((misfit <= 1e-7) == (loss <= 1e-7) for misfit, loss in sums)).because(len(sums))  # fmt: skip
    yield for_all("made as weighted sums: most that they lose where nobody loses",
                  (by_hand.against_everybody(own, t) for own, t, drawn in cases if drawn is not None), 1e-7)  # fmt: skip
    yield for_all("with more outcomes than players the weights come back, error",
                  (np.abs(by_hand.weights_of(own, t)[0] - drawn).max() for own, t, drawn in cases
                   if drawn is not None and own.shape[1] > own.shape[0]))  # fmt: skip
    yield at_least("collective utilities drawn that go against everybody somewhere", 1, sum(loss > 1e-7 for _, loss in sums))


@row(
    "D11",
    "P",
    "001, the related result on the Pareto frontier",
    "Any point on the Pareto frontier maximises a weighted sum; at corners many weights do",
)
def supporting_weights(run: Run) -> Iterator[Line]:
    """The tangent plane at a frontier point gives the weights (separation theorem); they are read off the outcome alone.
    Tried on the vertices and the midpoints of the frontier's edges of random two-player sets, and on points of random
    three-player sets that a ray from inside hits. The weights at a midpoint are checked against the edge's slope, and at
    a corner against both edges."""
    rng, tries = run.rng, run.tries(70)
    planar = [hull(by_hand.cloud(rng, round_=bool(k % 2))) for k in range(tries)]
    chains = [(one, frontier(one).points) for one in planar]
    corners = [(one, chain, k) for one, chain in chains for k in range(len(chain))]
    edges = [(one, chain[k], chain[k + 1]) for one, chain in chains for k in range(len(chain) - 1)]
    yield for_all("vertices of two-player frontiers: what they miss of the maximum, utils",
                  (by_hand.vertex_missed(*corner) for corner in corners))  # fmt: skip
    yield for_all("midpoints of edges: weights against the edge's slope", (by_hand.slope_missed(*edge) for edge in edges))
    inner = [(one, chain, k) for one, chain, k in corners if 0 < k < len(chain) - 1]
    yield for_all("inner corners: the weights that both edges have, and all between, do too",
                  (by_hand.corner_missed(*corner) for corner in inner))  # fmt: skip
    yield for_all("three players, points hit by a ray: what they miss of the maximum, utils",
                  (by_hand.ray_missed(rng) for _ in range(tries)))  # fmt: skip
    run.draw(
        "The weights at a point of the frontier are the normal of its tangent; a corner has all between two.",
        by_hand.draw_weights,
    )


@row(
    "D12",
    "P",
    "001, CoCo Equilibria: curnits",
    "Far from the equilibrium the claims are out of reach: who has a low price is promised a giant pile",
)
def curnits(run: Run) -> Iterator[Line]:
    """At a frontier point the weights are prices: 3 curnits for a util of Alice, 1 for a util of Bob. Value the game in
    curnits, take the CoCo value, convert back. The result lies on the tangent, so it is feasible only if nothing has to
    be paid. The example is a bargaining game on a quarter circle of payoffs, no agreement paying nothing, at the point
    where an util of Alice trades for 3 of Bob's. Elsewhere: random games at random weights, and Bob's price going to
    nothing."""
    angle = np.sort(np.r_[np.linspace(0, np.pi / 2, 241), np.arctan2(1, 3)])
    game, steep = by_hand.proposals_of(np.column_stack([np.cos(angle), np.sin(angle)]), np.zeros(2)), np.array([3.0, 1.0])
    here, promised = np.array([3, 1]) / np.sqrt(10), claims(game, steep).phi / steep
    yield at_most(
        "distance of 3 : 1 from the weights that support the point",
        0,
        common_weights(hull(game.points), here).admits(steep),
        within=1e-9,
    )
    yield at_most("what Alice is promised is less than what she has there, utils", here[0], promised[0])
    yield equal("promised to both: half the surplus each, converted back", np.sqrt(10) / 2 / steep, promised)
    yield at_least("Bob's promise over what he has there", 4, promised[1] / here[1])
    yield at_least("distance of the promises from all feasible payoffs, utils", 0.1, hull(game.points).contains(promised))
    rng, tries = run.rng, run.tries(100)
    drawn = [
        (one, w) for one in (by_hand.random_game(rng, (2, 2, 2)) for _ in range(tries)) for w in by_hand.prices_of(rng, 3, 1)
    ]
    yield for_all("any game, any prices: the promises are worth the most there is, curnits",
                  (abs(claims(one, w).phi.sum() - (one.points @ w).max()) for one, w in drawn))  # fmt: skip
    piles = [claims(game, [1, price]).phi[1] / price for price in (0.1, 0.01, 0.001)]
    yield at_least(
        "Bob's promise at prices 0.1, 0.01, 0.001: growth by each step", 9, min(piles[1] / piles[0], piles[2] / piles[1])
    )
    (found,) = coco_equilibrium(game)
    yield equal("where nobody pays: the equilibrium is the Nash solution", [np.sqrt(0.5)] * 2, found.point)
    marks = {
        "the point (prices 3 : 1)": here,
        "what is promised there": promised,
        "CoCo equilibrium": found.point,
        "no agreement": (0, 0),
    }
    run.draw("At prices 3 : 1 the claims, converted back, lie outside of what is feasible; at the equilibrium they stay.",
             lambda: by_hand.payoff_set(game, marks))  # fmt: skip


@row("D13", "P", "001, Scale-Shift Invariance", "Units and zeros of utility do not matter: the prices take them up")
def units(run: Run) -> Iterator[Line]:
    """The post's argument, step by step. Alice multiplies her numbers by 100: her price falls from 3 curnits to 3/100,
    and nothing changes in curnits. Alice adds 10 utils to everything: at 3 curnits each that is 30 more curnits to her
    and none to Bob, and converted back 10 utils. (The post says 10 curnits, which would be 10/3 utils.) On random games,
    against the formula for the change."""
    rng, tries = run.rng, run.tries(100)
    game, prices = by_hand.random_game(rng, (3, 3)), np.array([3.0, 1.0])
    risen = claims(game.transformed([1, 1], [10, 0]), prices).phi - claims(game, prices).phi
    yield slip("3 curnits an util, Alice adds 10 utils: her CoCo value rises by, curnits", 10.0, risen[0], 3 * 10.0,
               """An util of Alice is worth 3 curnits in the example, so ten more of hers are 30 curnits; only then does
               dividing by 3 give the 10 utils that the post ends with.""")  # fmt: skip
    yield equal("converted back, utils; and Bob's change, curnits", [10, 0], [risen[0] / 3, risen[1]])
    yield for_all("Alice's numbers times 100, her price by 100: change of anybody's claim, curnits", (
        np.abs(claims(one.transformed([100, 1, 1], [0, 0, 0]), w / [100, 1, 1]).phi - claims(one, w).phi).max()
        for one, w in by_hand.priced_games(rng, tries)))  # fmt: skip
    shifted = zip(by_hand.priced_games(rng, tries), 10 * rng.normal(size=(tries, 3)), strict=True)
    yield for_all("shifts of all players: claims change by price times shift, error in curnits", (
        np.abs(claims(one.transformed([1, 1, 1], shift), w).phi - claims(one, w).phi - w * shift).max()
        for (one, w), shift in shifted))  # fmt: skip


@row(
    "D14",
    "P",
    "001, Harsanyi's marginal gains and threat payoffs; Lemma 1",
    "What each coalition adds for a player sums to what it gets, and is shared in the same ratio in every coalition",
)
def dividends_and_fallbacks(run: Run) -> Iterator[Line]:
    """Harsanyi's d_i^S is what coalition S adds for player i beyond what smaller coalitions promised; the alternating sum
    is forced by asking that the promises add up (Lemma 1: tried on arbitrary payoffs). The fallback inside S is the rest.
    At the solution two players share d in the same ratio, their prices inverted, in every coalition. Equal gains over the
    fallbacks are Nash's solution where the fallbacks leave a gain. They need not: when any two of three players can take
    all, they add up to more than there is."""
    rng, tries = run.rng, run.tries(30)
    loose = [np.vstack([np.zeros(n), rng.normal(size=(2**n - 1, n))]) for n in (2, 3, 4) for _ in range(tries)]
    yield for_all(
        "any payoffs: gains of all coalitions inside S do not add up to the payoff in S by, utils",
        map(by_hand.lemma_1, loose),
        1e-9,
    )
    cases = [
        (w, by_hand.worths(by_hand.random_game(rng, (2,) * n), w)) for n in (3, 4) for w in by_hand.prices_of(rng, n, tries)
    ]
    yield for_all("equal gains in every coalition: difference inside it, curnits", (
        np.ptp([gain * w[i] for i, gain in by_hand.gains_of(v, w, s).items()])
        for w, v in cases for s in range(1, len(v))), 1e-9)  # fmt: skip
    yield for_all("two players bargain over all coalitions they share: distance from Nash's solution, curnits",
                  (by_hand.pair_missed(v, w) for w, v in cases), 1e-8)  # fmt: skip
    yield for_all("coalitions with something to gain: distance from Nash's solution from the fallbacks, curnits",
                  (missed for w, v in cases for missed in by_hand.nash_inside(v, w)), 1e-8)  # fmt: skip
    game = by_hand.majority()
    (found,) = coco_equilibrium(game)
    inside = coalition_conditions(game, found.weights, found.point)
    yield equal("two of three share a util: CoCo equilibrium", [1 / 3] * 3, found.point)
    yield at_most("violation of the conditions inside all coalitions: it is coalition-perfect", 0, inside.residual, within=1e-8)
    fallbacks = [threat_payoff(np.nan_to_num(inside.payoffs), 7, i) for i in range(3)]
    yield slip("by how much the fallbacks there exceed the util there is", 0.0, sum(fallbacks) - 1,
               -float(by_hand.dividend_of_all({(0, 1): 1, (0, 2): 1, (1, 2): 1, (0, 1, 2): 1})),
               """The post reads condition 4 as Nash bargaining from the fallbacks. Here these are (1, 1, 1) with one util
               to share: the condition shares a loss of 2 equally, and no Nash solution from there exists.""")  # fmt: skip


@row(
    "D15",
    "P",
    "001, Harsanyi's basic insight and the representatives",
    "Whoever chooses a coalition's threat, the best one is optimal in its fight; two players' threats are as good as zero-sum",
)
def who_threatens(run: Run) -> Iterator[Line]:
    """A representative who cares about the own payoff only should choose the threat that is optimal for the coalition:
    each member's claim rises with the value of the fight. Tried on all pure and some mixed threats in every fight of
    random games. For two players, Nash solutions from any two pairs of threats lie on the frontier, so if one wins the
    other loses, although the sum changes. That makes the outcome unique, not the disagreement: a game shows two optimal
    threat points with the same outcome."""
    rng, tries = run.rng, run.tries(60)
    games = by_hand.priced_games(rng, tries)
    yield for_all("three players: what any member's claim gains by another threat, curnits", (
        by_hand.representative_gains(one, w, rng) for one, w in games), 1e-9)  # fmt: skip
    planar = [by_hand.random_game(rng, (3, 3)) for _ in range(tries)]
    yield for_all(
        "two players: what one gains by another threat, pure or mixed, utils",
        (by_hand.threat_gains(one, rng) for one in planar),
        1e-8,
    )
    yield for_all("two pairs of threats: the product of what both gain from one to the other, utils squared",
                  (by_hand.both_win(one, rng) for one in planar), 1e-9)  # fmt: skip
    sums = [nash_or_stay(hull(by_hand.hot_dogs().points), d).point.sum() for d in by_hand.hot_dogs().points]
    yield at_least("yet not zero-sum (the post is not sure): sums of the vendors' outcomes differ by, utils", 1, np.ptp(sums))
    game = bimatrix([[0, 4], [1, 2]], [[0, 2], [1, 4]])
    points = [game.payoff([[p, 1 - p], [1, 0]]) for p in (1.0, 0.5)]
    gaps = [by_hand.gap(game, [p, 1 - p], [1, 0]) for p in (1.0, 0.5)]
    yield at_most("game of the slip: duality gaps of both pairs of threats, utils", 0, max(gaps), within=1e-12)
    yield equal(
        "Nash solutions from the two threat points", [[3, 3], [3, 3]], [nash(hull(game.points), d).point for d in points]
    )
    yield slip("a game in which optimal threats differ: how far apart the disagreement utilities are", 0.0,
               float(np.abs(points[0] - points[1]).max()), by_hand.range_of_threats(game),
               """The post says that the pair of disagreement utilities is unique. The outcome is; here player 1's threats
               with at least half on the first row are all optimal, and the disagreement point moves with them along the
               ray to (3, 3).""")  # fmt: skip


@row(
    "D16",
    "P",
    "001, Equilibria Existence",
    "Equilibria are unique with two players; with three they exist at the level of the grand coalition",
)
def existence(run: Run) -> Iterator[Line]:
    """Two players: walk along the frontier from player 2's best point to player 1's; what player 1 has too much, w1 x1 -
    w2 x2 less the value of the threats, may change sign only once. Three players: a search over the weights finds an
    equilibrium with positive weights in nearly all random games, and certifies each; where it finds none, a zero weight
    may be needed, which it does not look for. A bystander shows this: with nothing at stake for a player, the weights are
    (1, 0)."""
    rng = run.rng
    planar = [by_hand.random_game(rng, tuple(rng.integers(2, 5, size=2))) for _ in range(run.tries(100))]
    yield for_all(
        "two players: sign changes along the frontier beyond the first", (by_hand.sign_changes(one) - 1 for one in planar), 0
    )
    found = [coco_equilibrium(by_hand.random_game(rng, (2, 2, 2))) for _ in range(max(20, run.tries(60)))]
    yield at_least("three players: share of random games with an equilibrium found", 0.75,
                   sum(map(bool, found)) / len(found)).because(len(found))  # fmt: skip
    yield for_all("residual of each, without unit", (e.residual for some in found for e in some), 1e-8)
    bystander = bimatrix([[1, 1], [1, 1]], [[-1, 1], [1, -1]])
    (held,) = coco_equilibrium(bystander)
    yield equal("a player without a stake: payoffs and weights", [[1, 1], [1, 0]], [held.point, held.weights])


@row("D17", "P", "001, CoCo Equilibria; summary 1 and 3", "An equilibrium stays where it is: at its prices nobody pays anybody")
def stays_where_it_is(run: Run) -> Iterator[Line]:
    """The definition as the post tells it: take the equilibrium's weights as prices, value all payoffs in curnits,
    compute the CoCo value of the game with that money, convert back. One must be where one was, no transfer asked for;
    and the same weights are maximised by the group and in every fight. On random games of two and three players, and on
    the vendors' game by number."""
    rng, tries = run.rng, run.tries(40)
    (found,) = coco_equilibrium(by_hand.hot_dogs())
    yield equal(
        "vendors: CoCo value in curnits at prices 2 : 1, converted back",
        [70, 140],
        coco(by_hand.hot_dogs().transformed([2, 1], [0, 0])).point / [2, 1],
    )
    yield equal("vendors: the prices", 2, found.weights[0] / found.weights[1])
    games = [by_hand.random_game(rng, actions) for actions in ((2, 2), (3, 3), (2, 2, 2), (3, 2, 2)) for _ in range(tries // 2)]
    pairs = [(game, one) for game in games for one in coco_equilibrium(game) if one.weights.min() > 1e-6]
    yield for_all(
        "CoCo value at the prices, converted back: distance from the equilibrium, utils",
        (np.abs(coco(game.transformed(e.weights, 0 * e.weights)).point / e.weights - e.point).max() for game, e in pairs),
    )
    yield for_all("what the point misses of the group's largest weighted sum, utils",
                  ((game.points @ e.weights).max() - e.weights @ e.point for game, e in pairs))  # fmt: skip
    yield for_all(
        "distance of the point from what contracts reach, utils", (hull(game.points).contains(e.point) for game, e in pairs)
    )


@row(
    "D20",
    "P",
    "001, Equilibria Existence",
    "How rare: games with several equilibrium payoffs, and games with a coalition-perfect one",
    slow=True,
)
def how_rare(run: Run) -> Iterator[Line]:
    """The two counts of D8 and D9 on larger samples, drawn anew at each run: fresh games with several payoffs, and CoCo
    equilibria that also meet the conditions inside every coalition. The numbers found are part of the lines; what is
    tested is that both are rare, that each equilibrium found is certified, and that the two forms of condition 4 agree on
    every one of them."""
    yield from by_hand.fresh_search(run, run.tries(800))
    found = [coalition_perfect_existence(run.rng, games=run.tries(100), largest=largest) for largest in (3, None)]
    for payoffs, sample in zip(("whole", "normal"), found, strict=True):
        yield from by_hand.how_perfect(payoffs, sample)
    run.draw("How far CoCo equilibria of random 2 x 2 x 2 games are from the conditions inside every coalition.",
             lambda: by_hand.histogram(np.concatenate([s.residuals for s in found])))  # fmt: skip


not_computable(
    "D18",
    "P",
    "001, Equilibria Existence",
    "Harsanyi's existence proof extends by limits to frontiers with corners and to payoffs of fewer dimensions",
    paper="diffractor",
    why="An argument about limits of infinite families that the post itself calls a presumption. D9 shows finite games "
    "without any coalition-perfect equilibrium.",
)
not_computable(
    "D19",
    "P",
    "001, CoCo Equilibria and What if it Sucks",
    "CoCo equilibria are what aliens would find too, yet adopting them is a terrible idea",
    paper="diffractor",
    why="A judgement. What it rests on, that threats pay, is computed in D7 and D21.",
)
