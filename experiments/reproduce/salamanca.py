"""File 003: Salamanca, cooperation with private information that cannot be verified.

Payoffs are in the order of the paper's vectors: the buyer's (weak, strong), the seller's, the broker's in Section 2; of
player 1, player 2, player 3 (weak, strong) in Section 6. Utils are dollars."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from experiments.reproduce import salamanca_by_hand as by_hand
from experiments.reproduce.lines import Line, at_least, at_most, equal, for_all, slip
from experiments.reproduce.rows import Run, not_computable, row
from experiments.reproduce.salamanca_by_hand import POSITIVE
from negotiation.bargaining.incomplete import (
    PAPER_GAMES,
    CooperativeGame,
    Scales,
    all_coalitions,
    as_mechanism,
    average_dictatorship,
    best_mechanism,
    compromise,
    incentive_efficiency,
    interim_frontier,
    m_solution,
    neutral_procedural_solution,
    restricted_extension,
    s_solution,
    selection_problem,
    warranted_claims,
)
from negotiation.bargaining.incomplete.coalition_program import CoalitionProgram


@row(
    "S1", "N", "003, Section 1", "A seller who alone knows the quality insists on the buyer's full value: 5/2 if high, 5 if low"
)
def quality(run: Run) -> Iterator[Line]:
    """The good costs its seller 5 (high quality, probability 2/5) or 0, and is worth 5 more to the buyer. What should the
    seller demand? An offer at 7 would be accepted on average, but only a seller of low quality likes it, and making it says
    so. The strong solution is acceptable whatever the buyer infers: it pays the full value, and high quality is sold half of
    the time, which keeps a seller of low quality honest. Two linear programs find it: the best safe mechanism, and the proof
    that no feasible mechanism is better for both types."""
    game = PAPER_GAMES["lemons"]()
    problem = selection_problem(game, (0, 1), 0, by_hand.threats_of(neutral_procedural_solution(game)))
    strong = by_hand.found_of(problem)
    yield equal("the seller's gains in its strong solution (high, low), utils", [2.5, 5], strong.payoffs[0])
    sold, paid = by_hand.trade_of(strong.mechanism)
    yield equal("probability of trade (high, low)", [0.5, 1], sold)
    yield equal("price paid: the full value v + 5 (high, low), dollars", [10, 5], paid / sold)
    yield equal("what it lacks of being safe, utils", 0, strong.insecurity)
    yield equal("what another feasible mechanism adds for both types of the seller, utils", 0, strong.domination)
    yield equal("the neutral optimum of the informed seller is the same", [2.5, 5], compromise(problem).selected.payoffs[0])
    at_seven = problem.assess(by_hand.offer(game, 7))
    yield equal("the seller's gains from the offer at 7 (high, low), utils", [2, 7], at_seven.payoffs[0])
    buyer = {price: float(problem.assess(by_hand.offer(game, price)).payoffs[1][0]) for price in (0, 10)}
    yield equal("highest price that the buyer accepts on average, dollars", 7, 10 * buyer[0] / (buyer[0] - buyer[10]))
    yield equal("what the offer at 7 lacks of being undominated, utils", 0, at_seven.domination)
    gains = (by_hand.offer(game, 7) * game.coalitions[(0, 1)].utility[1, :, :, 0].T).sum(axis=1)
    yield equal("the buyer's gain at 7 if it infers low quality, 5 - 7, utils", -2, gains[1])
    yield at_least(
        "so the offer at 7 is not safe: the buyer should gain 0, is off by (high 3, low -2), utils", 2, at_seven.insecurity
    )
    prefers = strong.payoffs[0] - at_seven.payoffs[0]
    yield equal(
        "who prefers full value to the offer at 7 (high, low)", "yes, no", ", ".join(by_hand.yes(x > 0) for x in prefers)
    )


@row(
    "S2",
    "N",
    "003, Section 1; Figure 1.2",
    "With a tax on prices above 5, lots between dictators give only (3.5, 5); the solution is (5, 5)",
)
def taxed_sale(run: Run) -> Iterator[Line]:
    """Complete information: the good is worth 0 to the seller and 10 to the buyer, and the seller keeps 40% of what it is paid
    beyond 5. Each dictator takes everything, and drawing lots between them is inefficient. The solution asks for utility
    weights at which a lot between dictators, if weighted utility could be transferred, would give what is feasible: (5, 5),
    with equal weights. The residual is the epsilon that these weights certify."""
    game = PAPER_GAMES["taxed-sale"]()
    solution = neutral_procedural_solution(game)
    seller, buyer = (by_hand.flat_of(d.payoffs) for d in solution.grand.dictators if d is not None)
    yield equal("what the seller demands (seller, buyer), utils", [7, 0], seller)
    yield equal("what the buyer demands, utils", [0, 10], buyer)
    average = average_dictatorship(solution.grand.dictators)
    assert average is not None
    yield equal("lots between them", [3.5, 5], by_hand.flat_of(average.payoffs))
    yield at_least(
        "more that both could have without loss to either: (5, 5) gives, utils", 1.5, incentive_efficiency(average).gain, 1e-6
    )
    yield equal("neutral procedural solution (seller, buyer), utils", [5, 5], by_hand.flat_of(solution.payoffs))
    yield equal("how it is found", "fixed point", solution.grand.method)
    yield at_most("its residual, utils", 0, solution.residual, within=1e-6)
    points = [np.array(p, dtype=float) for p in ((0, 10), (5, 5), (7, 0))]
    nash = max((np.prod(p), *p) for a, b in pairwise(points) for p in np.linspace(a, b, 2001))
    yield equal("the Nash product's maximum on the frontier, apart from the solver", [5, 5], nash[1:])
    lots, point = (seller + buyer) / 2, by_hand.flat_of(solution.payoffs)
    run.draw(
        "Figure 1.2, panel A: the taxed sale. Lots between the dictators lose; the solution is the corner (5, 5).",
        lambda: by_hand.frontier_picture(
            {"efficient": interim_frontier(game)}, {"seller": seller, "buyer": buyer}, lots, point
        ),
    )


@row(
    "S3",
    "N",
    "003, Section 2; Table 2.1; (2.1)",
    "Bilateral trade: the dictators take (90, 30, 0) and (0, 0, 72); the solution is (45, 15, 36)",
)
def bilateral_trade(run: Run) -> Iterator[Line]:
    """The buyer values the good at 90 (weak, probability 4/5) or at 30 (strong); the seller at 0. The buyer as dictator names
    the price 0. The seller as dictator sells at 90 to the weak type and not at all to the strong one: trade with it would tempt
    the weak type to lie. Both demands are strong solutions, their average is incentive efficient, so it is the solution."""
    game = PAPER_GAMES["bilateral-trade"]()
    solution = neutral_procedural_solution(game)
    buyer, seller = (d for d in solution.grand.dictators if d is not None)
    yield equal("the buyer's strong solution (weak, strong, seller), utils", [90, 30, 0], by_hand.flat_of(buyer.payoffs))
    sold, paid = by_hand.trade_of(buyer.mechanism)
    yield equal("it is the price 0: (trade; payment), both types", [[1, 1], [0, 0]], [sold, paid])
    yield equal("the seller's strong solution, utils", [0, 0, 72], by_hand.flat_of(seller.payoffs))
    sold, paid = by_hand.trade_of(seller.mechanism)
    yield equal("Table 2.1: probability of trade if the value is (90, 30)", [1, 0], sold)
    yield equal("Table 2.1: price if the value is 90, dollars", 90, paid[0] / sold[0])
    full = as_mechanism(
        game, (0, 1), by_hand.plan_of(game, (0, 1), [{"sell at 90": 1}, {"sell at 0": 2 / 3, "sell at 90": 1 / 3}])
    )
    yield equal(
        "the whole surplus for the seller, prices 90 and 30: gain of the weak type from a lie, utils", 60, full.incentive_gain
    )
    yield equal("(2.1): the solution, utils", [45, 15, 36], by_hand.flat_of(solution.payoffs))
    yield equal(
        "(2.1) is incentive efficient: what can be added without loss, utils", 0, incentive_efficiency(solution.mechanism).gain
    )
    yield equal("how it is found", "random dictatorship", solution.grand.method)


@row("S4", "N", "003, Section 2; Tables 2.2, 2.3; (2.2)-(2.5)", "With a broker who verifies the buyer's type: (45, 15, 38, 1)")
def brokered_trade(run: Run) -> Iterator[Line]:
    """A broker can verify the buyer's type; without it, buyer and seller fall back on (45, 15, 36). As dictators the buyer
    takes (90, 30, 0, 0), the seller (0, 0, 78, 0), and the broker the 3 that its service adds. The average is efficient and
    gives the broker 1, at the expense of the seller only, who needs the service. The M-solution gives the broker nothing, the
    S-solution charges both sides: each is evaluated at scales that certify it."""
    game = PAPER_GAMES["brokered-trade"]()
    solution = neutral_procedural_solution(game)
    yield equal(
        "fallback of buyer and seller: (2.1), utils", [45, 15, 36], by_hand.flat_of(solution.coalitions[(0, 1)].payoffs)
    )
    demands = [by_hand.flat_of(d.payoffs) for d in solution.grand.dictators if d is not None]
    for who, expected, got in zip(
        ("buyer", "seller", "broker"), ([90, 30, 0, 0], [0, 0, 78, 0], [45, 15, 36, 3]), demands, strict=True
    ):
        yield equal(f"strong solution of the {who} (weak, strong, seller, broker), utils", expected, got)
    yield equal("(2.5): the solution, utils", [45, 15, 38, 1], by_hand.flat_of(solution.payoffs))
    yield at_most("its residual, utils", 0, solution.residual, within=1e-6)
    yield equal(
        "(2.4): 4/5 U_w + 1/5 U_s + U_2 + U_3, utils", 78, np.array([0.8, 0.2, 1, 1]) @ by_hand.flat_of(solution.payoffs)
    )
    tables: tuple[tuple[str, tuple[float, float, float], list[float]], ...] = (
        ("Table 2.3", (15, 5, 5), [45, 15, 38, 1]),
        ("Table 2.2", (15, 4, 2), [45, 13, 38.6, 0.8]),
    )
    for name, strong, printed in tables:
        plan = by_hand.brokerage(game, {"strong": strong, "weak": (45, 0, 0)})
        yield equal(f"{name}: its payoffs, utils", printed, by_hand.flat_of(plan.payoffs))
        honest, better = plan.incentive_gain, incentive_efficiency(plan).gain
        yield equal(f"{name}: gain from a lie; what can be added without loss, utils", [0, 0], [honest, better])
        yield equal(f"{name}: gain from staying alone, utils", 0, plan.rationality_gain)
    other, third = m_solution(game), s_solution(game)
    yield equal("(2.2): M-solution, utils", [45, 15, 39, 0], by_hand.flat_of(other.payoffs))
    yield equal("(2.3): S-solution, utils", [45, 13, 38.6, 0.8], by_hand.flat_of(third.payoffs))
    yield equal("what types lack of their claims in (2.2) and (2.3), utils", [0, 0], [other.residual, third.residual])


@row("S5", "N", "003, Section 6; Table 6.1; Figure 6.1", "The pairs: (9/2, 5, 5/2) in {i, 3} and (5, 5) in {1, 2}")
def project_pairs(run: Run) -> Iterator[Line]:
    """Two of three players can carry out a project that costs 10 and is worth 10 to each, but 5 to player 3 if strong
    (probability 1/10). In {i, 3} player 3 demands that i pays; i demands that the weak type pays. In {1, 2} the only deal is an
    even split. A dictator cannot leave the other exactly 0 there but by dropping the project, so no demand is strong, and the
    fixed point gives the solution."""
    game = PAPER_GAMES["project"]()
    solution = neutral_procedural_solution(game)
    printed = {"1 and 2 share": [[5, 5], [5, 5], [0, 0]]}
    printed |= {f"{i + 1} and 3: 3 gets it free": [[0, 0], [0, 0], [10, 5]] for i in (0, 1)}
    printed |= {f"{i + 1} and 3: 3 pays": [[10 * (j == i)] * 2 for j in (0, 1)] + [[0, -5]] for i in (0, 1)}
    whole = game.coalitions[(0, 1, 2)]
    listed = {game.decision_label(d): whole.utility[:, k, 0, 0] for k, d in enumerate(whole.decisions)}
    yield equal("Table 6.1: number of decisions", 1 + len(printed), len(listed))
    yield equal("Table 6.1: utilities (1, 2, 3; weak, strong) of each", list(printed.values()), [listed[d] for d in printed])
    for i in (0, 1):
        pair = solution.coalitions[(i, 2)]
        first, third = (d for d in pair.dictators if d is not None)
        yield equal(f"{{{i + 1}, 3}}: the solution (i, weak, strong), utils", [4.5, 5, 2.5], by_hand.flat_of(pair.payoffs))
        yield equal(f"{{{i + 1}, 3}}: strong solution of player 3, utils", [0, 10, 5], by_hand.flat_of(third.payoffs))
        yield equal(
            f"{{{i + 1}, 3}}: lots between the dictators, utils",
            [4.5, 5, 2.5],
            (by_hand.flat_of(first.payoffs) + by_hand.flat_of(third.payoffs)) / 2,
        )
        carried = [sum(v for d, v in chosen.items() if d != "no deal") for _, chosen in third.mechanism.rows()]
        free = [chosen.get(f"{i + 1} and 3: 3 gets it free", 0.0) for _, chosen in third.mechanism.rows()]
        yield equal(
            f"{{{i + 1}, 3}}: player 3's demand: project done; at i's expense (weak, strong)", [[1, 1], [1, 1]], [carried, free]
        )
    couple = solution.coalitions[(0, 1)]
    yield equal("{1, 2}: the solution, utils", [5, 5], by_hand.flat_of(couple.payoffs))
    yield equal("{1, 2}: dictators with a strong solution", 0, sum(d is not None for d in couple.dictators))
    safe = selection_problem(game, (0, 1), 0, by_hand.threats_of(solution)).safe()
    assert safe is not None
    yield equal("{1, 2}: the best safe demand of player 1 forgoes, utils", 5, safe.domination)
    yield at_most("residual of all pairs, utils", 0, solution.residual, within=1e-6)


@row(
    "S6",
    "N",
    "003, Section 6; Tables 6.2, 6.3; (6.2), (6.3)",
    "All three players: (10/3, 10/3, 10/3, 5/3), by Table 6.2 or by Table 6.3 with 1/6",
)
def project(run: Run) -> Iterator[Line]:
    """The dictators' demands are the fallback of the two others and, for the dictator, what (6.1) leaves; their average is
    efficient. Mechanisms that give it are not unique, but all of them carry out the project for sure, and all join player 3
    with probability 1/3 if it is strong, at the other's expense: a linear program finds the least and the largest
    probabilities. Table 6.3 with 1/12 is the S-solution instead."""
    game = PAPER_GAMES["project"]()
    solution = neutral_procedural_solution(game)
    expected = [10 / 3, 10 / 3, 10 / 3, 5 / 3]
    for k, printed in enumerate(([0.5, 4.5, 5, 2.5], [4.5, 0.5, 5, 2.5], [5, 5, 0, 0])):
        found = solution.grand.dictators[k]
        assert found is not None
        yield equal(f"strong solution of player {k + 1} (1, 2, weak, strong), utils", printed, by_hand.flat_of(found.payoffs))
    yield equal("(6.2): the solution, utils", expected, by_hand.flat_of(solution.payoffs))
    yield at_most("its residual, utils", 0, solution.residual, within=1e-6)
    for name, plan, printed in (
        ("Table 6.2", by_hand.table_of(game, [(2 / 3, 1 / 6, 0)] * 2), expected),
        ("Table 6.3, 1/6", by_hand.table_of(game, [(1 / 3, 1 / 6, 1 / 6), (2 / 3, 1 / 6, 0)]), expected),
        (
            "Table 6.3, 1/12: (6.3)",
            by_hand.table_of(game, [(1 / 3, 1 / 6, 1 / 6), (5 / 6, 1 / 12, 0)]),
            [41 / 12, 41 / 12, 40 / 12, 10 / 12],
        ),
    ):
        yield equal(f"{name}: payoffs, utils", printed, by_hand.flat_of(plan.payoffs))
        gains = [plan.incentive_gain, plan.rationality_gain, incentive_efficiency(plan).gain]
        yield equal(f"{name}: gain from a lie; from staying alone; what can be added, utils", [0, 0, 0], gains)
    chosen = by_hand.table_of(game, [(2 / 3, 1 / 6, 0)] * 2).rows()
    with_three = [sum(p for d, p in one.items() if "and 3:" in d) for _, one in chosen]
    yield equal("Table 6.2: probability of a coalition with player 3 (weak, strong)", [1 / 3, 1 / 3], with_three)
    for what, certain, state, among in (
        ("project carried out (weak; strong)", 1, None, lambda d: d != "no deal"),
        ("player 3 joined and strong", 1 / 3, 1, lambda d: "and 3:" in d),
        ("player 3 joined, strong, and the other pays", 1 / 3, 1, lambda d: d.endswith("gets it free")),
    ):
        states = (0, 1) if state is None else (state,)
        ends = [by_hand.extremes(game, solution.payoffs, t, among) for t in states]
        yield equal(f"any solution: {what}: least, largest probability", [[certain] * 2] * len(ends), ends, within=1e-5)
    scales = Scales((np.ones(1), np.ones(1), np.array([0.9, 0.2])), (np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((2, 2))))
    other, third = m_solution(game, scales), s_solution(game, scales)
    yield equal("M-solution at the weights of (6.1), utils", expected, by_hand.flat_of(other.payoffs))
    yield equal(
        "(6.3): S-solution at the weights of (6.1), utils", [41 / 12, 41 / 12, 40 / 12, 10 / 12], by_hand.flat_of(third.payoffs)
    )
    yield equal("what types lack of their claims in both, utils", [0, 0], [other.residual, third.residual])


@row(
    "S7",
    "N",
    "003, Theorems 4 and 5; Section 1",
    "Special cases: Shapley value, Maschler-Owen consistent value, Myerson's neutral bargaining solution",
)
def special_cases(run: Run) -> Iterator[Line]:
    """With transferable utility the solution is the Shapley value: averaged here over all orders of arrival. With complete
    information it is the consistent value of Maschler and Owen: here by their recursion for hyperplane games, in all
    coalitions. With two players it is Myerson's neutral bargaining solution: his conditions are written out by loops over types
    and evaluated at the solver's scales. And two players with complete information have Nash's solution."""
    count = run.tries(5)
    yield for_all("transferable utility: distance from the average over orders, all coalitions, utils",
                  [by_hand.shapley_gap(run.rng) for _ in range(count)])  # fmt: skip
    yield for_all("hyperplane games: distance from the consistent value, all coalitions, utils",
                  [by_hand.consistent_gap(run.rng) for _ in range(count)])  # fmt: skip
    yield for_all("complete information, any decisions: violation of (5.3) beyond the residual, weighted utils",
                  [by_hand.hart_gap(by_hand.random_game(run.rng, 3, types=1, own=4)) for _ in range(count)])  # fmt: skip
    gaps = []
    for k in range(2 * count):
        game = by_hand.random_game(run.rng, 2, types=2 + k % 2, own=4)
        solution = neutral_procedural_solution(game)
        gaps.append(by_hand.neutral_bargaining_gap(game, solution.payoffs, solution.grand.scales) - solution.residual)
    yield for_all("two players: Myerson's conditions fail by more than the residual by, utils", gaps)
    yield for_all("two players, complete information: Nash product below the largest on the frontier, share",
                  [by_hand.nash_gap(run.rng) for _ in range(2 * count)])  # fmt: skip


@row(
    "S8",
    "N",
    "003, Lemma 1; axioms RCRD and RE; Theorem 6",
    "Lemma 1: decisions can be added under which every claim is a strong solution; axioms RCRD and RE hold",
)
def axioms(run: Run) -> Iterator[Line]:
    """Lemma 1 is the heart of the paper: at any positive scales one can add one decision a player so that each, as dictator,
    wants just what its scales warrant, and lots between them are efficient. The extension is built on random games and each
    claim of the lemma is checked by linear programs. RCRD: in such extensions the average of strong solutions is certified as a
    solution by the scales of its own efficiency. RE: scales of a larger game certify the smaller one's mechanism, up to what
    types lose by the loss of decisions. The printed construction gives the others the threat state by state, where it fails."""
    lemma, anywhere, own, rcrd, restricted = [], [], [], [], []
    for k in range(run.tries(7)):
        game, solution = by_hand.solved(run.rng, 2 + k % 2)
        threats = by_hand.threats_of(solution)
        lemma.append(by_hand.lemma_1(game, threats, solution.grand.scales))
        anywhere.append(by_hand.lemma_1(game, threats, by_hand.random_scales(run.rng, game)))
        own.append(by_hand.iia(game, solution))
        rcrd.append(by_hand.rcrd_of(game, solution))
        restricted.append(by_hand.re(run.rng, game, solution))
    yield for_all(
        "Lemma 1: each new decision is safe, honest, undominated, worth the claims; the average efficient; utils", lemma
    )
    yield for_all("Lemma 1, the same at random weights and multipliers alpha, not those of a solution; utils", anywhere)
    yield for_all("Theorem 6: the extension, by random dictatorship, pays what the game's solution does (RE.b); utils", own)
    yield for_all("RCRD: epsilon left to the average of strong solutions, utils", rcrd)
    yield for_all("RE: epsilon beyond what types had more in a larger game, utils", restricted)
    game = PAPER_GAMES["brokered-trade"]()
    solution = neutral_procedural_solution(game)
    scales = solution.grand.scales
    unit, old = float(scales.utility_weights[2][0]), by_hand.worth_of(game, scales)
    rise = by_hand.printed_excess(game, solution, 2) / unit
    printed, corrected = by_hand.as_printed(game, solution), restricted_extension(game, by_hand.threats_of(solution), scales)
    yield slip(
        "(B.1c): virtual worth of Section 2 with the broker's new decision as printed, utils at weights (4/5, 1/5, 1, 1)",
        78.0,
        by_hand.worth_of(printed, scales) / unit,
        old / unit + rise,
        """The new decision gives the others what the threat gives them state by state. That is worth W(t) only on average over
        types: (B.1b) adds over states before it compares, so the maximum in (B.1c) rises. Give j the constant interim utility
        U_j(t_j) of the threat instead.""",
    )
    yield slip(
        "Lemma 1: what a feasible mechanism adds to the broker's new decision as printed, utils; 0 if it is a strong solution",
        0.0,
        by_hand.forgone(printed, solution, 2),
        rise,
        """A program finds a mechanism that takes the printed decision where it is worth more than W(t) and another elsewhere,
        so the decision is dominated; with constant interim utilities it is not.""",
    )
    yield equal("the same with constant interim utilities: rise of the worth; what can be added, utils", [0, 0],
                [by_hand.worth_of(corrected, scales) - old, by_hand.forgone(corrected, solution, 2)])  # fmt: skip


@row(
    "S9",
    "N",
    "003, Figures 2.1, 2.2 and 6.1; (2.4)",
    "The incentive-efficient frontiers without and with a broker, and of the pair {i, 3}",
)
def frontiers(run: Run) -> Iterator[Line]:
    """Each picture is a polytope of interim payoffs. It is found whole: linear programs in the normals of the facets of a
    hull that grows until no program leaves it. Thick facets are incentive efficient. The points that the text names must lie
    on them; random weights, each a linear program of its own, must not reach beyond."""
    trade, broker, pair = (PAPER_GAMES[name]() for name in ("bilateral-trade", "brokered-trade", "project-pair"))
    without, helped, sixth = interim_frontier(trade), interim_frontier(broker, fixed={(2, 0): 0.0}), interim_frontier(pair)
    named = (
        ("Figure 2.1", without, [[90, 30, 0], [0, 0, 72]], [[45, 15, 36]]),
        ("Figure 2.2", helped, [[90, 30, 0], [0, 0, 78]], [[45, 15, 39]]),
        ("Figure 6.1", sixth, [[0, 10, 5]], [[4.5, 5, 2.5]]),
    )
    for name, one, corners, between in named:
        efficient = one.vertices[list(one.efficient)]
        yield equal(f"{name}: corners named in the text, utils", corners, [by_hand.nearest(efficient, c) for c in corners])
        inside = [
            min(abs(float(n @ (np.array(p) - one.vertices[f[0]]))) for f, n in by_hand.facets(one) if n.min() > 1e-9)
            for p in between
        ]
        yield equal(f"{name}: distance from an efficient facet to {tuple(between[0])}, utils", [0] * len(between), inside)
        yield at_most(f"{name}: how far the polytope may reach beyond the hull, utils", 0, one.slack, within=1e-5)
    yield equal("Figure 6.1: player i's strong solution, midway opposite (0, 10, 5), is a corner, utils", [9, 0, 0],
                by_hand.nearest(sixth.vertices[list(sixth.efficient)], [9, 0, 0]))  # fmt: skip
    off = [abs(float(v @ [0.8, 0.2, 1]) - 78) for v in helped.vertices]
    wrong = [gap if good else 1e-6 - gap for gap, good in zip(off, helped.efficient, strict=True)]
    yield for_all("(2.4): efficient corners off the plane 4/5 U_w + 1/5 U_s + U_2 = 78, others on it, utils", wrong)
    beyond = []
    for one, game in ((interim_frontier(trade, rational=False), trade), (interim_frontier(pair, rational=False), pair)):
        for weights in run.rng.dirichlet(np.ones(3), run.tries(60)):
            split = np.split(weights, [len(game.types[0])])
            best = best_mechanism(game, (0, 1), (split[0], split[1]))
            beyond.append(abs(best.value - float((one.vertices @ weights).max())))
    yield for_all("random weights: the best mechanism beyond or short of the drawn polytope, utils", beyond)
    lots = (45, 15, 36)
    demands = {"buyer": (90, 30, 0), "seller": (0, 0, 72)}
    run.draw(
        "Figure 2.1: incentive-efficient payoffs without a broker, the dictators' demands and the solution.",
        lambda: by_hand.frontier_picture({"efficient": without}, demands, lots, lots),
    )
    run.draw(
        "Figure 2.2: with a broker who gets 0 (blue), and without (grey).",
        lambda: by_hand.frontier_picture({"with a broker": helped, "without": without}, demands | {"seller": (0, 0, 78)}),
    )
    point = (4.5, 5, 2.5)
    pair_demands = {"player i": (9, 0, 0), "player 3": (0, 10, 5)}
    run.draw(
        "Figure 6.1: incentive-efficient payoffs of the pair {i, 3}; strong solutions and their average, the solution.",
        lambda: by_hand.frontier_picture({"efficient": sixth}, pair_demands, point, point),
    )


@row(
    "S10",
    "N",
    "003, Section 1; Figures 1.1, 1.2 and 1.3",
    "A trade with and without tax: linearising the frontier keeps (5, 5) only with the right weights",
)
def irrelevant_alternatives(run: Run) -> Iterator[Line]:
    """Figure 1.1: the good is worth 0 and 10; lots between the offers 10 and 0 amount to the price 5. A tax of 60% above 5 is
    the same as a risk 3(p - 5)/(3p + 20) that trade at p fails. Adding decisions that restore the line through (5, 5) with
    equal weights gives (5, 5) by lots alone: the added decisions were irrelevant. Other weights support (5, 5) too, but lots in
    those extensions come to something else, which the taxed game cannot give."""
    sale = {"sell at 0": [0, 10], "sell at 10": [10, 0]}
    plain = neutral_procedural_solution(by_hand.complete(sale))
    yield equal(
        "Figure 1.1: dictators (seller, buyer), utils",
        [[10, 0], [0, 10]],
        [by_hand.flat_of(d.payoffs) for d in plain.grand.dictators if d],
    )
    yield equal("Figure 1.1: the solution, as at the price 5, utils", [5, 5], by_hand.flat_of(plain.payoffs))
    prices = np.linspace(5, 10, 11)
    fails = 3 * (prices - 5) / (3 * prices + 20)
    line = (1 - fails) * prices + 0.4 * (1 - fails) * (10 - prices)
    taxed = 5 + 0.4 * (prices - 5) + 0.4 * (10 - prices)
    yield equal(
        "trade that fails with probability 3(p-5)/(3p+20): on the taxed frontier x + 0.4 y = 7, prices 5 to 10", taxed, line
    )
    bent = {"sell at 0": [0, 10], "sell at 5": [5, 5], "sell at 10": [7, 0]}
    extended = neutral_procedural_solution(by_hand.complete(bent | {"extra": [10, 0]}))
    yield equal("Figure 1.2, panel B: lots in the extension, utils", [5, 5], by_hand.flat_of(extended.payoffs))
    yield equal("Figure 1.2, panel B: how it is found", "random dictatorship", extended.grand.method)
    misses = []
    for weight in run.rng.uniform(0.4, 0.99, run.tries(20)):
        total = 5 + 5 * weight  # the line x + weight y = total supports (5, 5)
        game = by_hand.complete(bent | {"extra": [total, 0], "more": [0, total / weight]})
        got = by_hand.flat_of(neutral_procedural_solution(game).payoffs)
        misses.append(max(abs(got[0] - total / 2), abs(got[1] - total / weight / 2)))
        feasible = best_mechanism(by_hand.complete(bent), (0, 1), ([1.0], [1.0])).value
        misses.append(feasible + 1e-9 - got.sum())  # beyond what the taxed game gives in sum: infeasible there
    yield for_all(
        "Figure 1.3: with other weights lots give half of each end of the line, infeasible with tax; violation, utils", misses
    )
    run.draw(
        "Figures 1.2 and 1.3: the taxed sale (grey), its extension with equal weights (blue) and one with weights 1 : 0.6.",
        lambda: by_hand.extensions_picture(bent),
    )


@row(
    "S11",
    "N",
    "003, Proposition 1; (3.5)-(3.8)",
    "A mechanism is incentive efficient exactly if positive virtual scales support it",
)
def proposition_1(run: Run) -> Iterator[Line]:
    """Sufficient: the best mechanism at random positive weights satisfies (3.8a) and (3.8b) with its multipliers, the primal
    and the dual have equal values, and no mechanism is better for all types (a further linear program). Necessary: from a
    random honest mechanism the program climbs to an efficient one, whose scales have to satisfy the same. Games with ties
    (utilities -1, 0, 1, 2) and nearly vanishing weights are among the instances."""
    duality, scales, better, necessary = [], [], [], []
    for k in range(run.tries(60)):
        game = by_hand.random_game(run.rng, 2, types=2 + k % 2, ties=k % 3 == 0)
        weights = np.split(np.maximum(run.rng.dirichlet(np.full(4 + 2 * (k % 2), 0.5)), 1e-3), 2)
        best = best_mechanism(game, (0, 1), (weights[0], weights[1]))
        duality.append(abs(best.value - best.dual_value))
        scales.append(by_hand.support(best.mechanism, best.scales))
        better.append(by_hand.weighted_gain(best.mechanism, best.scales))
        climbed = incentive_efficiency(by_hand.honest_draw(run.rng, game))
        necessary += [by_hand.support(climbed.mechanism, climbed.scales), 1e-12 - by_hand.least_of(climbed.scales)]
    yield for_all("value of the primal (3.5) less that of the dual (3.7), weighted utils", duality)
    yield for_all("(3.8a) and (3.8b) at the best mechanism for random weights, weighted utils", scales)
    yield for_all("what another mechanism adds for all types, weighted utils", better)
    yield for_all("efficient mechanisms: (3.8a), (3.8b) at the scales found; weights that are not positive", necessary)


@row(
    "S12",
    "N",
    "003, Remark 1; Proposition 2; Remark 2; (4.10)",
    "A dictator's undominated mechanisms are those that virtual scales support",
)
def proposition_2(run: Run) -> Iterator[Line]:
    """The dictator's best feasible mechanism at random weights on its own types: its multipliers must satisfy (4.10b) to
    (4.10d) and no feasible mechanism may be better for all its types. The problem is always feasible: the others carry out
    their threat and the dictator is left alone (Remark 1). Where all weights turn out positive the mechanism must be
    incentive efficient (Remark 2). Threats are the solutions of the smaller coalitions."""
    conditions, dominated, feasible, efficient = [], [], [], []
    for k in range(run.tries(16)):
        game = by_hand.random_game(run.rng, 2 + k % 2, ties=k % 3 == 0)
        agreed = by_hand.agreements(game)
        problem = selection_problem(game, game.everybody, k % 2, {s: c.payoffs for s, c in agreed.items()})
        alone = problem.assess(by_hand.left_alone(game, k % 2, agreed))
        feasible.append(max(alone.incentive_gain, alone.refusal))
        own = run.rng.uniform(0.05, 1, 2)
        chosen = problem.undominated(own)
        assert chosen.scales is not None
        total = float(by_hand.flat_of(chosen.scales.utility_weights).sum())
        conditions.append(by_hand.selected_gap(problem, chosen) / total)
        dominated.append(chosen.domination * own.min() / total)
        if by_hand.least_of(chosen.scales) > POSITIVE * total:
            efficient.append(by_hand.weighted_gain(chosen.mechanism, chosen.scales) / total)
    yield for_all("Remark 1: the threat with the dictator left alone: gain from a lie or a refusal, utils", feasible)
    yield for_all("(4.10b)-(4.10d) at the best feasible mechanism, weighted utils", conditions)
    yield for_all("what another feasible mechanism adds for all types of the dictator, weighted utils", dominated)
    if efficient:
        yield for_all("Remark 2: all weights positive: what another mechanism adds for everybody, weighted utils", efficient)


@row(
    "S13",
    "N",
    "003, Sections 1 and 4.3",
    "A strong solution is unique in payoffs, and whoever asks for anything else betrays itself",
)
def strong_solutions(run: Run) -> Iterator[Line]:
    """Suppose some types of the dictator prefer another honest mechanism to the strong solution, the other types do not, and
    the others infer just that. For every set of types that might do so a linear program looks for a mechanism that the others
    would then still take part in honestly, better for each of these types by as much as possible: it must find nothing. It
    searches all mechanisms, so a gain would be a counterexample. Uniqueness: the safe and undominated mechanisms that are
    best for either type give the same payoffs. Games: the paper's, and extensions of random games, where strong solutions
    exist."""
    betrayed, unique = [], []
    for name in ("lemons", "bilateral-trade", "brokered-trade", "project-pair", "project"):
        game = PAPER_GAMES[name]()
        for problem in by_hand.strong_problems(game, neutral_procedural_solution(game)):
            betrayed += by_hand.betrayals(problem)
            unique.append(by_hand.spread_of_strong(problem))
    yield for_all("the paper's games: gain of types that deviate and are found out, utils", betrayed)
    yield for_all("the paper's games: spread of the payoffs of strong solutions, utils", unique)
    betrayed, unique = [], []
    for k in range(run.tries(6)):
        game, solution = by_hand.solved(run.rng, 2 + k % 2)
        extended = restricted_extension(game, by_hand.threats_of(solution), solution.grand.scales)
        for problem in by_hand.strong_problems(extended, solution)[:1]:
            betrayed += by_hand.betrayals(problem)
            unique.append(by_hand.spread_of_strong(problem))
    yield for_all("extensions of random games: gain of types that deviate and are found out, utils", betrayed)
    yield for_all("extensions of random games: spread of the payoffs of strong solutions, utils", unique)


@row(
    "S14",
    "N",
    "003, (4.8) and (4.11); Lemma 2; proof of Theorem 6",
    "Warranted claims: unique, never below what a type has alone, and growing with the decisions",
)
def warranted(run: Run) -> Iterator[Line]:
    """At any positive weights and any alpha >= 0 a dictator's claims solve the linear warrant equations, here written out by
    loops. Lemma 2: each type claims at least what it has alone. The proof of axiom RE needs that more decisions mean larger
    claims. The last line looks for a counterexample to Lemma 2: a hill climb over utilities, weights and alpha."""
    solves, alone, grows, sums = [], [], [], []
    for k in range(run.tries(16)):
        game = by_hand.random_game(run.rng, 2 + k % 2, ties=k % 3 == 0)
        threats = by_hand.below_of(game)
        scales = by_hand.random_scales(run.rng, game)
        claims = warranted_claims(CoalitionProgram(game, game.everybody), threats, scales)
        solves.append(by_hand.warrant_gap(game, threats, scales, claims))
        alone.append(by_hand.below_alone(game, claims))
        larger = by_hand.enlarged(run.rng, game)
        more = warranted_claims(CoalitionProgram(larger, game.everybody), threats, scales)
        grows.append(max(float((a - b).max()) for a, b in zip(claims, more, strict=True)))
        sums.append(by_hand.identity_4_8(run.rng, game))
    yield for_all("(4.11) by loops: what the claims leave over, weighted utils", solves)
    yield for_all("Lemma 2: claims below what the type has alone, utils", alone)
    yield for_all("more decisions: claims that fall, utils", grows)
    yield for_all("(4.8): virtual worth of the threat less its weighted interim utilities, weighted utils", sums)

    def below(game: CooperativeGame, rng: np.random.Generator) -> float:
        program, scales = CoalitionProgram(game, (0, 1)), by_hand.random_scales(rng, game)
        return by_hand.below_alone(game, warranted_claims(program, by_hand.below_of(game), scales))

    worst, evaluations = by_hand.climb(run, 2, 100, below)
    yield for_all("Lemma 2: a hill climb for claims below what a type has alone, utils", [worst]).because(evaluations)


@row("S15", "N", "003, Theorem 1", "Every game has a neutral procedural solution", slow=True)
def existence(run: Run) -> Iterator[Line]:
    """Existence is proved by a fixed point; here one is found. Each random game is solved in all coalitions, and what is
    found carries its certificate: positive weights and multipliers that prove an epsilon of NPS2, the residual. In about one
    game of a hundred the first starts leave more than 1e-7; then up to 200 are tried. Games with ties, with one type and with
    three types are included."""
    for what, players, kinds, ties, count in (
        ("two players, two or three types", 2, (2, 3), False, 80),
        ("three players, two types", 3, (2,), False, 30),
        ("three players, complete information", 3, (1,), False, 30),
        ("ties: utilities -1, 0, 1 and 2", 2, (2,), True, 40),
    ):
        found = [
            by_hand.solve(by_hand.random_game(run.rng, players, types=kinds[k % len(kinds)], ties=ties))
            for k in range(run.tries(count))
        ]
        yield for_all(f"{what}: epsilon certified, utils", [s.residual for s in found])
        honest = [max(c.incentive_gain for c in s.coalitions.values()) for s in found]
        efficient = [max(c.efficiency_gain for c in s.coalitions.values()) for s in found]
        yield for_all(f"{what}: gain from a lie, utils", honest)
        yield for_all(f"{what}: what another mechanism adds for all types, utils", efficient, within=1e-5)


@row(
    "S16",
    "N",
    "003, Theorem 2; (5.1), (5.2)",
    "At a solution mechanism and multipliers are optimal at its weights, and shares are exact where weights are positive",
)
def theorem_2(run: Run) -> Iterator[Line]:
    """The conditions are necessary, so every solution found must satisfy them, in all coalitions: the mechanism is best at the
    weights, the multipliers solve the dual, and a type with a positive weight has exactly its share. Every gap is bounded by
    the residual, which (5.2) shows: violations are what is beyond it, with the weights' sum as 1."""
    primal, dual, share = [], [], []
    for k in range(run.tries(8)):
        solution = neutral_procedural_solution(by_hand.random_game(run.rng, 2 + k % 2, ties=k % 4 == 0))
        for s, agreed in solution.coalitions.items():
            if len(s) == 1:
                continue
            weights = agreed.scales.utility_weights
            total = sum(float(w.sum()) for w in weights)
            best = best_mechanism(solution.game, s, weights)
            value = sum(float(w @ u) for w, u in zip(weights, agreed.payoffs, strict=True))
            worth = by_hand.worth_of(solution.game, agreed.scales, s)
            allowed = total * agreed.residual * 1.001
            primal.append((best.value - value - allowed) / total)
            dual.append((worth - best.value - allowed) / total)
            fair = by_hand.shares(solution, s)
            lost = [float((w * (u - f)).sum()) for w, u, f in zip(weights, agreed.payoffs, fair, strict=True)]
            share.append((sum(lost) - allowed) / total)
    yield for_all("(i) the best mechanism at the weights adds, beyond the residual, utils", primal)
    yield for_all("(ii) the multipliers' dual value above the least, beyond the residual, utils", dual)
    yield for_all("(iii) weighted payoffs above the shares (5.1), beyond the residual, utils", share)


@row("S17", "N", "003, Theorem 3", "Solutions are individually rational")
def individual_rationality(run: Run) -> Iterator[Line]:
    """No type would rather be alone, in any coalition. By Lemma 2 and NPS2 a type lacks at most the residuals of the coalitions
    below, so the violation is what it lacks beyond them. Players alone may have decisions worth more than 0. A hill climb over
    utilities looks for a type that would rather be alone."""

    def violation(game: CooperativeGame, _: Any = None) -> float:
        solution = neutral_procedural_solution(game)
        return max(c.mechanism.rationality_gain for c in solution.coalitions.values()) - game.n * solution.residual

    games = [by_hand.random_game(run.rng, 2 + k % 2, ties=k % 4 == 0, alone=True) for k in range(run.tries(6))]
    yield for_all("gain of a type that stays alone, beyond the residuals, utils", map(violation, games))
    worst, evaluations = by_hand.climb(run, 2, 15, violation)
    yield for_all("the same, hill climb over utilities, utils", [worst]).because(evaluations)
    plan, epsilon, claims = by_hand.irrational_solution()
    gains = [max(0.0, epsilon), plan.incentive_gain, incentive_efficiency(plan).gain]
    yield equal(
        "what 1 and 2 get depends on 3's type: epsilon of a solution; gain from a lie; what can be added", [0] * 3, gains
    )
    yield equal(
        "the same: gain of a type that stays alone, as the strong one's share (5.1) makes it, utils",
        -(2.5 + 2.5 + (1 - 10 * 0.25) / 0.2) / 3,
        plan.rationality_gain,
    )
    yield slip(
        "Lemma 2, Theorem 3: the strong type's claim and payoff in that solution, utils; alone it has 0",
        "at least 0",
        [claims[2][1], plan.payoffs[2][1]],
        [(1 - 10 * 0.25) / 0.2, (2.5 + 2.5 + (1 - 10 * 0.25) / 0.2) / 3],
        """Section 3.1 lets what a member gets depend on outsiders' types. Then the third step of Lemma 2's last chain fails:
        with the dictator's type strong the threat is worth less than on average, but claims deduct the average. Lemma 2 and
        Theorem 3 hold where what members get does not depend on outsiders' types, as in all the paper's examples.""",
    )


@row("S18", "N", "003, Sections 3.1 and 5", "Solutions are subcoalition-perfect, and only probability times utility matters")
def invariance(run: Run) -> Iterator[Line]:
    """The threat of a coalition is the solution of the game among its members alone. Rescaling a player's utility rescales its
    payoffs only. Probability invariance (Myerson 1984a): with other priors and utilities whose products with the probabilities
    are the same, the same mechanism is a solution with the same certificate. That holds for two players with disagreement 0.
    With three it fails: a dictator's claims deduct the others' threat in proportion to the prior of the dictator's types."""
    perfect, invariant, scaled = [], [], []
    for k in range(run.tries(6)):
        game = by_hand.random_game(run.rng, 3 if k % 2 else 2)
        solution = neutral_procedural_solution(game)
        for s in (s for s in all_coalitions(game.n) if len(s) == 2):
            inside = neutral_procedural_solution(game.subgame(s))
            perfect.append(by_hand.apart(inside.payoffs, solution.coalitions[s].payoffs))
        scaled.append(by_hand.transfer(solution, by_hand.rescaled(game, 3.0), 3.0))
        if game.n == 2:
            invariant.append(
                by_hand.transfer(solution, by_hand.reweighted(game, [run.rng.dirichlet([3.0] * 2) for _ in range(2)]), 1.0)
            )
    yield for_all("a coalition's agreement less the solution of its own game, utils", perfect)
    yield for_all("utility of player 1 times 3: payoffs that do not follow, epsilon beyond the residual, utils", scaled)
    yield for_all(
        "two players, other priors, same products: payoffs that change, epsilon beyond the residual, utils", invariant
    )
    strong = 0.12
    other = neutral_procedural_solution(by_hand.project_with(strong))
    yield at_most(
        "Section 6 with P(strong) = 0.12 and the same products: residual of its solution, utils", 0, other.residual, 1e-6
    )
    yield slip(
        "Section 3.1, invariance: payoffs (1, 2, weak, strong) in Section 6 with P(strong) = 0.12, same products, utils",
        [10 / 3, 10 / 3, 10 / 3, 5 / 3],
        by_hand.flat_of(other.payoffs),
        [10 / 3, 10 / 3, (10 + (9 - 10 * (1 - strong)) / 0.9) / 3, (5 + (1 - 10 * strong) / 0.2) / 3],
        """Products stay, so all interim payoffs do; but claims (4.11) deduct the threat's worth 10 in proportion to the prior
        of the dictator's types, which is no such product. The theory is invariant for two players with disagreement 0, or where
        the dictator has one type.""",
    )
    yield slip(
        "the same: epsilon that the old solution (6.2) keeps in the new game, least over a grid of multipliers, utils",
        0.0,
        by_hand.least_epsilon(neutral_procedural_solution(PAPER_GAMES["project"]()), other.game),
        (9 - 10 * (1 - strong)) / 0.9 / 3,
        """(6.2) lies inside the efficient facet, whose weights are those of (6.1). There the weak type's claim is positive,
        so the old payoffs are no solution of the new game.""",
    )


@row(
    "S19",
    "N",
    "003, Appendix A, (A.1d)",
    "At optimal multipliers the weighted claims and threats use up the virtual worth, and claims are bounded",
)
def appendix_a(run: Run) -> Iterator[Line]:
    """The proof of existence needs two facts about the warrant equations at the best mechanism for any weights, with dual
    multipliers: the weighted shortfalls of NPS2 add up to 0 (A.1d), and the weighted claims are at most M (2|S| - 1), M the
    largest utility in absolute value. Both are checked at random weights, some of them close to 0."""
    exhausted, bounded = [], []
    for k in range(run.tries(16)):
        game = by_hand.random_game(run.rng, 2 + k % 2, ties=k % 3 == 0)
        threats = by_hand.below_of(game)
        counts = [len(t) for t in game.types]
        flat = np.maximum(run.rng.dirichlet(np.full(sum(counts), 0.5)), 1e-3)
        weights = tuple(np.split(flat / flat.sum(), np.cumsum(counts)[:-1]))
        best = best_mechanism(game, game.everybody, weights)
        claims = warranted_claims(CoalitionProgram(game, game.everybody), threats, best.scales)
        used = sum(float(w @ c) for w, c in zip(weights, claims, strict=True))
        largest = max(float(np.abs(c.utility).max()) for c in game.coalitions.values())
        bounded.append(used - largest * (2 * game.n - 1))
        for i in game.everybody:
            for rest in (tuple(q for q in game.everybody if q != j) for j in game.everybody if j != i):
                used += float(weights[i] @ threats[rest][rest.index(i)])
        exhausted.append(abs(game.n * best.value - used))
    yield for_all("(A.1d): weighted shortfalls of NPS2 in sum, weighted utils", exhausted)
    yield for_all("weighted claims above M (2|S| - 1), weighted utils", bounded)


@row("S20", "N", "003, Section 6", "Arrogance of strength: a strong player 3 gets what it would as dictator, or nothing at all")
def arrogance(run: Run) -> Iterator[Line]:
    """In {i, 3} the strong type of player 3 behaves as if it were the dictator: whenever there is a deal, i pays for
    everything; but half of the time there is none. Every honest mechanism with the solution's payoffs does so: linear programs
    give the least and the largest probability of each decision. With all three players nobody gains by player 3's company: i
    gets less in {i, 3} than in {1, 2}."""
    game = PAPER_GAMES["project-pair"]()
    solution = neutral_procedural_solution(game)
    for what, printed, ends in (("3 gets it free", 0.5, 1.0), ("3 pays", 0.0, 0.0), ("no deal", 0.5, 0.0)):
        yield equal(f"{{i, 3}}, strong: probability of '{what}' with player 3 as dictator", ends,
                    by_hand.strong_row(game, solution.grand.dictators[1]).get(what, 0.0))  # fmt: skip
        found = by_hand.extremes(game, solution.payoffs, 1, lambda d, end=what: d.endswith(end))  # type: ignore[misc]
        yield equal(
            f"{{i, 3}}, strong: probability of '{what}' in any solution, least and largest", [printed] * 2, found, within=1e-5
        )
    everybody = neutral_procedural_solution(PAPER_GAMES["project"]())
    alone, joined = (float(everybody.coalitions[s].payoffs[0][0]) for s in ((0, 1), (0, 2)))
    yield equal("what player 1 gets in {1, 2} and in {1, 3}, utils", [5, 4.5], [alone, joined])


@row(
    "S-slips",
    "N",
    "003, Definition 4; (4.11), (5.2), (5.3), (6.1), (6.3); Appendices A and B",
    "The paper's own formulas, where the print slips",
)
def slips(run: Run) -> Iterator[Line]:
    """Each formula is evaluated as it has to read, by two routes that must agree, in the paper's examples. Where the printed
    formula means something, its number is given too."""
    yield from by_hand.slips_of_definition_4(run)
    yield from by_hand.slips_of_section_6()
    yield from by_hand.slips_of_indices()


not_computable(
    "S21", "N", "003, Theorem 6", "Any correspondence that satisfies RCRD and RE contains the neutral procedural solutions",
    paper="salamanca",
    why="""It speaks of all solution correspondences, of which there is no list. What its proof does for a given solution,
    extend the game, draw lots between strong solutions, go back by RE, is computed in S8.""",
)  # fmt: skip
not_computable(
    "S22", "N", "003, Sections 1, 2 and 6", "The examples' solutions, M-solutions and S-solutions are unique in payoffs",
    paper="salamanca",
    why="""Uniqueness is over a continuum of scales, and degenerate solutions are limits: no finite search refutes others. S3
    to S6 certify the values.""",
)  # fmt: skip
not_computable(
    "S23", "N", "003, Section 1", "The unique equilibrium of de Clippel's game of random arrival has the same outcome",
    paper="salamanca",
    why="""The game is in de Clippel (2005), not in this paper. The random dictatorship itself is played by
    `negotiation cooperative broker --plays 10000`.""",
)  # fmt: skip
