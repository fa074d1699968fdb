"""File 003: Salamanca, cooperation with private information that cannot be verified.

Payoffs are in the order of the paper's vectors: the buyer's (weak, strong), the seller's, the broker's in Section 2; of
player 1, player 2, player 3 (weak, strong) in Section 6. Utils are dollars."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, pairwise, permutations
from typing import Any

import numpy as np

from experiments.reproduce.lines import Line, at_least, at_most, equal, for_all, slip
from experiments.reproduce.rows import Run, not_computable, row
from negotiation.bargaining.incomplete import (
    PAPER_GAMES,
    Coalition,
    CooperativeGame,
    Mechanism,
    NeutralSolution,
    Scales,
    SelectionProblem,
    all_coalitions,
    as_mechanism,
    average_dictatorship,
    best_mechanism,
    certificate,
    coalition_agreement,
    compromise,
    cooperative_game,
    incentive_efficiency,
    interim_frontier,
    m_solution,
    neutral_procedural_solution,
    random_dictators,
    restricted_extension,
    s_solution,
    selection_problem,
    two_person_game,
    virtual_utilities,
    warranted_claims,
)
from negotiation.bargaining.incomplete.coalition_program import CoalitionProgram, maximise

Members = tuple[int, ...]
SOLVED = 1e-7  # utils: a residual below this is a solution up to rounding
POSITIVE = 1e-3  # utility weights (which sum to 1) above this are taken for positive ones


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
    problem = selection_problem(game, (0, 1), 0, _threats(neutral_procedural_solution(game)))
    strong = _found(problem)
    yield equal("the seller's gains in its strong solution (high, low), utils", [2.5, 5], strong.payoffs[0])
    sold, paid = _trade(strong.mechanism)
    yield equal("probability of trade (high, low)", [0.5, 1], sold)
    yield equal("price paid: the full value v + 5 (high, low), dollars", [10, 5], paid / sold)
    yield equal("what it lacks of being safe, utils", 0, strong.insecurity)
    yield equal("what another feasible mechanism adds for both types of the seller, utils", 0, strong.domination)
    yield equal("the neutral optimum of the informed seller is the same", [2.5, 5], compromise(problem).selected.payoffs[0])
    at_seven = problem.assess(_offer(game, 7))
    yield equal("the seller's gains from the offer at 7 (high, low), utils", [2, 7], at_seven.payoffs[0])
    buyer = {price: float(problem.assess(_offer(game, price)).payoffs[1][0]) for price in (0, 10)}
    yield equal("highest price that the buyer accepts on average, dollars", 7, 10 * buyer[0] / (buyer[0] - buyer[10]))
    yield equal("what the offer at 7 lacks of being undominated, utils", 0, at_seven.domination)
    gains = (_offer(game, 7) * game.coalitions[(0, 1)].utility[1, :, :, 0].T).sum(axis=1)
    yield equal("the buyer's gain at 7 if it infers low quality, 5 - 7, utils", -2, gains[1])
    yield at_least("so the offer at 7 is not safe; it fails by, utils", 2, at_seven.insecurity)
    prefers = strong.payoffs[0] - at_seven.payoffs[0]
    yield equal("who prefers full value to the offer at 7 (high, low)", "yes, no", ", ".join(_yes(x > 0) for x in prefers))


@row(
    "S2",
    "N",
    "003, Section 1; Figure 1.2",
    "With a tax on prices above 5, lots between dictators waste (3.5, 5); the solution is (5, 5)",
)
def taxed_sale(run: Run) -> Iterator[Line]:
    """Complete information: the good is worth 0 to the seller and 10 to the buyer, and the seller keeps 40% of what it is paid
    beyond 5. Each dictator takes everything, and drawing lots between them is inefficient. The solution asks for utility
    weights at which a lot between dictators, if weighted utility could be transferred, would give what is feasible: (5, 5),
    with equal weights. The residual is the epsilon that these weights certify."""
    game = PAPER_GAMES["taxed-sale"]()
    solution = neutral_procedural_solution(game)
    seller, buyer = (_flat(d.payoffs) for d in solution.grand.dictators if d is not None)
    yield equal("what the seller demands (seller, buyer), utils", [7, 0], seller)
    yield equal("what the buyer demands, utils", [0, 10], buyer)
    average = average_dictatorship(solution.grand.dictators)
    assert average is not None
    yield equal("lots between them", [3.5, 5], _flat(average.payoffs))
    yield at_least(
        "more that both could have without loss to either: (5, 5) gives, utils", 1.5, incentive_efficiency(average).gain
    )
    yield equal("neutral procedural solution (seller, buyer), utils", [5, 5], _flat(solution.payoffs))
    yield equal("how it is found", "fixed point", solution.grand.method)
    yield at_most("its residual, utils", 0, solution.residual, within=1e-6)
    points = [np.array(p, dtype=float) for p in ((0, 10), (5, 5), (7, 0))]
    nash = max((np.prod(p), *p) for a, b in pairwise(points) for p in np.linspace(a, b, 2001))
    yield equal("the Nash product's maximum on the frontier, apart from the solver", [5, 5], nash[1:])
    lots, point = (seller + buyer) / 2, _flat(solution.payoffs)
    lots, point = (seller + buyer) / 2, _flat(solution.payoffs)
    lots, point = (seller + buyer) / 2, _flat(solution.payoffs)
    lots, point = (seller + buyer) / 2, _flat(solution.payoffs)
    run.draw(
        "Figure 1.2, panel A: the taxed sale. Lots between the dictators lose; the solution is the corner (5, 5).",
        lambda: _frontier_picture({"efficient": interim_frontier(game)}, {"seller": seller, "buyer": buyer}, lots, point),
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
    yield equal("the buyer's strong solution (weak, strong, seller), utils", [90, 30, 0], _flat(buyer.payoffs))
    sold, paid = _trade(buyer.mechanism)
    yield equal("it is the price 0: (trade; payment), both types", [[1, 1], [0, 0]], [sold, paid])
    yield equal("the seller's strong solution, utils", [0, 0, 72], _flat(seller.payoffs))
    sold, paid = _trade(seller.mechanism)
    yield equal("Table 2.1: probability of trade if the value is (90, 30)", [1, 0], sold)
    yield equal("Table 2.1: price if the value is 90, dollars", 90, paid[0] / sold[0])
    full = as_mechanism(game, (0, 1), _plan(game, (0, 1), [{"sell at 90": 1}, {"sell at 0": 2 / 3, "sell at 90": 1 / 3}]))
    yield equal(
        "the whole surplus for the seller, prices 90 and 30: gain of the weak type from a lie, utils", 60, full.incentive_gain
    )
    yield equal("(2.1): the solution, utils", [45, 15, 36], _flat(solution.payoffs))
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
    yield equal("fallback of buyer and seller: (2.1), utils", [45, 15, 36], _flat(solution.coalitions[(0, 1)].payoffs))
    demands = [_flat(d.payoffs) for d in solution.grand.dictators if d is not None]
    for who, expected, got in zip(
        ("buyer", "seller", "broker"), ([90, 30, 0, 0], [0, 0, 78, 0], [45, 15, 36, 3]), demands, strict=True
    ):
        yield equal(f"strong solution of the {who} (weak, strong, seller, broker), utils", expected, got)
    yield equal("(2.5): the solution, utils", [45, 15, 38, 1], _flat(solution.payoffs))
    yield at_most("its residual, utils", 0, solution.residual, within=1e-6)
    yield equal("(2.4): 4/5 U_w + 1/5 U_s + U_2 + U_3, utils", 78, np.array([0.8, 0.2, 1, 1]) @ _flat(solution.payoffs))
    tables: tuple[tuple[str, tuple[float, float, float], list[float]], ...] = (
        ("Table 2.3", (15, 5, 5), [45, 15, 38, 1]),
        ("Table 2.2", (15, 4, 2), [45, 13, 38.6, 0.8]),
    )
    for name, strong, printed in tables:
        plan = _brokerage(game, {"strong": strong, "weak": (45, 0, 0)})
        yield equal(f"{name}: its payoffs, utils", printed, _flat(plan.payoffs))
        honest, better = plan.incentive_gain, incentive_efficiency(plan).gain
        yield equal(f"{name}: gain from a lie; what can be added without loss, utils", [0, 0], [honest, better])
        yield equal(f"{name}: gain from staying alone, utils", 0, plan.rationality_gain)
    other, third = m_solution(game), s_solution(game)
    yield equal("(2.2): M-solution, utils", [45, 15, 39, 0], _flat(other.payoffs))
    yield equal("(2.3): S-solution, utils", [45, 13, 38.6, 0.8], _flat(third.payoffs))
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
        yield equal(f"{{{i + 1}, 3}}: the solution (i, weak, strong), utils", [4.5, 5, 2.5], _flat(pair.payoffs))
        yield equal(f"{{{i + 1}, 3}}: strong solution of player 3, utils", [0, 10, 5], _flat(third.payoffs))
        yield equal(
            f"{{{i + 1}, 3}}: lots between the dictators, utils",
            [4.5, 5, 2.5],
            (_flat(first.payoffs) + _flat(third.payoffs)) / 2,
        )
        carried = [sum(v for d, v in chosen.items() if d != "no deal") for _, chosen in third.mechanism.rows()]
        free = [chosen.get(f"{i + 1} and 3: 3 gets it free", 0.0) for _, chosen in third.mechanism.rows()]
        yield equal(
            f"{{{i + 1}, 3}}: player 3's demand: project done; at i's expense (weak, strong)", [[1, 1], [1, 1]], [carried, free]
        )
    couple = solution.coalitions[(0, 1)]
    yield equal("{1, 2}: the solution, utils", [5, 5], _flat(couple.payoffs))
    yield equal("{1, 2}: dictators with a strong solution", 0, sum(d is not None for d in couple.dictators))
    safe = selection_problem(game, (0, 1), 0, _threats(solution)).safe()
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
        yield equal(f"strong solution of player {k + 1} (1, 2, weak, strong), utils", printed, _flat(found.payoffs))
    yield equal("(6.2): the solution, utils", expected, _flat(solution.payoffs))
    yield at_most("its residual, utils", 0, solution.residual, within=1e-6)
    for name, plan, printed in (
        ("Table 6.2", _table(game, [(2 / 3, 1 / 6, 0)] * 2), expected),
        ("Table 6.3, 1/6", _table(game, [(1 / 3, 1 / 6, 1 / 6), (2 / 3, 1 / 6, 0)]), expected),
        (
            "Table 6.3, 1/12: (6.3)",
            _table(game, [(1 / 3, 1 / 6, 1 / 6), (5 / 6, 1 / 12, 0)]),
            [41 / 12, 41 / 12, 40 / 12, 10 / 12],
        ),
    ):
        yield equal(f"{name}: payoffs, utils", printed, _flat(plan.payoffs))
        gains = [plan.incentive_gain, plan.rationality_gain, incentive_efficiency(plan).gain]
        yield equal(f"{name}: gain from a lie; from staying alone; what can be added, utils", [0, 0, 0], gains)
    chosen = _table(game, [(2 / 3, 1 / 6, 0)] * 2).rows()
    with_three = [sum(p for d, p in one.items() if "and 3:" in d) for _, one in chosen]
    yield equal("Table 6.2: probability of a coalition with player 3 (weak, strong)", [1 / 3, 1 / 3], with_three)
    for what, certain, state, among in (
        ("project carried out (weak; strong)", 1, None, lambda d: d != "no deal"),
        ("player 3 joined and strong", 1 / 3, 1, lambda d: "and 3:" in d),
        ("player 3 joined, strong, and the other pays", 1 / 3, 1, lambda d: d.endswith("gets it free")),
    ):
        states = (0, 1) if state is None else (state,)
        ends = [_extremes(game, solution.payoffs, t, among) for t in states]
        yield equal(f"any solution: {what}: least, largest probability", [[certain] * 2] * len(ends), ends, within=1e-5)
    scales = Scales((np.ones(1), np.ones(1), np.array([0.9, 0.2])), (np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((2, 2))))
    other, third = m_solution(game, scales), s_solution(game, scales)
    yield equal("M-solution at the weights of (6.1), utils", expected, _flat(other.payoffs))
    yield equal("(6.3): S-solution at the weights of (6.1), utils", [41 / 12, 41 / 12, 40 / 12, 10 / 12], _flat(third.payoffs))
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
                  [_shapley_gap(run.rng) for _ in range(count)])  # fmt: skip
    yield for_all("hyperplane games: distance from the consistent value, all coalitions, utils",
                  [_consistent_gap(run.rng) for _ in range(count)])  # fmt: skip
    yield for_all("complete information, any decisions: violation of (5.3) beyond the residual, weighted utils",
                  [_hart_gap(_random_game(run.rng, 3, types=1, own=4)) for _ in range(count)])  # fmt: skip
    gaps = []
    for k in range(2 * count):
        game = _random_game(run.rng, 2, types=2 + k % 2, own=4)
        solution = neutral_procedural_solution(game)
        gaps.append(_neutral_bargaining_gap(game, solution.payoffs, solution.grand.scales) - solution.residual)
    yield for_all("two players: Myerson's conditions fail by more than the residual by, utils", gaps)
    yield for_all("two players, complete information: Nash product below the largest on the frontier, share",
                  [_nash_gap(run.rng) for _ in range(2 * count)])  # fmt: skip


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
    lemma, own, rcrd, restricted = [], [], [], []
    for k in range(run.tries(7)):
        game, solution = _solved(run.rng, 2 + k % 2)
        lemma.append(_lemma_1(game, solution))
        own.append(_iia(game, solution))
        rcrd.append(_rcrd(game, solution))
        restricted.append(_re(run.rng, game, solution))
    yield for_all(
        "Lemma 1: each new decision is safe, honest, undominated, worth the claims; the average efficient; utils", lemma
    )
    yield for_all("Theorem 6: the extension, by random dictatorship, pays what the game's solution does (RE.b); utils", own)
    yield for_all("RCRD: epsilon left to the average of strong solutions, utils", rcrd)
    yield for_all("RE: epsilon beyond what types had more in a larger game, utils", restricted)
    game = PAPER_GAMES["brokered-trade"]()
    solution = neutral_procedural_solution(game)
    scales = solution.grand.scales
    unit, old = float(scales.utility_weights[2][0]), _worth(game, scales)
    rise = _printed_excess(game, solution, 2) / unit
    printed, corrected = _as_printed(game, solution), restricted_extension(game, _threats(solution), scales)
    yield slip(
        "(B.1c): virtual worth of Section 2 with the broker's new decision as printed, utils at weights (4/5, 1/5, 1, 1)",
        78.0,
        _worth(printed, scales) / unit,
        old / unit + rise,
        """The new decision gives the others what the threat gives them state by state. That is worth W(t) only on average over
        types: (B.1b) adds over states before it compares, so the maximum in (B.1c) rises. Give j the constant interim utility
        U_j(t_j) of the threat instead.""",
    )
    yield slip(
        "Lemma 1: what a feasible mechanism adds to the broker's new decision as printed, utils; 0 if it is a strong solution",
        0.0,
        _forgone(printed, solution, 2),
        rise,
        """A program finds a mechanism that takes the printed decision where it is worth more than W(t) and another elsewhere,
        so the decision is dominated; with constant interim utilities it is not.""",
    )
    yield equal("the same with constant interim utilities: rise of the worth; what can be added, utils", [0, 0],
                [_worth(corrected, scales) - old, _forgone(corrected, solution, 2)])  # fmt: skip


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
        yield equal(f"{name}: corners named in the text, utils", corners, [_nearest(efficient, c) for c in corners])
        inside = [
            min(abs(float(n @ (np.array(p) - one.vertices[f[0]]))) for f, n in _facets(one) if n.min() > 1e-9) for p in between
        ]
        yield equal(f"{name}: distance from an efficient facet to {tuple(between[0])}, utils", [0] * len(between), inside)
        yield at_most(f"{name}: how far the polytope may reach beyond the hull, utils", 0, one.slack, within=1e-5)
    yield equal("Figure 6.1: player i's strong solution, midway opposite (0, 10, 5), is a corner, utils", [9, 0, 0],
                _nearest(sixth.vertices[list(sixth.efficient)], [9, 0, 0]))  # fmt: skip
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
        lambda: _frontier_picture({"efficient": without}, demands, lots, lots),
    )
    run.draw(
        "Figure 2.2: with a broker who gets 0 (blue), and without (grey).",
        lambda: _frontier_picture({"with a broker": helped, "without": without}, demands | {"seller": (0, 0, 78)}),
    )
    point = (4.5, 5, 2.5)
    pair_demands = {"player i": (9, 0, 0), "player 3": (0, 10, 5)}
    run.draw(
        "Figure 6.1: incentive-efficient payoffs of the pair {i, 3}; strong solutions and their average, the solution.",
        lambda: _frontier_picture({"efficient": sixth}, pair_demands, point, point),
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
    plain = neutral_procedural_solution(_complete(sale))
    yield equal(
        "Figure 1.1: dictators (seller, buyer), utils",
        [[10, 0], [0, 10]],
        [_flat(d.payoffs) for d in plain.grand.dictators if d],
    )
    yield equal("Figure 1.1: the solution, as at the price 5, utils", [5, 5], _flat(plain.payoffs))
    prices = np.linspace(5, 10, 11)
    fails = 3 * (prices - 5) / (3 * prices + 20)
    line = (1 - fails) * prices + 0.4 * (1 - fails) * (10 - prices)
    taxed = 5 + 0.4 * (prices - 5) + 0.4 * (10 - prices)
    yield equal(
        "trade that fails with probability 3(p-5)/(3p+20): on the taxed frontier x + 0.4 y = 7, prices 5 to 10", taxed, line
    )
    bent = {"sell at 0": [0, 10], "sell at 5": [5, 5], "sell at 10": [7, 0]}
    extended = neutral_procedural_solution(_complete(bent | {"extra": [10, 0]}))
    yield equal("Figure 1.2, panel B: lots in the extension, utils", [5, 5], _flat(extended.payoffs))
    yield equal("Figure 1.2, panel B: how it is found", "random dictatorship", extended.grand.method)
    misses = []
    for weight in run.rng.uniform(0.4, 1, run.tries(20)):
        if weight > 0.99:
            continue
        total = 5 + 5 * weight  # the line x + weight y = total supports (5, 5)
        game = _complete(bent | {"extra": [total, 0], "more": [0, total / weight]})
        got = _flat(neutral_procedural_solution(game).payoffs)
        misses.append(max(abs(got[0] - total / 2), abs(got[1] - total / weight / 2)))
        feasible = best_mechanism(_complete(bent), (0, 1), ([1.0], [1.0])).value
        misses.append(feasible + 1e-9 - got.sum())  # beyond what the taxed game gives in sum: infeasible there
    yield for_all(
        "Figure 1.3: with other weights lots give half of each end of the line, infeasible with tax; violation, utils", misses
    )
    run.draw(
        "Figures 1.2 and 1.3: the taxed sale (grey), its extension with equal weights (blue) and one with weights 1 : 0.6.",
        lambda: _extensions_picture(bent),
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
        game = _random_game(run.rng, 2, types=2 + k % 2, ties=k % 3 == 0)
        weights = np.split(np.maximum(run.rng.dirichlet(np.full(4 + 2 * (k % 2), 0.5)), 1e-3), 2)
        best = best_mechanism(game, (0, 1), (weights[0], weights[1]))
        duality.append(abs(best.value - best.dual_value))
        scales.append(_support(best.mechanism, best.scales))
        better.append(_weighted_gain(best.mechanism, best.scales))
        climbed = incentive_efficiency(_honest_draw(run.rng, game))
        necessary += [_support(climbed.mechanism, climbed.scales), 1e-12 - _least(climbed.scales)]
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
        game = _random_game(run.rng, 2 + k % 2, ties=k % 3 == 0)
        agreed = _agreements(game)
        problem = selection_problem(game, game.everybody, k % 2, {s: c.payoffs for s, c in agreed.items()})
        alone = problem.assess(_left_alone(game, k % 2, agreed))
        feasible.append(max(alone.incentive_gain, alone.refusal))
        own = run.rng.uniform(0.05, 1, 2)
        chosen = problem.undominated(own)
        assert chosen.scales is not None
        total = float(_flat(chosen.scales.utility_weights).sum())
        conditions.append(_selected_gap(problem, chosen) / total)
        dominated.append(chosen.domination * own.min() / total)
        if _least(chosen.scales) > POSITIVE * total:
            efficient.append(_weighted_gain(chosen.mechanism, chosen.scales) / total)
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
        for problem in _strong_problems(game, neutral_procedural_solution(game)):
            betrayed += _betrayals(problem)
            unique.append(_spread_of_strong(problem))
    yield for_all("the paper's games: gain of types that deviate and are found out, utils", betrayed)
    yield for_all("the paper's games: spread of the payoffs of strong solutions, utils", unique)
    betrayed, unique = [], []
    for k in range(run.tries(6)):
        game, solution = _solved(run.rng, 2 + k % 2)
        extended = restricted_extension(game, _threats(solution), solution.grand.scales)
        for problem in _strong_problems(extended, solution)[:1]:
            betrayed += _betrayals(problem)
            unique.append(_spread_of_strong(problem))
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
        game = _random_game(run.rng, 2 + k % 2, ties=k % 3 == 0)
        threats = _below(game)
        scales = _random_scales(run.rng, game)
        claims = warranted_claims(CoalitionProgram(game, game.everybody), threats, scales)
        solves.append(_warrant_gap(game, threats, scales, claims))
        alone.append(_below_alone(game, claims))
        larger = _enlarged(run.rng, game)
        more = warranted_claims(CoalitionProgram(larger, game.everybody), threats, scales)
        grows.append(max(float((a - b).max()) for a, b in zip(claims, more, strict=True)))
        sums.append(_identity_4_8(run.rng, game))
    yield for_all("(4.11) by loops: what the claims leave over, weighted utils", solves)
    yield for_all("Lemma 2: claims below what the type has alone, utils", alone)
    yield for_all("more decisions: claims that fall, utils", grows)
    yield for_all("(4.8): virtual worth of the threat less its weighted interim utilities, weighted utils", sums)
    worst, evaluations = _climb(run, 2, 100, lambda game, rng: _below_alone(
        game, warranted_claims(CoalitionProgram(game, (0, 1)), _below(game), _random_scales(rng, game))))  # fmt: skip
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
            _solve(_random_game(run.rng, players, types=kinds[k % len(kinds)], ties=ties)) for k in range(run.tries(count))
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
        solution = neutral_procedural_solution(_random_game(run.rng, 2 + k % 2, ties=k % 4 == 0))
        for s, agreed in solution.coalitions.items():
            if len(s) == 1:
                continue
            weights = agreed.scales.utility_weights
            total = sum(float(w.sum()) for w in weights)
            best = best_mechanism(solution.game, s, weights)
            value = sum(float(w @ u) for w, u in zip(weights, agreed.payoffs, strict=True))
            worth = _worth(solution.game, agreed.scales, s)
            allowed = total * agreed.residual * 1.001
            primal.append((best.value - value - allowed) / total)
            dual.append((worth - best.value - allowed) / total)
            fair = _shares(solution, s)
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

    games = [_random_game(run.rng, 2 + k % 2, ties=k % 4 == 0, alone=True) for k in range(run.tries(6))]
    yield for_all("gain of a type that stays alone, beyond the residuals, utils", map(violation, games))
    worst, evaluations = _climb(run, 2, 15, violation)
    yield for_all("the same, hill climb over utilities, utils", [worst]).because(evaluations)
    plan, epsilon, claims = _irrational_solution()
    gains = [max(0.0, epsilon), plan.incentive_gain, incentive_efficiency(plan).gain]
    yield equal(
        "what 1 and 2 get depends on 3's type: epsilon of a solution; gain from a lie; what can be added", [0] * 3, gains
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
        game = _random_game(run.rng, 3 if k % 2 else 2)
        solution = neutral_procedural_solution(game)
        for s in (s for s in all_coalitions(game.n) if len(s) == 2):
            inside = neutral_procedural_solution(game.subgame(s))
            perfect.append(_apart(inside.payoffs, solution.coalitions[s].payoffs))
        scaled.append(_transfer(solution, _rescaled(game, 3.0), 3.0))
        if game.n == 2:
            invariant.append(_transfer(solution, _reweighted(game, [run.rng.dirichlet([3.0] * 2) for _ in range(2)]), 1.0))
    yield for_all("a coalition's agreement less the solution of its own game, utils", perfect)
    yield for_all("utility of player 1 times 3: payoffs that do not follow, epsilon beyond the residual, utils", scaled)
    yield for_all(
        "two players, other priors, same products: payoffs that change, epsilon beyond the residual, utils", invariant
    )
    strong = 0.12
    other = neutral_procedural_solution(_project_with(strong))
    yield at_most(
        "Section 6 with P(strong) = 0.12 and the same products: residual of its solution, utils", 0, other.residual, 1e-6
    )
    yield slip(
        "Section 3.1, invariance: payoffs (1, 2, weak, strong) in Section 6 with P(strong) = 0.12, same products, utils",
        [10 / 3, 10 / 3, 10 / 3, 5 / 3],
        _flat(other.payoffs),
        [10 / 3, 10 / 3, (10 + (9 - 10 * (1 - strong)) / 0.9) / 3, (5 + (1 - 10 * strong) / 0.2) / 3],
        """Products stay, so all interim payoffs do; but claims (4.11) deduct the threat's worth 10 in proportion to the prior
        of the dictator's types, which is no such product. The theory is invariant for two players with disagreement 0, or where
        the dictator has one type.""",
    )
    yield slip(
        "the same: epsilon that the old solution (6.2) keeps in the new game, least over multipliers, utils",
        0.0,
        _least_epsilon(neutral_procedural_solution(PAPER_GAMES["project"]()), other.game),
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
        game = _random_game(run.rng, 2 + k % 2, ties=k % 3 == 0)
        threats = _below(game)
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
                    _strong_row(game, solution.grand.dictators[1]).get(what, 0.0))  # fmt: skip
        found = _extremes(game, solution.payoffs, 1, lambda d, end=what: d.endswith(end))  # type: ignore[misc]
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
    yield from _slips_of_definition_4(run)
    yield from _slips_of_section_6()
    yield from _slips_of_indices()


def _slips_of_definition_4(run: Run) -> Iterator[Line]:
    """NPS1 leaves alpha of S without i free."""
    game = PAPER_GAMES["brokered-trade"]()
    solution = neutral_procedural_solution(game)
    scales, pair = solution.grand.scales, solution.coalitions[(0, 1)]
    rival = _brokerage(game, {"strong": (15, 0, 0), "weak": (45, 0, 0)})
    epsilon, claims = certificate(game, (0, 1, 2), rival, _threats(solution), scales)
    one = float(scales.utility_weights[2][0])
    free = Scales(scales.utility_weights[:2], (np.array([[0.0, 0.0], [0.1 * one, 0.0]]), np.zeros((1, 1))))
    program = CoalitionProgram(game, (0, 1))
    slack = program.honesty @ pair.mechanism.probability.ravel()
    strong_lies = next(k for k, (i, t, _) in enumerate(program.lies) if (i, t) == (0, 1))
    lost = float(slack[strong_lies])
    yield equal("what the strong buyer loses by its lie in {1, 2}; the broker's claim; less alpha = 1/10 times the loss, utils",
                [30, 3, 0], [lost, claims[2][0], claims[2][0] - 0.1 * lost])  # fmt: skip
    value = (virtual_utilities(game, (0, 1), free).sum(axis=0) * pair.mechanism.probability).sum(axis=1)
    literal = (_worth(game, scales) - float(game.prior[0] @ value)) / one
    yield equal("the same from (4.11) with that alpha: the broker's claim, utils", 0, literal)
    least = min(
        certificate(game, (0, 1, 2), rival, _threats(solution), _with_broker(scales, w))[0] for w in np.linspace(0.05, 1, 20)
    )
    yield slip(
        "NPS1: epsilon of the M-solution (45, 15, 39, 0), which gives the broker nothing, in Section 2, utils",
        0.0,
        min(epsilon, least),
        (0 + 0 + 3) / 3 - 0,
        """Definition 4 puts no condition on alpha of the threat S without i. With alpha > 0 on a lie that loses, claims can be
        lowered at will: here the M-solution would be a solution. NPS1 has to demand (4.7), which Remark 4 only allows.""",
    )
    yield for_all("under (4.7), other threats with the same interim utilities: virtual worth that differs, weighted utils",
                  [_other_threat_gap(run.rng) for _ in range(run.tries(30))])  # fmt: skip


def _slips_of_section_6() -> Iterator[Line]:
    """(6.1) is an upper bound; H and L in the S-solution's threat; the weight 1/5."""
    game = PAPER_GAMES["project"]()
    weights = np.array([1, 1, 0.9, 0.2])
    program = CoalitionProgram(game, (0, 1, 2))
    row_of_sums = weights @ program.utilities
    least = -maximise(-row_of_sums, [program.honest], [program.sums]).value
    idle = as_mechanism(game, (0, 1, 2), _plan(game, (0, 1, 2), [{}, {}]))
    yield slip(
        "(6.1): the least U_1 + U_2 + 9/10 U_w + 1/5 U_s of an incentive-compatible mechanism, utils",
        10.0,
        least,
        float(weights @ _flat(idle.payoffs)),
        """(6.1) is a bound, "at most 10", attained by efficient mechanisms: no deal is incentive compatible and gives 0.""",
    )
    most = best_mechanism(game, (0, 1, 2), (weights[:1], weights[1:2], weights[2:]))
    yield equal("(6.1): the most, by the primal and by the dual, utils", [10, 10], [most.value, most.dual_value])
    pair = neutral_procedural_solution(game).coalitions[(0, 2)].payoffs
    left = [10 - float(np.array([1, 0.9, w]) @ _flat(pair)) for w in (0.2, 0.1)]
    yield equal("1/5 is a utility weight: with it (6.1) leaves player 2 beside {1, 3}, utils", 0.5, left[0])
    yield at_least("with the prior 1/10 instead it would leave more than 1/2 by, utils", 0.2, left[1] - left[0])
    labels = [{"1 and 3: 3 gets it free": f, "1 and 3: 3 pays": p} for f, p in ((0.5, 0.5), (0.5, 0.25))]
    threat = as_mechanism(game, (0, 2), _plan(game, (0, 2), labels))
    scales = Scales((np.ones(1), np.array([0.9, 0.2])), (np.zeros((1, 1)), np.zeros((2, 2))))
    found = _egalitarian(game, (0, 2), scales)
    yield slip(
        "Section 6: the egalitarian threat (U_i, U_3^H, U_3^L), with H for w and L for s, utils",
        "(19/4, 5, 5/4) for undefined types H and L",
        _flat(threat.payoffs),
        found,
        """The types of player 3 are called w and s: 5 is what the weak type gets, which values the project at 10 (H), and 5/4
        what the strong one gets (L). The order is that of all other vectors; the numbers are right.""",
    )
    yield equal(
        "the same: printed numbers; gain from a lie, utils",
        [19 / 4, 5, 5 / 4, 0],
        [*_flat(threat.payoffs), threat.incentive_gain],
    )


def _slips_of_indices() -> Iterator[Line]:
    """Subscripts, in games where the printed ones make a difference."""
    trade = PAPER_GAMES["brokered-trade"]()
    solution = neutral_procedural_solution(trade)
    agreed, weights = solution.grand, solution.grand.scales.utility_weights
    threats, everybody = _threats(solution), trade.everybody
    unit = float(weights[2][0])
    rest = {i: tuple(j for j in everybody if j != i) for i in everybody}
    own = sum(float(weights[i] @ threats[rest[j]][rest[j].index(i)]) for i in everybody for j in everybody if j != i) / unit
    others = sum(float(weights[j] @ threats[rest[i]][rest[i].index(j)]) for i in everybody for j in everybody if j != i) / unit
    literal = 0.0
    for i in everybody:
        for k, j in enumerate(rest[i]):
            shared = min(len(weights[i]), len(weights[j]))  # "t_i in T_i" as the index of lambda_j(t_j)
            literal += float(weights[j][:shared] @ threats[rest[i]][k][:shared]) / unit
    yield slip(
        "(5.2), second line, and (A.1d): sum over i, j of lambda_j U_j in S without i, Section 2, unit: the broker's weight",
        literal,
        others,
        own,
        """The inner sum runs over t_j in T_j, not over t_i in T_i: only so is it the first line's sum rearranged. The same
        sum in the proof of (A.1d) has its indices mixed up.""",
    )
    total = sum(float(w @ u) for w, u in zip(weights, agreed.payoffs, strict=True)) * 3 / unit
    claimed = sum(float(w @ u) for w, u in zip(weights, agreed.claims, strict=True)) / unit
    yield slip(
        "(A.1a): |S| times weighted payoffs at the solution of Section 2, as threats over j in S without i and claims make it",
        "the sum over j in S without j, which is no set",
        total,
        own + claimed,
        """The sum over j runs over S without i, as in NPS2: then the bracket is 0 at the solution.""",
    )
    bent = neutral_procedural_solution(PAPER_GAMES["taxed-sale"]())
    lam = _flat(bent.grand.scales.utility_weights)
    utility = bent.game.coalitions[(0, 1)].utility.reshape(2, -1)
    yield slip(
        "(5.3): lambda_i U_i (seller, buyer) in the taxed sale of Section 1, weights with sum 2, utils",
        "W_S with u^S(d_S), without the index of the player",
        2 * np.full(2, float((lam @ utility).max()) / 2) / lam.sum(),
        2 * lam * _flat(bent.payoffs) / lam.sum(),
        """W_S is the maximum of the sum of lambda_j u_j: the index j is missing. With it (5.3) gives the solution.""",
    )
    yield from _slips_of_appendix_b()


def _slips_of_appendix_b() -> Iterator[Line]:
    """The warrant equations and (B.1a)-(B.1e), where a multiplier is positive: bilateral trade."""
    game = PAPER_GAMES["bilateral-trade"]()
    solution = neutral_procedural_solution(game)
    scales, demand = solution.grand.scales, solution.grand.dictators[0]
    assert demand is not None
    claims = warranted_claims(CoalitionProgram(game, (0, 1)), _threats(solution), scales)
    worth = virtual_utilities(game, (0, 1), scales).sum(axis=0).max(axis=1)
    yield slip(
        "(4.11): the buyer's claims (weak, strong) in bilateral trade, with p_i(t_i), utils",
        "1/p(t_i), where p is a prior of coalitions' types",
        np.linalg.solve(_warrant_matrix(scales, 0), game.prior[0] * worth),
        demand.payoffs[0],
        """p(t_i) stands for p_i(t_i), as in (3.6): with it the claims are what the strong solution gives.""",
    )
    extended = restricted_extension(game, _threats(solution), scales)
    own = extended.coalitions[(0, 1)].utility[0, -2, :, 0]  # the buyer's new decision
    yield slip(
        "(B.1a): expectation of the buyer's w_i, divided by p of the others' types, in bilateral trade, utils",
        "w(tau_i, .), without the index of the player",
        own,
        claims[0],
        """The second w has the index i too, and S: then the expectation of w_i is the claim.""",
    )
    weights, alpha = scales.utility_weights[0], scales.honesty[0]
    right = float((_warrant_matrix(scales, 0) @ own).sum())
    literal = float(((weights + alpha.sum(axis=1)) * own - np.diag(alpha) * own).sum())
    yield slip(
        "(B.1d), (B.1e): weighted utility of the dictator in its new decision, bilateral trade, weighted utils",
        literal,
        right,
        float(weights @ own),
        """alpha_i(tau_i | tau_i), which is 0, has to be alpha_i(t_i | tau_i); then the multipliers cancel in the sum over
        types. The utility is that of the dictator, U_i, where U_j is printed.""",
    )
    project = PAPER_GAMES["project"]()
    yield slip(
        "(B.1b): sum of the probabilities over which types of the others are summed, for player 1 in {1, 2} of Section 6",
        float(sum(project.probability((1,)).sum() for _ in project.types[2])),
        float(project.probability((1,)).sum()),
        1.0,
        """The sum over the types of N without j has to be one over those of S without j: outsiders' types would be counted.""",
    )


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


def _flat(payoffs: Sequence[Any]) -> Any:
    return np.concatenate(list(payoffs))


def _apart(one: Sequence[Any], other: Sequence[Any]) -> float:
    return float(np.abs(_flat(one) - _flat(other)).max())


def _yes(x: Any) -> str:
    return "yes" if x else "no"


def _threats(solution: NeutralSolution) -> dict[Members, tuple[Any, ...]]:
    return {s: c.payoffs for s, c in solution.coalitions.items()}


def _found(problem: SelectionProblem) -> Any:
    strong = problem.strong()
    assert strong is not None
    return strong


def _labels(game: CooperativeGame, members: Members) -> list[str]:
    return [game.decision_label(d) for d in game.coalitions[members].decisions]


def _plan(game: CooperativeGame, members: Members, chosen: Sequence[Mapping[str, float]]) -> Any:
    """(states, decisions): the probabilities of labelled decisions in each state; the rest is no deal."""
    labels = _labels(game, members)
    assert all(label in labels for one in chosen for label in one)
    rows = [{"no deal": 1 - sum(one.values()), **one} for one in chosen]
    return np.array([[one.get(label, 0.0) for label in labels] for one in rows])


def _offer(game: CooperativeGame, price: float) -> Any:
    """A take-it-or-leave-it price from 0 to 10, as a lottery."""
    return _plan(game, (0, 1), [{"sell at 0": 1 - price / 10, "sell at 10": price / 10}] * 2)


def _trade(mechanism: Mechanism) -> tuple[Any, Any]:
    """In each state: the probability of trade and the expected payment."""
    chosen = [{d: p for d, p in one.items() if d != "no deal"} for _, one in mechanism.rows()]
    sold = [sum(one.values()) for one in chosen]
    paid = [sum(p * float(d.removeprefix("sell at ")) for d, p in one.items()) for one in chosen]
    return np.array(sold), np.array(paid)


def _brokerage(game: CooperativeGame, deals: Mapping[str, tuple[float, float, float]]) -> Mechanism:
    """A table of Section 2: (price, commission, the seller's part of it) by type; trade for sure."""
    rows = []
    for kind, value in (("weak", 90), ("strong", 30)):
        price, fee, sellers = deals[kind]
        gains = {"buyer": value - price - (fee - sellers), "seller": price - sellers, "broker": fee}
        rows.append({f"{kind} verified, {who} gains {value}": g / value for who, g in gains.items()})
    return as_mechanism(game, (0, 1, 2), _plan(game, (0, 1, 2), rows))


def _table(game: CooperativeGame, states: Sequence[tuple[float, float, float]]) -> Mechanism:
    """A table of Section 6, for weak and strong: probabilities that {1, 2} forms, that i pays for 3, that 3 pays for i."""
    rows = []
    for both, free, pays in states:
        one = {"1 and 2 share": both}
        one |= {f"{i} and 3: 3 gets it free": free for i in (1, 2)} | {f"{i} and 3: 3 pays": pays for i in (1, 2)}
        rows.append(one)
    return as_mechanism(game, (0, 1, 2), _plan(game, (0, 1, 2), rows))


def _extremes(game: CooperativeGame, payoffs: Sequence[Any], state: int, chosen: Callable[[str], bool]) -> list[float]:
    """The least and the largest probability of ``chosen`` decisions in a state, over honest mechanisms with these payoffs."""
    program = CoalitionProgram(game, game.everybody)
    cost = np.zeros((program.states, program.decisions))
    cost[state] = [chosen(label) for label in _labels(game, game.everybody)]
    near = [(program.utilities, _flat(payoffs) + 1e-8), (-program.utilities, 1e-8 - _flat(payoffs))]
    ends = [maximise(sign * cost.ravel(), [program.honest, *near], [program.sums]).value * sign for sign in (-1, 1)]
    return [float(x) for x in ends]


def _complete(decisions: Mapping[str, Sequence[float]]) -> CooperativeGame:
    """A sale with complete information: utilities (seller, buyer) of each decision."""
    return two_person_game(decisions, types=(("seller",), ("buyer",)), prior=([1.0], [1.0]), players=("seller", "buyer"))


def _nearest(points: Any, to: Sequence[float]) -> Any:
    return points[int(np.abs(points - np.array(to)).max(axis=1).argmin())]


def _facets(one: Any) -> list[tuple[Any, Any]]:
    return list(zip(one.facets, one.normals, strict=True))


def _frontier_picture(
    frontiers: Mapping[str, Any], dictators: Mapping[str, Any], lots: Any = None, solution: Any = None
) -> Any:
    from negotiation.plots.frontiers import frontier

    return frontier(frontiers, dictators, lots, solution)


def _extensions_picture(bent: Mapping[str, Sequence[float]]) -> Any:
    from negotiation.plots.style import BLUE, GREY, INK, VERMILION, axes, legend_below

    ax = axes(None, 4.4, 3.6)
    ax.fill(*zip((0, 0), *bent.values(), strict=True), color=GREY, alpha=0.35, label="taxed sale")
    for weight, colour, label in ((1.0, BLUE, "weights 1 : 1"), (0.6, VERMILION, "weights 1 : 0.6")):
        total = 5 + 5 * weight
        ax.plot([0, total], [total / weight, 0], color=colour, label=f"extension, {label}")
        ax.plot([total / 2], [total / weight / 2], "o", color=colour, label=f"lots in it, {label}")
    ax.plot([5], [5], "*", color=INK, markersize=10, label="solution of the taxed sale")
    ax.set_xlabel("seller (utils)")
    ax.set_ylabel("buyer (utils)")
    legend_below(ax, 2)
    return ax


# Random games


@dataclass(frozen=True)
class _Tables:
    """What a random game is made of: utilities of own decisions of each coalition, and priors."""

    own: dict[Members, dict[str, Any]]
    prior: list[Any]

    def game(self) -> CooperativeGame:
        n = len(self.prior)
        types = [[str(t) for t in range(len(p))] for p in self.prior]
        return cooperative_game([str(i) for i in range(n)], types, self.prior, self.own)

    def moved(self, rng: np.random.Generator, by: float) -> "_Tables":
        own = {s: {d: u + by * rng.normal(size=u.shape) for d, u in ds.items()} for s, ds in self.own.items()}
        return replace(self, own=own)


def _tables(
    rng: np.random.Generator, players: int, *, types: int = 2, own: int = 3, ties: bool = False, alone: bool = False
) -> _Tables:
    """Every coalition of two or more has ``own`` decisions with normal utilities around 1/2; with ``ties`` -1, 0, 1 or 2; and
    single players too if ``alone``."""

    def draw(shape: tuple[int, ...]) -> Any:
        return rng.integers(-1, 3, shape).astype(float) if ties else rng.normal(0.5, 1, shape)

    said = {
        s: {f"d{k}": draw((len(s), *[types] * len(s))) for k in range(own if len(s) > 1 else 2)}
        for s in all_coalitions(players)
        if alone or len(s) > 1
    }
    return _Tables(said, [rng.dirichlet([3.0] * types) for _ in range(players)])


def _random_game(rng: np.random.Generator, players: int, **how: Any) -> CooperativeGame:
    return _tables(rng, players, **how).game()


def _climb(
    run: Run, players: int, steps: int, violation: Callable[[CooperativeGame, np.random.Generator], float]
) -> tuple[float, int]:
    """The largest violation on a hill climb over utilities, and how many games were tried."""
    here = _tables(run.rng, players)
    best = violation(here.game(), run.rng)
    count = run.tries(steps)
    for k in range(count):
        other = _tables(run.rng, players) if k % 10 == 9 else here.moved(run.rng, float(run.rng.choice([0.05, 0.3, 1.0])))
        found = violation(other.game(), run.rng)
        if found > best:
            here, best = other, found
    return best, count + 1


def _solve(game: CooperativeGame) -> NeutralSolution:
    """The solution; from more starting points where the first ones leave a residual."""
    first = neutral_procedural_solution(game)
    return first if first.residual < SOLVED else neutral_procedural_solution(game, starts=200)


def _solved(rng: np.random.Generator, players: int) -> tuple[CooperativeGame, NeutralSolution]:
    """A random game whose solution is certified, at utility weights away from 0."""
    while True:
        game = _random_game(rng, players)
        solution = neutral_procedural_solution(game)
        if solution.residual < SOLVED and _least(solution.grand.scales) > 10 * POSITIVE:
            return game, solution


def _least(scales: Scales) -> float:
    return min(float(w.min()) for w in scales.utility_weights)


def _enlarged(rng: np.random.Generator, game: CooperativeGame, added: int = 2) -> CooperativeGame:
    """The same game with more decisions for the grand coalition."""
    s = game.everybody
    old = game.coalitions[s]
    more = rng.normal(0.2, 1.0, (game.n, added, *old.utility.shape[2:]))
    names = tuple(((s, f"new {k}"),) for k in range(added))
    whole = Coalition(s, (*old.decisions, *names), np.concatenate([old.utility, more], axis=1))
    return replace(game, coalitions={**game.coalitions, s: whole})


def _agreements(game: CooperativeGame) -> dict[Members, Any]:
    """The agreements of all coalitions but the grand one."""
    return {s: neutral_procedural_solution(game.subgame(s)).grand for s in all_coalitions(game.n) if s != game.everybody}


def _below(game: CooperativeGame) -> dict[Members, Any]:
    return {s: c.payoffs for s, c in _agreements(game).items()}


def _honest_draw(rng: np.random.Generator, game: CooperativeGame) -> Mechanism:
    """A random mechanism that asks nothing: the same lottery in all states."""
    states, decisions = game.probability(game.everybody).size, len(game.coalitions[game.everybody].decisions)
    return as_mechanism(game, game.everybody, np.tile(rng.dirichlet(np.ones(decisions)), (states, 1)))


def _random_scales(rng: np.random.Generator, game: CooperativeGame) -> Scales:
    counts = [len(t) for t in game.types]
    weights = tuple(rng.uniform(0.05, 1, c) for c in counts)
    alpha = tuple(rng.exponential(0.3, (c, c)) * (rng.random((c, c)) < 0.6) * (1 - np.eye(c)) for c in counts)
    return Scales(weights, alpha)


def _reweighted(game: CooperativeGame, prior: Sequence[Any]) -> CooperativeGame:
    """Other priors; utilities such that their products with the probabilities of the others' types stay."""
    parts = {}
    for s, c in game.coalitions.items():
        utility = c.utility.copy()
        for k in range(len(s)):
            for other in (j for j in range(len(s)) if j != k):
                ratio = game.prior[s[other]] / prior[s[other]]
                utility[k] *= ratio.reshape([-1 if a == other else 1 for a in range(len(s))])
        parts[s] = replace(c, utility=utility)
    return replace(game, prior=tuple(prior), coalitions=parts)


def _rescaled(game: CooperativeGame, factor: float) -> CooperativeGame:
    """The first player's utility times a factor."""
    parts = {}
    for s, c in game.coalitions.items():
        utility = c.utility.copy()
        utility[[k for k, i in enumerate(s) if i == 0]] *= factor
        parts[s] = replace(c, utility=utility)
    return replace(game, coalitions=parts)


# What the propositions ask


def _flat_alpha(program: CoalitionProgram, scales: Scales) -> Any:
    return np.array([scales.honesty[i][t, tau] for i, t, tau in program.lies])


def _worth(game: CooperativeGame, scales: Scales, members: Members | None = None) -> float:
    """sum_t p(t) max_d sum_j v_j(d, t): the dual's value (3.7), weighted utils."""
    s = members or game.everybody
    return float(game.probability(s).ravel() @ virtual_utilities(game, s, scales).sum(axis=0).max(axis=1))


def _support(mechanism: Mechanism, scales: Scales) -> float:
    """The largest failure of (3.8a), (3.8b) and honesty, weighted utils."""
    program, z = CoalitionProgram(mechanism.game, mechanism.members), mechanism.probability.ravel()
    virtual = virtual_utilities(mechanism.game, mechanism.members, scales).sum(axis=0)
    lacking = program.p * (virtual.max(axis=1) - (mechanism.probability * virtual).sum(axis=1))
    slack = _flat_alpha(program, scales) * (program.honesty @ z)
    return max(float(np.abs(lacking).max()), float(np.abs(slack).max(initial=0.0)), mechanism.incentive_gain)


def _weighted_gain(mechanism: Mechanism, scales: Scales) -> float:
    """What types gain, weighted, by the mechanism that a program finds to be better for all of them."""
    better = incentive_efficiency(mechanism).mechanism.payoffs
    return float(_flat(scales.utility_weights) @ (_flat(better) - _flat(mechanism.payoffs)))


def _left_alone(game: CooperativeGame, dictator: int, agreed: Mapping[Members, Any]) -> Any:
    """(4.5): the others carry out their threat, the dictator what is best alone; (states, decisions)."""
    s, rest = game.everybody, tuple(j for j in game.everybody if j != dictator)
    whole = game.coalitions[s]
    counts = [len(t) for t in game.types]
    table = np.zeros((int(np.prod(counts)), len(whole.decisions)))
    for state, types in enumerate(np.ndindex(*counts)):
        own = game.coalitions[(dictator,)].decisions[int(game.coalitions[(dictator,)].utility[0, :, types[dictator]].argmax())]
        heard = np.ravel_multi_index([types[j] for j in rest], [counts[j] for j in rest])
        for k, other in enumerate(game.coalitions[rest].decisions):
            table[state, whole.number[tuple(sorted(own + other))]] += agreed[rest].mechanism.probability[heard, k]
    return table


def _selected_gap(problem: SelectionProblem, chosen: Any) -> float:
    """The largest failure of (4.10b), (4.10c) and (4.10d), weighted utils."""
    weights = _flat(chosen.scales.utility_weights)
    spare = weights * (_flat(chosen.payoffs) - problem.reserve)
    return max(_support(chosen.mechanism, chosen.scales), float(np.abs(spare[~problem.mine]).max()))


def _told(problem: SelectionProblem, types: Sequence[int]) -> Any:
    """(variables,) what conditions an expectation on the dictator's type being one of these."""
    program = problem.program
    among = np.isin(program.at[:, problem.seat], types)
    return np.repeat(among / problem.game.prior[problem.dictator][list(types)].sum(), program.decisions)


def _betrayals(problem: SelectionProblem) -> list[float]:
    """For every set of the dictator's types: the most that all of these gain over the strong solution, and no other does, by a
    mechanism that the others take part in honestly once they infer the set; utils."""
    program, strong = problem.program, _found(problem).payoffs[problem.seat]
    kinds = range(len(strong))
    mine, others = program.utilities[problem.mine], program.utilities[~problem.mine]
    told = program.lies[:, 0] == problem.seat
    out = []
    for types in chain.from_iterable(combinations(kinds, size) for size in range(1, len(strong) + 1)):
        given = _told(problem, types)
        inside = np.isin(kinds, types)
        rows = [
            (-program.honesty[told], np.zeros(int(told.sum())), 0.0),
            (-program.honesty[~told] * given, np.zeros(int((~told).sum())), 0.0),
            (-others * given, -problem.reserve[~problem.mine], 0.0),
            (-mine[inside], -strong[inside], 1.0),
            (mine[~inside], strong[~inside], 0.0),
        ]
        below = [(np.hstack([a, np.full((len(b), 1), gain)]), b) for a, b, gain in rows if len(b)]
        sums = np.hstack([program.sums[0].toarray(), np.zeros((program.states, 1))])
        cost = np.append(np.zeros(program.variables), 1.0)
        bounds = np.array([(0.0, np.inf)] * program.variables + [(-1.0, 1e3)])
        got = maximise(cost, below, [(sums, program.sums[1])], bounds)
        out.append(-1.0 if got.z is None else got.value)
    return out


def _spread_of_strong(problem: SelectionProblem) -> float:
    """The most that a type of the dictator gets in any safe mechanism (4.12) above the strong solution, utils: where none gets
    more, all strong solutions pay the same."""
    program, strong = problem.program, _found(problem).payoffs[problem.seat]
    told = program.lies[:, 0] == problem.seat
    given = [_told(problem, (t,)) for t in range(len(strong))]
    below = [(-program.honesty[told], np.zeros(int(told.sum())))]
    below += [(-program.honesty[~told] * g, np.zeros(int((~told).sum()))) for g in given if (~told).any()]
    exact = np.concatenate([program.utilities[~problem.mine] * g for g in given])
    level = np.tile(problem.reserve[~problem.mine], len(given))
    below += [(exact, level + 1e-9), (-exact, 1e-9 - level)]
    best = [maximise(row, below, [program.sums]).value for row in program.utilities[problem.mine]]
    return float((np.array(best) - strong).max())


def _strong_problems(game: CooperativeGame, solution: NeutralSolution) -> list[SelectionProblem]:
    problems = [selection_problem(game, game.everybody, i, _threats(solution)) for i in game.everybody]
    return [problem for problem in problems if problem.strong() is not None]


def _warrant_matrix(scales: Scales, i: int) -> Any:
    """(lambda_i(t) + sum_tau alpha_i(tau | t)) on the diagonal, less alpha_i(t | tau)."""
    alpha = scales.honesty[i]
    return np.diag(scales.utility_weights[i] + alpha.sum(axis=1)) - alpha.T


def _warrant_gap(game: CooperativeGame, threats: Mapping[Members, Any], scales: Scales, claims: Sequence[Any]) -> float:
    """What claims leave over in (4.11), written out."""
    counts = [len(t) for t in game.types]
    worth = virtual_utilities(game, game.everybody, scales).sum(axis=0).max(axis=1).reshape(counts)
    gap = 0.0
    for i in game.everybody:
        rest = tuple(j for j in game.everybody if j != i)
        paid = sum(float(scales.utility_weights[j] @ threats[rest][k]) for k, j in enumerate(rest))
        for t in range(counts[i]):
            left = (scales.utility_weights[i][t] + scales.honesty[i][t].sum()) * claims[i][t]
            left -= sum(scales.honesty[i][tau, t] * claims[i][tau] for tau in range(counts[i]))
            mean = float((np.moveaxis(worth, i, 0)[t] * game.probability(rest)).sum())
            gap = max(gap, abs(left - game.prior[i][t] * (mean - paid)))
    return gap


def _below_alone(game: CooperativeGame, claims: Sequence[Any]) -> float:
    return max(float((game.coalitions[(i,)].utility[0].max(axis=0) - claims[i]).max()) for i in game.everybody)


def _identity_4_8(rng: np.random.Generator, game: CooperativeGame) -> float:
    """(4.8) for an efficient mechanism of the first two players with its multipliers, at other weights."""
    first, other = (tuple(rng.uniform(0.05, 1, len(game.types[i])) for i in (0, 1)) for _ in range(2))
    best = best_mechanism(game, (0, 1), first)
    virtual = virtual_utilities(game, (0, 1), Scales(other, best.scales.honesty)).sum(axis=0)
    value = game.probability((0, 1)).ravel() @ (virtual * best.mechanism.probability).sum(axis=1)
    return abs(float(value) - sum(float(w @ u) for w, u in zip(other, best.mechanism.payoffs, strict=True)))


def _shares(solution: NeutralSolution, s: Members) -> list[Any]:
    """(5.1): the average over dictators, at the claims."""
    out = []
    for k, i in enumerate(s):
        others = [tuple(q for q in s if q != j) for j in s if j != i]
        out.append(
            (solution.coalitions[s].claims[k] + sum(solution.coalitions[r].payoffs[r.index(i)] for r in others)) / len(s)
        )
    return out


def _transfer(solution: NeutralSolution, other: CooperativeGame, factor: float) -> float:
    """How far the solution's mechanism, scales and threats fail in another game, in which player 1's utils count ``factor``
    times: payoffs that are not the same, or epsilon beyond the residual, utils."""
    scales = solution.grand.scales
    weights, honesty = scales.utility_weights, scales.honesty
    moved = Scales((weights[0] / factor, *weights[1:]), (honesty[0] / factor, *honesty[1:]))

    def told(members: Members, payoffs: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(u * (factor if i == 0 else 1.0) for i, u in zip(members, payoffs, strict=True))

    known = {s: told(s, us) for s, us in _threats(solution).items()}
    same = Mechanism(other, other.everybody, solution.mechanism.probability)
    epsilon, _ = certificate(other, other.everybody, same, known, moved)
    differ = _apart(same.payoffs, told(other.everybody, solution.payoffs))
    return max(differ, epsilon - factor * solution.grand.residual, same.incentive_gain - factor * solution.grand.incentive_gain)


def _irrational_solution() -> tuple[Mechanism, float, tuple[Any, ...]]:
    """Section 6 with P(strong) = 1/4, same products, and a decision of all three for the strong type: 10, 10 and -5, worth as
    much as the others at the weights of (6.1). A mechanism whose payoffs are the shares (5.1) at these weights; its epsilon,
    the largest of all coalitions; its claims."""
    base = PAPER_GAMES["project"]()
    old = base.coalitions[(0, 1, 2)]
    extra = np.zeros((3, 1, 1, 1, 2))
    extra[:, 0, 0, 0, 1] = [10, 10, -5]
    name = (((0, 1, 2), "all help"),)
    whole = Coalition((0, 1, 2), (*old.decisions, name), np.concatenate([old.utility, extra], axis=1))
    game = _reweighted(
        replace(base, coalitions={**base.coalitions, (0, 1, 2): whole}), [np.ones(1), np.ones(1), np.array([0.75, 0.25])]
    )
    agreed = _agreements(game)
    threats = {s: c.payoffs for s, c in agreed.items()}
    scales = Scales((np.ones(1), np.ones(1), np.array([0.9, 0.2])), (np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((2, 2))))
    claims = warranted_claims(CoalitionProgram(game, (0, 1, 2)), threats, scales)
    weak, strong = ((sum(threats[(i, 2)][1][t] for i in (0, 1)) + claims[2][t]) / 3 for t in (0, 1))
    free = weak / 20  # for each of 1 and 2; the weak type pays often enough that the strong one does not envy it
    pays = 0.95 * (1 - 2 * free) / 2
    rows = [
        {"1 and 2 share": 1 - 2 * free - 2 * pays}
        | {f"{i} and 3: {what}": p for i in (1, 2) for what, p in (("3 gets it free", free), ("3 pays", pays))},
        {"1 and 2 share": 1 + strong / 5, "all help": -strong / 5},
    ]
    plan = as_mechanism(game, (0, 1, 2), _plan(game, (0, 1, 2), rows))
    epsilon, claims = certificate(game, (0, 1, 2), plan, threats, scales)
    return plan, max(epsilon, *(c.residual for c in agreed.values())), claims


def _strong_row(game: CooperativeGame, selected: Any) -> dict[str, float]:
    """Probabilities of decisions in the strong state, by the words after the colon."""
    assert selected is not None
    return {d.rpartition(": ")[2]: p for d, p in selected.mechanism.rows()[1][1].items()}


def _least_epsilon(solution: NeutralSolution, other: CooperativeGame) -> float:
    """The least epsilon of Section 6's mechanism in another game at the weights of (6.1), over a grid of multipliers, utils."""
    same, threats = Mechanism(other, other.everybody, solution.mechanism.probability), _threats(solution)
    weights, none = (np.ones(1), np.ones(1), np.array([0.9, 0.2])), np.zeros((1, 1))
    grid = (0.0, 0.01, 0.03, 0.07, 0.1, 0.3, 1.0)
    found = []
    for a, b in ((a, b) for a in grid for b in grid):
        scales = Scales(weights, (none, none, np.array([[0.0, a], [b, 0.0]])))
        found.append(certificate(other, other.everybody, same, threats, scales)[0])
    return min(found)


def _project_with(strong: float) -> CooperativeGame:
    """Section 6 with another probability of the strong type; probability times utility as it was."""
    return _reweighted(PAPER_GAMES["project"](), [np.ones(1), np.ones(1), np.array([1 - strong, strong])])


def _with_broker(scales: Scales, share: float) -> Scales:
    """The broker's weight times a share."""
    return replace(scales, utility_weights=(*scales.utility_weights[:2], scales.utility_weights[2] * share))


def _other_threat_gap(rng: np.random.Generator) -> float:
    """An efficient mechanism of two players with multipliers (4.7), and another with the same interim utilities, the furthest
    in a random direction: by how much their virtual worths differ at random weights."""
    game = _random_game(rng, 2, own=5)
    weights = tuple(rng.uniform(0.2, 1, 2) for _ in range(2))
    best = best_mechanism(game, (0, 1), weights)
    program = CoalitionProgram(game, (0, 1))
    level = _flat(best.mechanism.payoffs)
    same = [(program.utilities, level + 1e-9), (-program.utilities, 1e-9 - level)]
    other = maximise(rng.normal(size=program.variables), [program.honest, *same], [program.sums])
    assert other.z is not None
    virtual = virtual_utilities(game, (0, 1), Scales(tuple(rng.uniform(0.2, 1, 2) for _ in range(2)), best.scales.honesty)).sum(
        axis=0
    )
    differ = program.mechanism(other.z) - best.mechanism.probability
    return abs(float(program.p @ (virtual * differ).sum(axis=1)))


def _egalitarian(game: CooperativeGame, pair: Members, scales: Scales) -> Any:
    """Payoffs of the honest mechanism of a pair that gives both the same virtual utility in each state, the most of it."""
    program = CoalitionProgram(game, pair)
    virtual = virtual_utilities(game, pair, scales)
    rows = np.zeros((program.states, program.states, program.decisions))
    for t in range(program.states):
        rows[t, t] = virtual[0, t] - virtual[1, t]
    equal_gains = (rows.reshape(program.states, -1), np.zeros(program.states))
    cost = (program.p[:, None] * virtual.sum(axis=0)).ravel()
    got = maximise(cost, [program.honest], [program.sums, equal_gains])
    assert got.z is not None
    return program.utilities @ got.z


# Lemma 1 and the axioms


def _lemma_1(game: CooperativeGame, solution: NeutralSolution) -> float:
    """The largest failure of what Lemma 1 says of the extension; gains of others weighted by the least weight."""
    scales, threats = solution.grand.scales, _threats(solution)
    extended = restricted_extension(game, threats, scales)
    states, count = len(solution.mechanism.probability), len(extended.coalitions[game.everybody].decisions)
    average, worst = np.zeros((states, count)), 0.0
    for i in game.everybody:
        always = np.zeros((states, count))
        always[:, count - game.n + i] = 1.0
        got = selection_problem(extended, game.everybody, i, threats).assess(always)
        missed = float(np.abs(got.payoffs[i] - solution.grand.claims[i]).max())
        worst = max(worst, got.insecurity, got.incentive_gain, got.refusal, got.domination * _least(scales), missed)
        average += always / game.n
    gain = incentive_efficiency(Mechanism(extended, game.everybody, average)).gain
    return max(worst, gain * _least(scales))


def _lots(game: CooperativeGame, solution: NeutralSolution) -> tuple[CooperativeGame, Mechanism | None]:
    """The extension of Lemma 1 and the average of its dictators' strong solutions, as a program finds them."""
    extended = restricted_extension(game, _threats(solution), solution.grand.scales)
    return extended, average_dictatorship(random_dictators(extended, game.everybody, _threats(solution)))


def _iia(game: CooperativeGame, solution: NeutralSolution) -> float:
    _, average = _lots(game, solution)
    return np.inf if average is None else _apart(average.payoffs, solution.payoffs)


def _rcrd(game: CooperativeGame, solution: NeutralSolution) -> float:
    extended, average = _lots(game, solution)
    if average is None:
        return np.inf
    efficiency = incentive_efficiency(average)
    return certificate(extended, game.everybody, average, _threats(solution), efficiency.scales)[0]


def _re(rng: np.random.Generator, game: CooperativeGame, solution: NeutralSolution) -> float:
    larger = _enlarged(rng, game, int(rng.integers(1, 4)))
    other = coalition_agreement(larger, game.everybody, _threats(solution))
    epsilon, _ = certificate(game, game.everybody, solution.mechanism, _threats(solution), other.scales)
    return epsilon - max(float((b - a).max()) for a, b in zip(solution.payoffs, other.payoffs, strict=True)) - other.residual


def _threat_values(game: CooperativeGame, solution: NeutralSolution, i: int, alpha: Sequence[Any]) -> Any:
    """(types of the others) virtual value of the threat against i, at the grand coalition's weights and these multipliers."""
    rest = tuple(j for j in game.everybody if j != i)
    scales = Scales(tuple(solution.grand.scales.utility_weights[j] for j in rest), tuple(alpha))
    virtual = virtual_utilities(game, rest, scales).sum(axis=0)
    return (virtual * solution.coalitions[rest].mechanism.probability).sum(axis=1)


def _as_printed(game: CooperativeGame, solution: NeutralSolution) -> CooperativeGame:
    """Lemma 1's extension as the appendix prints it: (B.1a) and the utilities of the new decisions."""
    s, scales = game.everybody, solution.grand.scales
    counts = [len(t) for t in game.types]
    worth = virtual_utilities(game, s, scales).sum(axis=0).max(axis=1).reshape(counts)
    added = np.zeros((game.n, game.n, *counts))
    for i in s:
        rest = tuple(j for j in s if j != i)
        threat = solution.coalitions[rest]
        shape = [len(game.types[j]) for j in rest]
        paid = _threat_values(game, solution, i, threat.scales.honesty).reshape(shape)
        right = game.prior[i].reshape(-1, *[1] * len(rest)) * (np.moveaxis(worth, i, 0) - paid)
        own = np.linalg.solve(_warrant_matrix(scales, i), right.reshape(counts[i], -1)).reshape(right.shape)
        added[i, i] = np.moveaxis(own, 0, i)
        chosen = threat.mechanism.probability.T.reshape(-1, *shape)
        for k, j in enumerate(rest):
            added[j, i] = np.expand_dims((game.coalitions[rest].utility[k] * chosen).sum(axis=0), i)
    old = game.coalitions[s]
    names = tuple(((s, f"as printed, {who}"),) for who in game.players)
    whole = Coalition(s, (*old.decisions, *names), np.concatenate([old.utility, added], axis=1))
    return replace(game, coalitions={**game.coalitions, s: whole})


def _forgone(extended: CooperativeGame, solution: NeutralSolution, i: int) -> float:
    """How much better a feasible mechanism is for player i than its new decision in all states, utils."""
    table = np.zeros((len(solution.mechanism.probability), len(extended.coalitions[extended.everybody].decisions)))
    table[:, i - extended.n] = 1.0
    return selection_problem(extended, extended.everybody, i, _threats(solution)).assess(table).domination


def _printed_excess(game: CooperativeGame, solution: NeutralSolution, i: int) -> float:
    """By how much the printed decision of player i raises the worth: the threat's value at the grand coalition's multipliers
    less that at its own, where it is more."""
    rest = tuple(j for j in game.everybody if j != i)
    grand = [solution.grand.scales.honesty[j] for j in rest]
    excess = _threat_values(game, solution, i, grand)
    excess = excess - _threat_values(game, solution, i, solution.coalitions[rest].scales.honesty)
    return float(game.probability(rest).ravel() @ np.maximum(excess, 0.0))


# Special cases, computed apart from the solver


def _shapley_gap(rng: np.random.Generator) -> float:
    """A convex game with transferable utility, three players: all coalitions against the average over orders of arrival."""
    dividends = {s: rng.uniform(0.2, 3.0) for s in all_coalitions(3) if len(s) > 1}
    worth = {s: sum(v for r, v in dividends.items() if set(r) <= set(s)) for s in all_coalitions(3)} | {(): 0.0}
    own = {s: {f"{i} gets all": [worth[s] * (j == i) for j in s] for i in s} for s in all_coalitions(3) if len(s) > 1}
    solution = neutral_procedural_solution(cooperative_game("123", [["only"]] * 3, [[1.0]] * 3, own))
    gap = 0.0
    for s in all_coalitions(3):
        value = dict.fromkeys(s, 0.0)
        orders = list(permutations(s))
        for order in orders:
            for k, i in enumerate(order):
                value[i] += (worth[tuple(sorted(order[: k + 1]))] - worth[tuple(sorted(order[:k]))]) / len(orders)
        gap = max(gap, _apart(solution.coalitions[s].payoffs, [[value[i]] for i in s]))
    return gap


def _consistent_gap(rng: np.random.Generator) -> float:
    """A hyperplane game V(S) = {x: w_S . x <= level_S}, three players: the consistent value by recursion,
    w_i x_i(S) = (level_S - sum_j w_j x_j(S without i) + w_i sum_j x_i(S without j)) / |S|."""
    weights = {s: rng.uniform(0.5, 2.0, len(s)) for s in all_coalitions(3)}
    level = {s: {1: 0.0, 2: 4.0, 3: 20.0}[len(s)] * rng.uniform(0.9, 1.1) for s in all_coalitions(3)}
    own = {
        s: {f"{i} gets all": [level[s] / weights[s][k] * (j == i) for j in s] for k, i in enumerate(s)}
        for s in all_coalitions(3)
        if len(s) > 1
    }
    solution = neutral_procedural_solution(cooperative_game("123", [["only"]] * 3, [[1.0]] * 3, own))
    value: dict[Members, dict[int, float]] = {(i,): {i: 0.0} for i in range(3)}
    for s in (s for s in all_coalitions(3) if len(s) > 1):
        w = dict(zip(s, weights[s], strict=True))
        less = {i: value[tuple(j for j in s if j != i)] for i in s}
        value[s] = {
            i: (level[s] - sum(w[j] * less[i][j] for j in less[i]) + w[i] * sum(less[j][i] for j in s if j != i))
            / len(s)
            / w[i]
            for i in s
        }
    return max(_apart(solution.coalitions[s].payoffs, [[x] for x in v.values()]) for s, v in value.items())


def _hart_gap(game: CooperativeGame) -> float:
    """Complete information: (5.3) in all coalitions, beyond the residual; weights sum to 1."""
    solution = neutral_procedural_solution(game)
    worst = -np.inf
    for s, agreed in solution.coalitions.items():
        weights = _flat(agreed.scales.utility_weights) / _flat(agreed.scales.utility_weights).sum()
        most = float((weights @ game.coalitions[s].utility.reshape(len(s), -1)).max())
        for k, i in enumerate(s if len(s) > 1 else ()):
            rest = [tuple(q for q in s if q != j) for j in s]
            paid = sum(weights[s.index(j)] * solution.coalitions[rest[k]].payoffs[a][0] for a, j in enumerate(rest[k]))
            kept = sum(solution.coalitions[r].payoffs[r.index(i)][0] for r in rest if i in r)
            worst = max(
                worst, abs(weights[k] * agreed.payoffs[k][0] - (most - paid + weights[k] * kept) / len(s)) - agreed.residual
            )
    return worst


def _neutral_bargaining_gap(game: CooperativeGame, payoffs: Sequence[Any], scales: Scales) -> float:
    """Myerson (1984a), Theorem 4, for two players with disagreement 0: by how much a type lacks the half of the virtual worth
    that its scales warrant, utils. Loops over types and decisions."""
    u, p = game.coalitions[(0, 1)].utility, game.prior
    weights, alpha = scales.utility_weights, scales.honesty
    worth = np.zeros([len(t) for t in game.types])
    for a, b in np.ndindex(*worth.shape):
        totals = []
        for d in range(u.shape[1]):
            first = (weights[0][a] + alpha[0][a].sum()) * u[0, d, a, b] - sum(
                alpha[0][r, a] * u[0, d, r, b] for r in range(len(p[0]))
            )
            second = (weights[1][b] + alpha[1][b].sum()) * u[1, d, a, b] - sum(
                alpha[1][r, b] * u[1, d, a, r] for r in range(len(p[1]))
            )
            totals.append(first / p[0][a] + second / p[1][b])
        worth[a, b] = max(totals)
    gap = -np.inf
    for i, mean in enumerate((worth @ p[1], p[0] @ worth)):
        warranted = np.linalg.solve(_warrant_matrix(scales, i), p[i] * mean / 2)
        gap = max(gap, float((warranted - payoffs[i]).max()))
    return gap


def _nash_gap(rng: np.random.Generator) -> float:
    """Six random decisions and disagreement 0: the largest Nash product on segments between decisions, in closed form."""
    points = np.vstack([rng.uniform(0.0, 10.0, (6, 2)), [[0.0, 0.0]]])
    game = two_person_game({f"d{k}": list(x) for k, x in enumerate(points[:-1])}, types=(["1"], ["2"]), prior=([1.0], [1.0]))
    best = 0.0
    for a, b in combinations(points, 2):
        step = b - a
        bend = float(step[0] * step[1])
        at = float(np.clip(-(a[0] * step[1] + a[1] * step[0]) / (2 * bend), 0, 1)) if bend < 0 else 0.0
        best = max(best, *(float(np.prod(a + q * step)) for q in (0.0, at, 1.0)))
    return 1 - float(np.prod(_flat(neutral_procedural_solution(game).payoffs))) / best
