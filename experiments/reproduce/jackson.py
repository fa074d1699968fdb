"""Jackson, Sonnenschein and Xing, *A Theory of Efficient Negotiations* (file 004)."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from agents import RubinsteinDemand
from experiments.reproduce.lines import Line, at_least, at_most, equal, for_all, slip
from experiments.reproduce.rows import Run, not_computable, row
from negotiation import Grid, Problem, exchange, from_tables, iid, matchups, public_good, simulate, table, task_assignment
from negotiation.bargaining import rubinstein_price, rubinstein_shares
from negotiation.equilibrium import (
    Automaton,
    AutomatonReport,
    PriceState,
    RubinsteinCertificate,
    best_lies,
    check_automaton,
    check_under_bayes,
    efficiency_gap,
    example_3_delay,
    game_tree,
    has_share_demanding_offers,
    linking_mechanism,
    payoff_bounds,
    price_automaton,
    rubinstein_certificate,
    rubinstein_on_grid,
    second_best,
    separate_sale,
    solve_tree,
)
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FOUR = [(0, 2), (0, 10), (8, 2), (8, 10)]  # Example 1: each matchup once
TWO = [(0, 2), (0, 10)]  # Example 2
RUG = np.array([[5 / 6, 1], [0, 5 / 6]]), np.array([[2, 5], [8, 8]])  # Section 2.1: q and p; rows cost, columns value
EXACT = 1e-9


@row("J1", "P", "004, Sections 2.1, 2.2.3", "One rug: the most that any honest, voluntary mechanism reaches is 10/3 of 3.5")
def one_rug(run: Run) -> Iterator[Line]:
    """Alice's rug costs her 0 or 8, Bob values it at 2 or 10, all equally likely and private. Trading whenever his value is
    above her cost is worth 3.5 on average. But who has the better type gains by hiding it, and the linear program of all
    mechanisms in which the truth pays and nobody loses finds 10/3: the pairs (0, 2) and (8, 10) trade with probability 5/6
    only. By hand: at price 5 for the pair (0, 10), a seller of cost 0 tells the truth if 5 + 2 q >= 8 q, so q <= 5/6."""
    rug = exchange(1, (0, 8), (2, 10), prior=iid((0.5, 0.5), (0.5, 0.5)))
    best = second_best(rug)
    q, paid = best.q[:, :, 0, 1], best.transfers  # (Alice's types, Bob's types)
    yield equal("first best, utils", 3.5, rug.surplus.mean)
    yield equal("second best (interim incentives and participation), utils", 10 / 3, best.surplus)
    yield equal("probability of trade, rows: cost 0, 8; columns: value 10, 2", [[1, 5 / 6], [5 / 6, 0]], q[:, ::-1])
    price = [paid[0, 1] / q[0, 1], paid[0, 0] / q[0, 0], paid[1, 1] / q[1, 1]]
    yield equal("prices at (0, 10), (0, 2), (8, 10), utils", [5, 2, 8], price)
    yield at_least("the paper's table, by hand: what honesty and participation are worth at least, utils", 0, _margin(), EXACT)
    run.draw("Who trades, and at which price, in the second best. Only (8, 2) should not trade.", lambda: _rug_table(q, paid))


@row("J2", "E", "004, Example 1", "Four rugs, one of each matchup: announcing is honest, item by item fails, bundles share 14")
def example_1(run: Run) -> Iterator[Line]:
    """Each of the matchups (0, 2), (0, 10), (8, 2), (8, 10) occurs once, in one of 24 orders: 14 utils are there for sure, but
    nobody knows in which rugs. (1) Direct mechanism: all efficient trades for 15 in all, announcements of two of each value.
    (2) Item by item: Alice gains by asking more than an efficient profile lets her, whatever its prices (if beliefs follow
    Bayes' rule after that too). (3) With offers for bundles, Rubinstein's shares of 14 are certified as an equilibrium, and
    simulated: at once, and nothing lost."""
    rugs = exchange(prior=matchups(FOUR), discount=(0.9, 0.9), name="Example 1")
    linked = linking_mechanism(rugs)
    interim, dominance = best_lies(rugs)
    yield equal("(1) total price, utils", 15, linked.transfer)
    yield equal("(1) surplus of the announced trades, utils", rugs.surplus.mean, linked.surplus)
    gained = max(lie.gain for lie in interim)
    yield at_most("(1) truth is an equilibrium: the best lie gains either at most, utils", 0, gained, EXACT)
    yield at_most("(1) truth is weakly dominant for Alice: the best lie gains at most, utils", 0, dominance[0].gain, EXACT)
    possible, anything = _bobs_lies()
    honest, lie = (_bobs_value((2, 2, 10, 10), said, (0, 8, 0, 8)) for said in ((2, 2, 10, 10), (2, 10, 2, 10)))
    yield slip(
        "(1) truth is weakly dominant for Bob: what his best lie gains, utils", 0, dominance[1].gain, anything,
        """At a fixed total price he wants as many rugs as he can get. Worth (2, 2, 10, 10) to him while Alice says
        (8, 8, 0, 0), the truth trades two rugs worth 20, and saying (10, 10, 2, 2) all four, worth 24. It is an equilibrium
        all the same, since he does not know her order.""",
    )  # fmt: skip
    yield slip(
        "(1) the same against the truth of an Alice whom he may meet, utils", 0, possible, lie - honest,
        """Rugs worth (2, 2, 10, 10) to him, Alice says (0, 8, 0, 8): the truth trades rugs worth 22, saying (2, 10, 2, 10)
        trades 24. So the truth is not best for every order that she may have, only on average over them.""",
    )  # fmt: skip
    yield from _item_by_item_gains(run)
    yield from _bundled(rugs, run.seed)
    yield equal("(3) cost and value of what should trade, equal-split price, utils", [8, 22, 15], _bundle(rugs))
    run.draw(
        "Example 1 as RubinsteinDemand plays it: item by item this is a rule of thumb.",
        lambda: _payoffs_of_protocols(rugs, run),
    )


@row("J3", "P", "004, Sections 2.2.1-2.2.3", "Rugs, investments and chores have one table of surplus: 10, 2, 2, 0")
def three_examples_in_one(run: Run) -> Iterator[Line]:
    """Call a type h if it makes more surplus possible, else l. A pair (h, h) is worth 10 utils, (h, l) and (l, h) 2, (l, l) 0,
    whether rugs change hands, projects are paid for or chores are done. The paper adds that all results carry over: four items
    with bundles, or one by one; and that one item alone is inefficient in all three. But equal surplus is not equal incentives:
    see the slip, found by the program of J1 and by hand."""
    rug, project, chore = exchange(1), public_good(1), task_assignment(1)
    for name, problem, alice in (("rugs", rug, (0, 1)), ("investments", project, (1, 0)), ("chores", chore, (1, 0))):
        surplus = problem.surplus_table[0][np.ix_(alice, (1, 0))]  # alice: the numbers of her types h, l
        yield equal(f"{name}: surplus in utils, rows: Alice h, l; columns: Bob h, l", [[10, 2], [2, 0]], surplus)
    for name, problem in (("rug", rug), ("investment", project)):
        yield equal(f"one {name}: second best (the first best is 3.5), utils", 10 / 3, second_best(problem).surplus)
    projects = public_good(prior=matchups([(8, 8), (8, 0), (0, 8), (0, 0)]))
    chores = task_assignment(prior=matchups([(1, 1), (1, 0), (0, 1), (0, 0)]))
    for name, problem in (("investments", projects), ("chores (written with private values)", chores)):
        found = rubinstein_certificate(problem, Combinatorial())
        yield equal(f"four {name}, each matchup once, bundles: payoffs, utils", _shares(14, 0.9, 0.9), found.payoffs)
        yield at_most(f"four {name}, bundles: no deviation gains more than, utils", 0, found.largest_gain, EXACT)
    upset = efficiency_gap(projects, shade=1e-9).gain
    yield equal("four investments one by one: what upsets an efficient profile gains at least, utils", 12 / 1.9 - 6, upset)
    yield slip(
        "one chore: second best, utils", "below 3.5", second_best(chore).surplus, _chores_by_hand(2.75),
        """An incompetent worker cannot complete a task, so it cannot pass for a competent one for nothing. Let the incompetent
        worker pay 2.75 to the competent one who does the task alone: then both types lose 0.25 or more by lying and gain by
        taking part, and all of 3.5 is reached (interim participation, even if failing costs nothing; if nobody may lose in any
        state, the payment must be 4 or more, and failing must cost 2 or more).""",
    )  # fmt: skip


@row("J4", "E", "004, Theorems 1 and 2", "A known surplus is shared at once, in full and as Rubinstein says")
def shares_of_a_known_surplus(run: Run) -> Iterator[Line]:
    """Random items, values, correlated priors on one level of surplus, and discount factors. For each: bounds on every
    equilibrium by the recursion of the proof, and their distance from the paper's formulas; the profile that reaches them,
    certified (no offer and no reply gains); and the same profile played. Then searches for a counterexample: over discount
    factors and priors, and over price tables that the proposer might offer instead of the profile's."""
    found = np.array([_theorem_1(_known_surplus(run), run.seed) for _ in range(run.tries(60))])
    names = ("certified payoffs less the formulas, share of the surplus", "what any offer or reply gains, share of the surplus",
             "payoffs played less the formulas, share of the surplus", "share of negotiations that agree after stage 0",
             "bounds on all equilibria less the formulas, share of the surplus")  # fmt: skip
    for name, violations in zip(names, found.T, strict=True):
        yield for_all(name, violations)
    worst, tried = _search(run)
    yield at_most("the largest of these by local search over discount factors and priors", 0, worst, 1e-6).because(tried)
    gain, tried = _price_tables(run)
    yield at_most("what local search over price tables gains for the proposer, utils", 0, gain, 1e-8).because(tried)
    run.draw("Theorem 1's shares of the surplus, and the shares played in random problems.", lambda: _shares_drawn(run))


@row("J5", "E", "004, Section 4.4", "Offers for bundles can demand a share of the surplus, prices of items cannot")
def share_demanding_offers(run: Run) -> Iterator[Line]:
    """An offer demands the share v if every response that agrees gives its maker at least v, and some response gives her v
    and the other all the rest. Offers that protocols construct are checked against every response and every possible type;
    where there is none, all offers of a grid are listed. The shortfall, in utils, is how far the best offer is from the
    definition."""
    rugs, two = _example_1(), _example_2(0.8)
    demands = (0.0, 3.5, 7.0, 10.5, 14.0)
    for protocol in (Combinatorial(), Combinatorial(form="table"), ShareDemanding()):
        form = " as a price table" if getattr(protocol, "form", "") == "table" else ""
        found = has_share_demanding_offers(protocol, rugs, demands)
        yield equal(f"Example 1, {protocol.name}{form}: includes them", "yes", bool(found))
        yield at_most(f"Example 1, {protocol.name}{form}: largest shortfall, utils", 0, found.shortfall, EXACT)
    later = has_share_demanding_offers(Frequency(), rugs, demands)
    yield equal("footnote 16, frequency, Phase 2 truthful and efficient: includes them", "yes", bool(later))
    yield for_all("footnote 15: prices of bundles less their announced costs and the demand, utils", _footnote_15(run, rugs))
    listed = has_share_demanding_offers(ItemByItem(), rugs, [7.0], grid=(0, 10, 2))
    yield equal("Example 1, item-by-item, all offers of a grid: includes them", "no", bool(listed))
    single = has_share_demanding_offers(ItemByItem(), two, demands=(6,), grid=(0, 12, 1))
    alice = next(share for share in single.missing if share.player == 0)
    yield equal("Example 2, item-by-item: includes an offer that demands 6", "no", bool(single))
    assert alice.exact is not None
    yield equal("Example 2: the prices that split it so, utils", [3, 3], alice.exact.offer.p[0])
    yield equal("Example 2: what they bring her if Bob takes the better item alone, utils", 3, 6 + alice.exact.guarantee)


@row("J6", "E", "004, Sections 3.3.1-3.3.4", "How long an offer is: 2^20 prices, n + 1 numbers, or one of n + 1 frequencies")
def message_sizes(run: Run) -> Iterator[Line]:
    """A price for every subset of 20 rugs takes 2^20 = 1,048,576 numbers; naming one's types and a demand takes 21. Frequencies
    are counted: a player with T types of item has C(n + T - 1, T - 1) of them. All counts are made again by listing."""
    rugs = exchange(items=20)
    yield equal("combinatorial, 20 rugs: prices in an offer", 2**20, Combinatorial().message_size(rugs))
    yield equal("the same in whole thousands", 1048, Combinatorial().message_size(rugs) // 1000)
    yield equal("share-demanding, 20 rugs: numbers in an offer (n + 1)", 20 + 1, ShareDemanding().message_size(rugs))
    apart = [abs(counted - listed) for *_, counted, listed in _frequencies()]
    yield for_all("frequency: C(n + T - 1, T - 1) less those listed", apart, 0.0)
    digits = [_digits(n) for n in range(2, 65)]
    longer = [d["frequency"] - min(size for name, size in d.items() if name != "frequency") for d in digits]
    yield for_all("frequency less the shortest of the others, 2 to 64 rugs and 101 prices, digits in an offer", longer, 0.0)
    listed = sum(1 for _ in itertools.combinations_with_replacement((0, 8), 20))
    yield slip(
        "frequencies of 20 rugs, two types", "less than 20", Frequency().message_size(rugs), listed,
        """Of n items 0 to n can have the first type, so there are n + 1 frequencies; the text has less than n^(|Theta| - 1),
        which is n. With three types that holds from 4 items on.""",
    )  # fmt: skip
    subsets = sum(math.comb(20, k) for k in range(21))
    yield slip(
        "numbers in a combinatorial offer for 20 rugs", 2**20 + 1, Combinatorial().message_size(rugs), subsets,
        "Section 3.3.3 says 2^n + 1, Section 3.3.2 |X|^n: there are 2^n subsets of n rugs, the empty one among them.",
    )  # fmt: skip
    run.draw("How long an offer is, if a price or a demand is one of 101.", _sizes_drawn)


@row("J7", "E", "004, Example 2", "Two rugs for a buyer who values one at 10, the other at 2: never both at once, item by item")
def example_2(run: Run) -> Iterator[Line]:
    """Alice has no costs and does not know which rug is worth 10. To sell both at once to both types she must ask 2 for each: 4
    in all. By asking more she screens: Bob takes the better rug now, and the other at a bargained price later. That secures her
    10/(1 + delta) in every equilibrium, which is more than 4, and more than what selling both to one type would bring. (Beliefs
    are taken to follow Bayes' rule after deviations too.) A game of two stages with trembles is solved as well."""
    two = _example_2(0.8)
    yield equal("the known surplus, utils", 12, two.surplus.mean)
    deltas = np.concatenate([[0.5, 0.8, 0.9], run.rng.uniform(0, 0.995, run.tries(200))])
    sales = [separate_sale(_example_2(d)) for d in deltas]
    apart = [abs(sale.seller - 10 / (1 + d)) for sale, d in zip(sales, deltas, strict=True)]
    yield for_all("Alice secures 10/(1 + delta): difference, utils", apart)
    yield for_all("both at once to both types bring less: 4 less what she secures, utils", [-s.margin for s in sales], 0.0)
    yield for_all("both at once to one type bring less: the same, utils", [-s.margin_one_type for s in sales], 0.0)
    yield slip(
        "the most that selling both at once to somebody brings, delta 0.5, utils", 4, sales[0].one_type, _one_type_by_hand(0.5),
        """The proof says that both trade only if both prices are at most 2. It is enough that one is: the type that values the
        other rug at 10 may pay more for it, while the other type takes the cheap rug alone. That brings up to
        (7 + 2 d - 3 d^2)/(1 + d), for impatient players more than 4, but always less than 10/(1 + d): the claim stands.""",
        within=2e-3,
    )  # fmt: skip
    for tremble in (0.01, 0.001):
        solved = solve_tree(game_tree(two, ItemByItem(), grid=(0, 10, 2), horizon=2, tremble=tremble))
        case = f"two stages, prices in steps of 2, trembles {tremble:g}, solved"
        yield at_most(f"{case}: what a deviation gains, share of the surplus", 0, solved.gain, EXACT)
        yield at_most(f"{case}: probability that both items trade at stage 0", tremble, float(solved.outcome.over[0]))
    run.draw("What screening secures Alice, and what selling both at once can bring at most.", _sales_drawn)


@row("J8", "E", "004, Section 5.2, Example 3", "A cost that is almost surely 8, and an equilibrium that still wastes a stage")
def example_3(run: Run) -> Iterator[Line]:
    """Alice's cost is 8, or 0 with probability e; Bob's value is 10, prices are 0..10, delta 0.8. If Bob takes any first price
    but 10 for that of a cost of 0, both types ask 10, are refused, and sell for 9 a stage later. The profile is written out as
    a finite automaton with its beliefs, and checked at every state: nobody gains, for any e up to 1/6. Trembles break it."""
    doubts = [1e-6, 1 / 6, *run.rng.uniform(1e-6, 1 / 6, run.tries(40))]
    reports = [check_automaton(example_3_delay(float(e))) for e in doubts]
    report = reports[0]
    yield for_all("gain of any type at any state, given its beliefs, utils", [r.largest_gain for r in reports], EXACT)
    rules = [(r.beliefs.on_path, r.beliefs.off_path, r.beliefs.outside_prior, r.beliefs.revived) for r in reports]
    yield for_all("beliefs less Bayes' rule wherever it speaks", [max(b.size for b in found) for found in rules], EXACT)
    far = [r.beliefs.distance[-1].size for r in reports]
    yield for_all("footnote 20: beliefs less those of the last of a sequence of vanishing trembles", far, 1e-5)
    start = report.automaton.offer[0][0]
    yield equal("price asked at stage 0, cost 0 and cost 8", [10, 10], start @ np.array(report.automaton.offers))
    agreed = [report.outcome.mean[0].sum(), report.outcome.mean[1, 9]]
    yield equal("probability of an agreement at stage 0; on 9 at stage 1", [0, 1], agreed)
    yield for_all("surplus lost by the delay, less 20%", [_lost(r, e) - 0.2 for r, e in zip(reports, doubts, strict=True)])
    weak = check_automaton(rubinstein_on_grid(0, 10, (0.8, 0.8), Grid(0, 10, 1)))
    yield equal("what Bob offers when he believes in cost 0, utils", 5, float(weak.automaton.offer[1][1, 0] @ np.arange(11)))
    known = rubinstein_on_grid(8, 10, (0.8, 0.8), Grid(0, 10, 1))
    sure = check_automaton(known)
    yield equal("known cost 8: probability of trade at 9 at once", 1, sure.outcome.mean[0, 9])
    yield at_most("known cost 8: what a deviation from it gains, utils", 0, sure.largest_gain, EXACT)
    prices = [p for p in range(11) if check_automaton(_always(p)).largest_gain < EXACT]
    yield slip(
        "known cost 8: prices at which subgame-perfect equilibria trade at once", [9], prices, _always_by_hand(),
        """A step of this grid is half the surplus, and waiting costs too little to concede it. If both always name 10, offering
        9 is refused by Alice, who expects 10 a stage later: 0.8 times 2 is more than 1; and so for 8 the other way round. The
        price 9 is an equilibrium, but not the only one (van Damme, Selten and Winter, whom footnote 18 cites).""",
    )  # fmt: skip
    late = _delay_with_known_cost()
    yield slip(
        "known cost 8: what leaving Example 3's own course (10 refused, then 9) gains, utils", "more than 0",
        check_automaton(late).largest_gain, check_under_bayes(late).largest_gain,
        """If any first price but 10 leads to the equilibrium at 8, nobody gains by leaving that course when the cost is 8 for
        sure. So on this coarse grid the outcome survives in the limit, and the example does not show what it should. With
        prices in steps of 0.1 it does (row J22), and the point of the paper stands.""",
    )  # fmt: skip
    shaken = check_under_bayes(example_3_delay(1e-4, 0.01))
    yield at_least("with trembles of 0.01 (e = 0.0001) somebody gains by deviating, utils", 0.1, shaken.largest_gain)
    courses = {"cost_8_almost_sure": example_3_delay(0.01), "cost_8_known": known}
    run.draw("Prices over the stages: the delay of Example 3, and trade at once at 9.", lambda: _courses(**courses))


# More than the table of what must be there


@row("J21", "P", "004, Sections 1, 2.1", "A rug alone loses where values overlap: Myerson and Satterthwaite")
def one_item_in_general(run: Run) -> Iterator[Line]:
    """One rug with random costs and values, two each, that overlap: cost < value < cost < value; any probabilities. Efficient
    trade is possible only if it pays the rents: a seller of low cost must gain what it would gain by claiming the high cost, a
    buyer of high value likewise. Where it does not pay them, one inequality in two probabilities of trade says what is best.
    That closed form is compared with the linear program over all mechanisms."""
    found = []
    for _ in range(run.tries(100)):
        c1, v1, c2, v2 = np.cumsum(run.rng.uniform(0.1, 5, 4))
        f, g = run.rng.uniform(0.05, 0.95, 2)
        rug = exchange(1, (c1, c2), (v1, v2), prior=iid((f, 1 - f), (1 - g, g)))
        found.append((second_best(rug), *_best_by_hand(c1, v1, c2, v2, f, g)))
    yield for_all("second best less its closed form, utils", [abs(s.surplus - best) for s, best, _ in found])
    lossless = [(s.first_best - s.surplus, rents) for s, _, rents in found]
    yield for_all("efficient though the rents cannot be paid, or the reverse: rents unpaid, utils",
                  [abs(rents) if (loss > 1e-7) != (rents > 0) else 0.0 for loss, rents in lossless])  # fmt: skip
    rug_by_hand = _best_by_hand(0, 2, 8, 10, 0.5, 0.5)
    yield equal("the paper's rug by the closed form: second best, rents unpaid, utils", [10 / 3, 0.5], rug_by_hand)


@row("J22", "E", "004, Section 5.2", "Example 3's delay is there with any grid of prices, and however patient the players")
def delay_in_general(run: Run) -> Iterator[Line]:
    """The paper says that Example 3 works with finer prices, and with discount factors near 1 if nothing is agreed for several
    stages; it does not write that down. Here it is: both types ask 10 and Bob offers 0 for some stages, then Bob offers a price
    that all accept. Other prices of Alice's are taken for a cost of 0; after another offer of Bob's all settle as if the cost
    were 8. Each profile is an automaton that is checked at every state. With a cost of 8 for sure, delta 0.8 and fine
    prices, Alice has more than that in every equilibrium, by the recursion of Theorem 2's proof: the limit is none."""
    for d, stages, step in ((0.8, 1, 0.5), (0.8, 1, 0.1), (0.8, 1, 0.05), (0.9, 3, 0.1), (0.95, 5, 0.1), (0.99, 23, 0.1)):
        case = f"delta {d}, {stages} stage{'s' * (stages > 1)} lost, prices in steps of {step}"
        doubts = [0.05, *run.rng.uniform(1e-6, 0.05, run.tries(4))]
        reports = [check_automaton(_late_trade(float(e), d, stages, step)) for e in doubts]
        rules = [(r.beliefs.on_path, r.beliefs.off_path, r.beliefs.outside_prior, r.beliefs.revived) for r in reports]
        far = [r.beliefs.distance[-1].size for r in reports]
        yield for_all(f"{case}: gain at any state, utils", [r.largest_gain for r in reports], EXACT)
        yield for_all(f"{case}: beliefs less Bayes' rule", [max(b.size for b in found) for found in rules], EXACT)
        yield for_all(f"{case}: beliefs less those of vanishing trembles, in 8 stages", far, 1e-5)
        yield at_least(f"{case}: share of the surplus lost", 0.2, min(map(_lost, reports, doubts)), EXACT)
    run.draw("Five stages without agreement at delta 0.95.", lambda: _courses(e_is_1_percent=_late_trade(0.01, 0.95, 5, 0.1)))
    for step in (0.1, 0.05):
        late = check_automaton(_late_trade(1e-6, 0.8, 1, step)).outcome.payoff[0][1]
        least = payoff_bounds(2.0, (0.8, 0.8), step=step).lower[0, 0]
        yield at_least(f"cost 8 known, steps of {step}: Alice's least payoff less the delay's, utils", 0, least - late)


@row("J23", "P", "004, Sections 2.1, 2.3", "With many items the surplus is nearly known, though not what to trade")
def many_items(run: Run) -> Iterator[Line]:
    """Independent rugs: a rug's surplus has mean 3.5 and variance 14.75, so the surplus of n rugs varies by
    sqrt(14.75 / n) / 3.5 of its mean. What to trade stays open: to a seller of cost 8 each rug trades with probability 1/2,
    however many there are."""
    for n in (1, 16, 256, 4096):
        law = exchange(n).surplus
        yield equal(f"n = {n}: standard deviation of the surplus over its mean", math.sqrt(14.75 / n) / 3.5, law.sd / law.mean)
        yield equal(f"n = {n}: mean surplus of an item, utils", 3.5, law.mean / n)
    rug = exchange(1)
    chance = ((rug.surplus_table[0] > 0) * rug.prior.item_conditional(0)[0]).sum(axis=1)
    yield equal("probability that a rug trades, cost 0 and cost 8", [1, 0.5], chance)


@row("J24", "P", "004, Section 4.1", "Ten tasks and two rankings: each can get an average rank of 4")
def ten_tasks(run: Run) -> Iterator[Line]:
    """Two partners rank ten tasks and do five each. At random a partner's tasks have an average rank of 5.5; with disjoint
    favourites both get 3. If Alice asks for 4 and Bob picks, two of his picks are listed. How likely it is that both
    can have 4 or better is counted over all 10! ways in which the rankings may differ, and all 252 ways to split the tasks: a
    little more than a half."""
    ranks = np.arange(1, 11)
    splits = np.array([[k in who for k in range(10)] for who in itertools.combinations(range(10), 5)])
    yield equal("average rank over all ways to split", 5.5, (splits @ ranks / 5).mean())
    yield equal("average rank of the five favourites", 3, (splits @ ranks / 5).min())
    picks = [[2, 3, 4, 5, 6], [1, 2, 4, 6, 7]]
    yield equal("average ranks of the two lists that Bob may leave to Alice", [4, 4], np.mean(picks, axis=1))
    yield at_least(
        "both can have 4 with a 'reasonable and high probability': of all pairs of rankings", 0.5, _both_have(20, splits)
    )
    run.draw("How likely it is that both can have an average rank, with independent rankings.", lambda: _ranks_drawn(splits))


@row("J25", "P", "004, Section 2.1", "A mechanism made for one prior is played otherwise under another")
def other_probabilities(run: Run) -> Iterator[Line]:
    """The second best of J1 leaves a seller of cost 0 indifferent between the truth and claiming 8. If Bob's value is 10 a
    little more often than 1/2 she claims 8. All equilibria in pure announcements are listed, and the surplus of the best one is
    far below 10/3, though the second best itself hardly moved."""
    for more in (1e-3, 1e-6):
        exact = second_best(exchange(1, prior=iid((0.5, 0.5), (0.5 - more, 0.5 + more)))).surplus
        played, change = _announced(0.5 + more), f"P(value 10) = 0.5 + {more:g}"
        yield equal(f"{change}: truth is an equilibrium of the old mechanism", "no", (0, 1, 0, 1) in played)
        lost = exact - max(played.values())
        yield at_least(f"{change}: second best less the old mechanism's best equilibrium, utils", 0.5, lost)
    played = _announced(0.5)
    yield equal("P(value 10) = 0.5: truth is an equilibrium, and its surplus, utils", 10 / 3, played[0, 1, 0, 1])


not_computable(
    "J26", "E", "004, Section 1", "Strikes are rare: they idle at most half a percent of working days in any year",
    paper="jackson", why="Kennan's data on strikes, quoted as a motivation; nothing in the model computes them.",
)  # fmt: skip
not_computable(
    "J27", "E", "004, Section 3.1", "Approximate efficiency can be reached without transfers if there are many items",
    paper="jackson", why="Announced for later (\"below we show\"), but this draft neither states nor proves it.",
)  # fmt: skip


# What the rows share


def _shares(surplus: float, da: float, db: float) -> np.ndarray:
    """Theorem 1's formulas, utils."""
    return surplus * np.array([1 - db, db * (1 - da)]) / (1 - da * db)


def _example_1(d: float = 0.9) -> Problem:
    return exchange(prior=matchups(FOUR), discount=(float(d), float(d)), name="Example 1")


def _example_2(d: float) -> Problem:
    return exchange(2, (0,), (2, 10), prior=matchups(TWO), discount=(float(d), float(d)), name="Example 2")


def _worst(payoffs: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Of the payoffs (2, negotiations) each player's furthest from what is expected (2,)."""
    furthest = np.abs(payoffs - expected[:, None]).argmax(axis=1)
    return payoffs[[0, 1], furthest]


# J1


def _margin() -> float:
    """The paper's table for one rug, constraint by constraint: the least that honesty gains over a lie or staying away."""
    q, p = RUG
    margins = []
    for true, said in itertools.product((0, 1), repeat=2):
        seller = [float(np.mean(q[k] * (p[k] - (0, 8)[true]))) for k in (true, said)]
        buyer = [float(np.mean(q[:, k] * ((2, 10)[true] - p[:, k]))) for k in (true, said)]
        for honest, lie in (seller, buyer):
            margins += [honest - lie, honest]
    return min(margins)


def _rug_table(q: np.ndarray, paid: np.ndarray) -> "Axes":
    from negotiation.plots.style import INK, axes

    ax = axes(None, width=3.4, height=2.8)
    ax.imshow(q[:, ::-1], cmap="Blues", vmin=0, vmax=2.2)
    for a, b in itertools.product((0, 1), repeat=2):
        price = f"price {paid[a, b] / q[a, b]:.3g}" if q[a, b] > EXACT else "no trade"
        ax.text(1 - b, a, f"q = {q[a, b]:.3f}\n{price}", ha="center", va="center", color=INK)
    ax.set_xticks([0, 1], ["10", "2"])
    ax.set_yticks([0, 1], ["0", "8"])
    ax.set_xlabel("Bob's value (utils)")
    ax.set_ylabel("Alice's cost (utils)")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


# J2


def _bobs_lies() -> tuple[float, float]:
    """Bob's best gain from lying at price 15, by hand over all his values and announcements: against an honest Alice of a state
    that is possible, and against any announcement of hers."""
    buyer, seller = (sorted(set(itertools.permutations(v))) for v in ((2, 2, 10, 10), (0, 0, 8, 8)))
    possible, anything = [0.0], [0.0]
    for true, said, alice in itertools.product(buyer, buyer, seller):
        gain = _bobs_value(true, said, alice) - _bobs_value(true, true, alice)
        anything.append(gain)
        if sorted(zip(alice, true, strict=True)) == sorted(FOUR):
            possible.append(gain)
    return max(possible), max(anything)


def _bobs_value(true: Sequence[float], said: Sequence[float], alice: Sequence[float]) -> float:
    """What the rugs are worth to Bob that trade by these announcements."""
    return sum(v for v, b, a in zip(true, said, alice, strict=True) if b > a)


def _item_by_item_gains(run: Run) -> Iterator[Line]:
    """The proof's deviation against random efficient profiles, at random discount factors."""
    gaps, short, least = [], [], []
    for _ in range(run.tries(200)):
        d = float(run.rng.uniform(0, 0.999))
        prices = (*run.rng.uniform(-5, 2, 2), *run.rng.uniform(2, 10, 2))
        gap = efficiency_gap(_example_1(d), prices, shade=(1 - d) / 100)
        gaps.append(gap.responses[0].buyer - max(r.buyer for r in gap.responses))
        short.append(-gap.gain)
        least.append(abs(gap.supremum - 12 / (1 + d)))
    yield for_all("(2) Alice gains by leaving an efficient profile: by how much she does not, utils", short, 0.0)
    yield for_all("(2) what she can come close to by that, less 12/(1 + delta), utils", least)
    yield for_all("(2) Bob's best reply is to take the better rug of each pair; what it lacks, utils", [abs(g) for g in gaps])
    gap = efficiency_gap(_example_1(), shade=1e-9)
    yield equal("(2) the least gain over all efficient profiles at delta 0.9, utils", 12 / 1.9 - 6, gap.gain)


def _bundled(rugs: Problem, seed: int) -> Iterator[Line]:
    """Offers for bundles: what is certified, and what is played."""
    formula, who = _shares(14, 0.9, 0.9), RubinsteinDemand()
    for protocol in (Combinatorial(), ShareDemanding()):
        found, name = rubinstein_certificate(rugs, protocol), f"(3) {protocol.name}"
        yield equal(f"{name}: certified payoffs at delta 0.9 (by Theorem 1's formulas), utils", formula, found.payoffs)
        yield at_most(f"{name}: no deviation gains more than, utils", 0, found.largest_gain, EXACT)
        played = simulate(rugs, protocol, who, who, negotiations=500, seed=seed)
        yield equal(f"{name}, played: share of agreements at stage 0", 1, float((played.stage == 0).mean()))
        yield equal(f"{name}, played: payoffs that are furthest from it, utils", formula, _worst(played.payoffs, formula))


def _bundle(rugs: Problem) -> list[float]:
    """Cost and value of the efficient trades, the price half-way; the same in every state."""
    found = set()
    for alice, bob in rugs.prior.support().types:
        cost, value = np.array(rugs.types[0])[alice], np.array(rugs.types[1])[bob]
        trade = value > cost
        found.add((float(cost[trade].sum()), float(value[trade].sum())))
    ((cost, value),) = found
    return [cost, value, (cost + value) / 2]


def _payoffs_of_protocols(rugs: Problem, run: Run) -> "Axes":
    from negotiation.plots.compare import payoffs

    rules = (ItemByItem(), ShareDemanding(), Combinatorial())
    who = RubinsteinDemand()  # a rule of thumb item by item, the equilibrium with bundles
    return payoffs({p.name: simulate(rugs, p, who, who, negotiations=600, seed=run.seed) for p in rules}, rugs)


# J3


def _chores_by_hand(paid: float) -> float:
    """The expected surplus of one chore if both announce their competence, the efficient workers work, and the incompetent pays
    the competent one who works alone; nan if a type gains by lying or by staying away. Work of an incompetent worker fails and
    costs nobody anything: that is when lying is cheapest. The other worker is competent with 1/2."""
    competent = {"honest": ((6 - 1) + (6 - 10 + paid)) / 2, "lie": ((6 - paid) + 0) / 2}  # the other is competent, is not
    incompetent = {"honest": ((6 - paid) + 0) / 2, "lie": (0 + paid) / 2}
    fine = all(t["honest"] >= max(t["lie"], 0) for t in (competent, incompetent))
    return competent["honest"] + incompetent["honest"] if fine else math.nan  # of two players, each type with 1/2


# J4


def _known_surplus(run: Run) -> Problem:
    """1 to 3 items with 2 or 3 choices and types, values in whole utils, a random prior on type pairs of one random surplus."""
    rng = run.rng
    while True:
        n, choices, kinds = (int(rng.integers(low, high)) for low, high in ((1, 4), (2, 4), (2, 4)))
        u = [rng.integers(-4, 9, size=(n, choices, kinds)).astype(float) for _ in range(2)]
        for table_ in u:
            table_[:, 0] = 0  # the null choice
        vectors = list(itertools.product(range(kinds), repeat=n))
        pairs = [(a, b) for a in vectors for b in vectors]
        surplus = np.array([sum((u[0][k, :, a[k]] + u[1][k, :, b[k]]).max() for k in range(n)) for a, b in pairs])
        if surplus.max() > 0:
            break
    level = rng.choice(surplus[surplus > 0])
    rows = [pairs[k] for k in np.flatnonzero(surplus == level)]
    rows = [rows[k] for k in rng.permutation(len(rows))[:30]]
    weights = rng.dirichlet(np.ones(len(rows)))
    prior = table([(a, b, float(w)) for (a, b), w in zip(rows, weights, strict=True)])
    discount = (float(rng.uniform(0, 0.99)), float(rng.uniform(0, 0.99)))
    return from_tables(*u, prior=prior, discount=discount, name="known surplus")


def _theorem_1(problem: Problem, seed: int) -> list[float]:
    """Violations, as shares of the surplus: certified payoffs, gains, payoffs played, agreements later than 0, bounds."""
    surplus = problem.surplus.mean
    expected, who = _shares(surplus, *problem.discount), RubinsteinDemand()
    worst = np.zeros(5)
    for protocol in (Combinatorial(), ShareDemanding()):
        found = rubinstein_certificate(problem, protocol)
        played = simulate(problem, protocol, who, who, negotiations=20, seed=seed)
        now = [
            np.abs(found.payoffs - expected).max() / surplus,
            found.largest_gain / surplus,
            np.abs(played.payoffs - expected[:, None]).max() / surplus,
            float((played.stage != 0).mean()),
        ]
        worst[:4] = np.maximum(worst[:4], now)
    bounds = payoff_bounds(surplus, problem.discount)
    worst[4] = max(np.abs(side[0] - expected).max() for side in (bounds.lower, bounds.upper)) / surplus
    return worst.tolist()


def _search(run: Run) -> tuple[float, int]:
    """Local search for a counterexample: from random problems, discount factors and prior are moved to where the violation is
    larger, also to the ends of the range. The largest violation, and how many problems were tried."""
    worst, tried = 0.0, 0
    for _ in range(run.tries(10)):
        problem = _known_surplus(run)
        best = -1.0
        for step in (0.5, 0.3, 0.1, 0.03, 0.01):
            moved = np.clip(np.array(problem.discount) + run.rng.normal(scale=step, size=2), 0, 0.99)
            types, p = problem.prior.support()
            p = p * np.exp(10 * run.rng.normal(scale=step, size=len(p)))
            rows = [(*pair.tolist(), weight) for pair, weight in zip(types, (p / p.sum()).tolist(), strict=True)]
            candidate = replace(problem, discount=(float(moved[0]), float(moved[1])), prior=table(rows))
            found = max(_theorem_1(candidate, run.seed))
            tried += 1
            if found > best:
                problem, best = candidate, found
        worst = max(worst, best)
    return worst, tried


def _price_tables(run: Run) -> tuple[float, int]:
    """What a proposer gains at most by another price table than the profile's, in Example 1 with random discount factors, and
    how many tables were tried: hill climbing over the 16 prices, from the profile's own table and from random ones."""
    best, tried = -np.inf, 0
    for player in (0, 1):
        discount = (float(run.rng.uniform(0.05, 0.95)), float(run.rng.uniform(0.05, 0.95)))
        problem = exchange(prior=matchups(FOUR), discount=discount)
        found = rubinstein_certificate(problem, Combinatorial(form="table"))
        at = np.concatenate([np.full((1, 16), found.offering[player]), run.rng.uniform(-5, 15, (63, 16))])
        earned = _earned(problem, found, player, at)
        for scale in np.geomspace(5, 1e-3, run.tries(200)):
            moved = at + scale * run.rng.normal(size=at.shape) * (run.rng.random(at.shape) < 0.3)
            now = _earned(problem, found, player, moved)
            better = now > earned
            at, earned = np.where(better[:, None], moved, at), np.where(better, now, earned)
            tried += len(at)
        best = max(best, float(earned.max() - found.offering[player]))
    return best, tried


def _earned(problem: Problem, found: RubinsteinCertificate, player: int, demands: np.ndarray) -> np.ndarray:
    """What price tables earn the proposer (K,), utils; ``demands`` (K, 16) are what each bundle's price leaves to it. The other
    takes the bundle that is best for it if that is worth at least its share, else nothing is agreed at this stage."""
    own, every = np.array([0, 0, 1, 1]), np.array(list(itertools.product((0, 1), repeat=4)))
    worth = [u[0, 1] for u in problem.utility]  # of an item that trades, by type
    others = problem.prior.given(player, own.tolist()).types
    total = every @ worth[player][own] + np.array([every @ worth[1 - player][other] for other in others])  # (types, 16)
    left = total[:, None] - demands
    pick = left.argmax(axis=2)
    kept = np.take_along_axis(demands[None], pick[..., None], axis=2)[..., 0]
    waiting = rubinstein_shares(problem.discount).waiting[player] * found.surplus
    return np.where(left.max(axis=2) >= found.answering[1 - player] - EXACT, kept, waiting).mean(axis=0)


def _shares_drawn(run: Run) -> "Axes":
    from negotiation.plots.style import DASHES, MARKERS, PALETTE, axes, legend_below

    ax, who = axes(None), RubinsteinDemand()
    patience = np.linspace(0, 0.99, 100)
    for k, db in enumerate((0.3, 0.6, 0.9)):
        ax.plot(patience, [_shares(1, da, db)[0] for da in patience], DASHES[k], color=PALETTE[k], label=f"Bob's factor {db}")
        for da in np.linspace(0.05, 0.95, 7):
            problem = replace(_known_surplus(run), discount=(float(da), db))
            played = simulate(problem, ShareDemanding(), who, who, negotiations=20, seed=run.seed)
            ax.plot([da], [played.payoffs[0].mean() / problem.surplus.mean], MARKERS[k], color=PALETTE[k])
    ax.set_xlabel("Alice's discount factor, per stage")
    ax.set_ylabel("Alice's share of the surplus")
    ax.set_ylim(0, 1.03)
    ax.grid(axis="y")
    legend_below(ax, columns=3)
    return ax


# J5


def _footnote_15(run: Run, rugs: Problem) -> list[float]:
    """Random types and demands: prices of all 16 bundles less the costs in them and the demand, the largest, utils."""
    every, found = np.array(list(itertools.product((0, 1), repeat=4))), []
    for _ in range(run.tries(100)):
        types, v = run.rng.integers(2, size=4), float(run.rng.uniform(0, 14))
        offer = Combinatorial(form="table").share_demanding_offer(rugs, 0, types, v)
        assert offer is not None
        found.append(np.abs(offer.p[0] - (every @ np.array(rugs.types[0])[types] + v)).max())
    return found


# J6


def _frequencies() -> Iterator[tuple[int, int, int, int]]:
    """(items, types, frequencies as the protocol counts them, frequencies listed) for up to 8 items and 2 to 4 types."""
    for n, kinds in itertools.product(range(1, 9), (2, 3, 4)):
        problem = exchange(n, range(kinds), range(1, kinds + 1))
        listed = {tuple(sorted(types)) for types in itertools.product(range(kinds), repeat=n)}
        yield n, kinds, Frequency().message_size(problem), len(listed)


def _digits(n: int, values: int = 101) -> dict[str, float]:
    """Decimal digits that name one offer for n rugs (two types), if a price or demand has so many values."""
    digit = math.log10(values)
    rugs = exchange(n)
    return {
        "combinatorial": Combinatorial().message_size(rugs) * digit,
        "item-by-item": ItemByItem().message_size(rugs) * digit,
        "share-demanding": (ShareDemanding().message_size(rugs) - 1) * math.log10(2) + digit,
        "frequency": math.log10(Frequency().message_size(rugs)) + digit,
    }


def _sizes_drawn() -> "Axes":
    from negotiation.plots.style import axes, legend_below, looks

    ax, n = axes(None), list(range(1, 41))
    sizes = [_digits(k) for k in n]
    for name, look in looks(list(sizes[0])).items():
        ax.semilogy(n, [s[name] for s in sizes], color=look.colour, marker=look.marker, markevery=6, label=name)
    ax.set_xlabel("number of rugs n")
    ax.set_ylabel("digits in an offer")
    ax.grid(axis="y")
    legend_below(ax)
    return ax


# J7


def _one_type_by_hand(d: float) -> float:
    """The most Alice earns with prices p1 > 2 for a rug and p2 <= 2 for the other, by trying prices. A buyer who values the
    first at 10 takes both, if that is no worse than to take the second alone and then buy the first at what a buyer who values
    it at 2 pays; a buyer who values the second at 10 takes it alone and buys the first a stage later."""
    later = rubinstein_price(0, 2, (d, d), first=1)
    dear, cheap = np.linspace(2, 10, 8001), 2.0
    honest = 10 - dear >= d * (10 - later) - EXACT
    earned = (dear + cheap) / 2 + (cheap + d * later) / 2
    return float(earned[honest].max())


def _sales_drawn() -> "Axes":
    from negotiation.plots.style import BLUE, GREEN, GREY, VERMILION, axes, legend_below

    ax, deltas = axes(None, height=3.4), np.linspace(0, 0.99, 100)
    sales = [separate_sale(_example_2(d)) for d in deltas]
    ax.plot(deltas, [s.seller for s in sales], color=VERMILION, label="secured by screening")
    ax.plot(deltas, [s.one_type for s in sales], color=BLUE, linestyle="--", label="both now, one type: at most")
    ax.plot(deltas, [s.at_once for s in sales], color=GREEN, linestyle="-.", label="both now, both types: at most")
    bundled = [_shares(12, d, d)[0] for d in deltas]
    ax.plot(deltas, bundled, color=GREY, linestyle=":", label="with bundles: share of 12")
    ax.set_xlabel("discount factor delta, per stage")
    ax.set_ylabel("Alice's payoff (time-0 utils)")
    ax.set_ylim(0, 12.4)
    ax.grid(axis="y")
    legend_below(ax)
    return ax


# J8


SURE = ((1.0,), (1.0,))  # types are known


def _naming(price: float, cost: float = 8, name: str = "") -> list[PriceState]:
    """Both always name this price, and take what is no worse than getting it a stage later; delta 0.8, value 10."""
    seller, buyer = f"{name or price} seller", f"{name or price} buyer"
    return [
        PriceState(seller, 0, SURE, (price,), lambda p: (10 - p >= 0.8 * (10 - price) - EXACT,), lambda p: buyer),
        PriceState(buyer, 1, SURE, (price,), lambda p: (p - cost >= 0.8 * (price - cost) - EXACT,), lambda p: seller),
    ]


def _cost_8() -> Problem:
    return exchange(1, (8,), (10,), discount=(0.8, 0.8), name="cost 8 meets value 10")


def _always(price: float) -> Automaton:
    """Cost 8 meets value 10 at this price for ever, on the grid 0..10."""
    return price_automaton(_cost_8(), Grid(0, 10, 1), _naming(price), name=f"always {price:g}")


def _delay_with_known_cost() -> Automaton:
    """Alice asks 10, is refused, and Bob offers 9; any other first price, if refused, leads to 8 for ever."""
    opening = PriceState("opening", 0, SURE, (10,), lambda p: (p <= 8,), lambda p: "9 buyer" if p == 10 else "8 buyer")
    return price_automaton(_cost_8(), Grid(0, 10, 1), [opening, *_naming(9), *_naming(8)], name="delay with cost 8")


def _always_by_hand() -> list[int]:
    """The prices p for which one step more is refused by Bob and one step less by Alice, who both expect p a stage later, and
    nobody loses by p."""
    bob = [10 - (p + 1) < 0.8 * (10 - p) or p == 10 for p in range(11)]
    alice = [(p - 1) - 8 < 0.8 * (p - 8) for p in range(11)]
    return [p for p in range(8, 11) if bob[p] and alice[p]]


def _lost(report: AutomatonReport, e: float) -> float:
    """The share of the expected surplus that Example 3's profile loses; ``e``: probability of cost 0."""
    alice, bob = report.outcome.payoff
    return 1 - float(e * alice[0] + (1 - e) * alice[1] + bob[0]) / (2 + 8 * e)


def _courses(**profiles: Automaton) -> "Axes":
    """The prices that are named on the path of play by a seller of cost 8 and by Bob; states must follow that path in order."""
    from matplotlib.ticker import MaxNLocator

    from negotiation.plots.style import DASHES, INK, MARKERS, PALETTE, axes, legend_below

    ax = axes(None)
    for k, (name, automaton) in enumerate(profiles.items()):
        agreed, prices = check_automaton(automaton).outcome.mean, np.array(automaton.offers)
        last = int(np.flatnonzero(agreed.sum(axis=1) > EXACT)[-1])
        named = [float(automaton.offer[t % 2][t, -1] @ prices) for t in range(last + 1)]
        name = name.replace("_", " ")
        ax.plot(range(last + 1), named, label=name, color=PALETTE[k], marker=MARKERS[k], linestyle=DASHES[k])
        ax.plot(last, named[-1], "o", markersize=11, markerfacecolor="none", color=INK, label="accepted", linestyle="none")
        ax.plot(range(last), named[:-1], "x", markersize=9, color=INK, label="refused", linestyle="none")
    ax.set_xlabel("stage (Alice names the price at 0, 2, ..., Bob at 1, 3, ...)")
    ax.set_ylabel("price (utils)")
    ax.margins(0.12)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(axis="y")
    legend_below(ax)
    return ax


# J21


def _best_by_hand(c1: float, v1: float, c2: float, v2: float, f: float, g: float) -> tuple[float, float]:
    """(second best, rents that efficient trade cannot pay), utils; f = P(cost c1), g = P(value v2), c1 < v1 < c2 < v2.

    If (c1, v1) and (c2, v2) trade with probabilities x and y, and (c1, v2) always, they cost the rents
    f g ((v2 - v1) x + (c2 - c1) y). All is linear in x and y, so a corner of what the surplus can pay is best."""
    sure, left, right = f * g * (v2 - c1), f * (1 - g) * (v1 - c1), (1 - f) * g * (v2 - c2)
    a, b = left - f * g * (v2 - v1), right - f * g * (c2 - c1)  # what is left after rents, for each of x and y
    corners = [(x, y) for x in (0.0, 1.0) for y in (0.0, 1.0)]
    corners += [(x, (-sure - a * x) / b) for x in (0.0, 1.0) if b] + [((-sure - b * y) / a, y) for y in (0.0, 1.0) if a]
    fine = [(x, y) for x, y in corners if 0 <= x <= 1 and 0 <= y <= 1 and sure + a * x + b * y >= -1e-12]
    return max(sure + left * x + right * y for x, y in fine), -(sure + a + b)


# J22


def _known_prices(cost: float, d: float, grid: Grid) -> tuple[float, float]:
    """(ask, bid): cost meets value 10, prices on a grid, each the best for who names it that the other accepts."""
    bid = rubinstein_price(cost, 10, (d, d), first=1)
    while True:
        up = float(grid.ceil(np.array([bid]))[0])
        ask = float(grid.floor(np.array([10 - d * (10 - up)]))[0])
        bid = cost + d * (ask - cost)
        if float(grid.ceil(np.array([bid]))[0]) == up:
            return round(ask, 12), round(up, 12)


def _late_trade(e: float, d: float, stages: int, step: float) -> Automaton:
    """Cost 0 with probability e, else 8, value 10: no agreement for an odd number of ``stages``, then one at the highest price
    that Bob would rather wait for than settle at once as if the cost were 8."""
    grid, prior = Grid(0, 10, step), ((e, 1 - e), (1.0,))
    (weak_ask, weak_bid), (ask, bid) = _known_prices(0, d, grid), _known_prices(8, d, grid)
    price = round(float(grid.floor(np.array([10 - (10 - bid) / d ** (stages - 1)]))[0]), 12)
    weak, strong = ((1.0, 0.0), (1.0,)), ((0.0, 1.0), (1.0,))
    least = d * ask - EXACT  # of a price, to a seller of cost 0 who is taken for one of cost 8

    def sells(p: float) -> tuple[bool, bool]:
        return p >= least, p >= bid - EXACT

    def refused(p: float) -> str:
        return "strong, seller" if sells(p)[0] else "again"

    def asked(this: float, following: str) -> Callable[[float], str]:
        return lambda p: following if p == this else "weak, buyer"

    def offered(following: str) -> Callable[[float], str]:
        return lambda p: following if p == 0 else refused(p)

    states = []
    for t in range(0, stages - 1, 2):
        states.append(PriceState(f"stage {t}", 0, prior, (10, 10), lambda p: (p <= weak_ask,), asked(10, f"stage {t + 1}")))
        states.append(PriceState(f"stage {t + 1}", 1, prior, (0,), sells, offered(f"stage {t + 2}")))
    states += [
        PriceState(f"stage {stages - 1}", 0, prior, (10, 10), lambda p: (p <= weak_ask,), asked(10, "trade")),
        PriceState(
            "trade", 1, prior, (price,), lambda p: (True, True) if p == price else sells(p),
            lambda p: "weak, seller" if p == price else refused(p),
        ),
        PriceState("again", 0, prior, (ask, ask), lambda p: (p <= weak_ask or p == ask,), asked(ask, "open")),
        PriceState("open", 1, prior, (bid,), sells, refused),
        PriceState("weak, seller", 0, weak, (weak_ask, 10), lambda p: (p <= weak_ask,), lambda p: "weak, buyer"),
        PriceState("weak, buyer", 1, weak, (weak_bid,), lambda p: (p >= weak_bid, p > 8), lambda p: "weak, seller"),
        PriceState("strong, seller", 0, strong, (ask, ask), lambda p: (p <= ask,), lambda p: "strong, buyer"),
        PriceState("strong, buyer", 1, strong, (bid,), sells, lambda p: "strong, seller"),
    ]  # fmt: skip
    problem = exchange(1, (0, 8), (10,), prior=iid((e, 1 - e), (1.0,)), discount=(d, d))
    return price_automaton(problem, grid, states, name=f"{stages} stages lost")


# J24


def _both_have(most: int, splits: np.ndarray) -> float:
    """The share of pairs of rankings of ten tasks with a split that gives both five tasks of ranks that sum to ``most`` at
    most. Alice's ranking is 1..10; all of Bob's are listed, those that rank her first task alike together."""
    mine = splits[splits @ np.arange(1, 11) <= most]
    his = (~mine).astype(np.float32)
    orders = _orders(9)
    found = 0
    for first in range(1, 11):
        ranks = np.setdiff1d(np.arange(1, 11), first).astype(np.float32)[orders]
        found += int((ranks @ his[:, 1:].T + first * his[:, 0] <= most).any(axis=1).sum())
    return found / math.factorial(10)


def _orders(n: int) -> np.ndarray:
    """All orders of 0..n-1, (n!, n)."""
    if n == 1:
        return np.zeros((1, 1), dtype=np.int8)
    shorter = _orders(n - 1)
    return np.concatenate([np.insert(shorter, k, n - 1, axis=1) for k in range(n)])


def _ranks_drawn(splits: np.ndarray) -> "Axes":
    from negotiation.plots.style import BLUE, INK, axes

    ax, totals = axes(None), range(15, 28)
    ax.plot([t / 5 for t in totals], [_both_have(t, splits) for t in totals], color=BLUE, marker="o")
    ax.axvline(4, color=INK, linewidth=0.8, linestyle="--")
    ax.annotate("asked for", (4, 0.05), (4, 0), textcoords="offset points")
    ax.set_xlabel("average rank that both must have at most")
    ax.set_ylabel("probability that both can")
    ax.set_ylim(0, 1.03)
    ax.grid(axis="y")
    return ax


# J25


def _announced(often: float) -> dict[tuple[int, ...], float]:
    """Equilibria in pure announcements to the paper's mechanism for one rug, if P(value 10) = ``often``, and their surplus in
    utils: (what costs 0 and 8 announce, what values 2 and 10 announce), as type numbers."""
    q, p = RUG
    costs, values, f, g = np.array([0, 8]), np.array([2, 10]), np.array([0.5, 0.5]), np.array([1 - often, often])
    found = {}
    for said in itertools.product((0, 1), repeat=4):
        alice, bob = list(said[:2]), list(said[2:])
        earned = np.array([[(q[a, bob] * (p[a, bob] - c)) @ g for a in (0, 1)] for c in costs])
        gained = np.array([[(q[alice, b] * (v - p[alice, b])) @ f for b in (0, 1)] for v in values])
        regret = [earned[t].max() - earned[t, alice[t]] + gained[t].max() - gained[t, bob[t]] for t in (0, 1)]
        if max(regret) < 1e-12:
            found[said] = float(f @ (q[np.ix_(alice, bob)] * (values - costs[:, None])) @ g)
    return found
