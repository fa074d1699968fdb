"""Jackson, Sonnenschein and Xing, *A Theory of Efficient Negotiations* (file 004)."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.optimize import differential_evolution

from agents import RubinsteinDemand
from experiments.reproduce import jackson_by_hand as by_hand
from experiments.reproduce import jackson_theorems_by_hand as proofs
from experiments.reproduce.jackson_by_hand import EXACT, FOUR
from experiments.reproduce.jackson_theorems_by_hand import RUGS, Floats
from experiments.reproduce.lines import Line, at_least, at_most, equal, for_all, slip
from experiments.reproduce.rows import Run, not_computable, row
from experiments.theorems import proposition_1, theorem_3
from negotiation import Grid, exchange, iid, matchups, public_good, simulate, task_assignment
from negotiation.equilibrium import (
    best_lies,
    check_automaton,
    check_under_bayes,
    efficiency_gap,
    equilibria,
    example_3_delay,
    fitted_rate,
    frequency_bounds,
    game_tree,
    has_share_demanding_offers,
    items_needed,
    linking_mechanism,
    menu_equilibrium,
    menu_problem,
    nearly_known_bounds,
    payoff_bounds,
    posterior_bound,
    rubinstein_certificate,
    rubinstein_on_grid,
    second_best,
    separate_sale,
    solve_tree,
    tremble_bound,
    uncertainty_table,
)
from negotiation.equilibrium.updating import trembling_tails, update
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding


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
    yield at_least(
        "the paper's table, by hand: what honesty and participation are worth at least, utils", 0, by_hand.margin(), EXACT
    )
    run.draw(
        "Who trades, and at which price, in the second best. Only (8, 2) should not trade.", lambda: by_hand.rug_table(q, paid)
    )


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
    possible, anything = by_hand.bobs_lies()
    honest, lie = (by_hand.bobs_value((2, 2, 10, 10), said, (0, 8, 0, 8)) for said in ((2, 2, 10, 10), (2, 10, 2, 10)))
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
    yield from by_hand.item_by_item_gains(run)
    yield from by_hand.bundle_lines(rugs, run.seed)
    yield equal("(3) cost and value of what should trade, equal-split price, utils", [8, 22, 15], by_hand.bundle(rugs))
    run.draw(
        "Example 1 as RubinsteinDemand plays it: item by item this is a rule of thumb.",
        lambda: by_hand.payoffs_of_protocols(rugs, run),
    )


@row("J3", "P", "004, Sections 2.2.1-2.2.3", "Rugs, investments and chores have one table of surplus: 10, 2, 2, 0")
def three_examples_in_one(run: Run) -> Iterator[Line]:
    """Call a type h if it makes more surplus possible, else l. A pair (h, h) is worth 10 utils, (h, l) and (l, h) 2, (l, l) 0,
    whether rugs change hands, projects are paid for or chores are done. The paper adds that all results carry over: four items
    with bundles, or one by one; and that one item alone is inefficient in all three. But equal surplus is not equal incentives:
    for a chore that is true only if nobody may lose in any state and failing is cheap. See the slip, found by the program of J1
    and by hand."""
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
        yield equal(f"four {name}, each matchup once, bundles: payoffs, utils", by_hand.shares(14, 0.9, 0.9), found.payoffs)
        yield at_most(f"four {name}, bundles: no deviation gains more than, utils", 0, found.largest_gain, EXACT)
    upset = efficiency_gap(projects, shade=1e-9).gain
    yield equal("four investments one by one: what upsets an efficient profile gains at least, utils", 12 / 1.9 - 6, upset)
    yield slip(
        "one chore: second best as for the rug (interim incentives and participation), utils", "below 3.5",
        second_best(chore).surplus, by_hand.chores_by_hand(2.75),
        """An incompetent worker who passes for a competent one cannot complete the task. Let it pay 2.75 to the competent one
        who does the task alone: then both types lose 0.25 or more by lying and gain by taking part, and all of 3.5 is reached,
        even if failing costs nothing.""",
    )  # fmt: skip
    strict = [by_hand.chores_without_regret(cost) for cost in (0.0, 1.0)]
    yield at_least("one chore, nobody may lose in any state, failing is free: what is lost of 3.5, utils", 0.1, 3.5 - strict[0])
    yield equal("one chore, the same, failing costs 1: what is lost of 3.5, utils", 0, 3.5 - strict[1])


@row("J4", "E", "004, Theorems 1 and 2", "A known surplus is shared at once, in full and as Rubinstein says")
def shares_of_a_known_surplus(run: Run) -> Iterator[Line]:
    """Random items, values, correlated priors on one level of surplus, and discount factors. For each: bounds on every
    equilibrium by the recursion of the proof, and their distance from the paper's formulas; the profile that reaches them,
    certified (no offer and no reply gains); and the same profile played. Then searches for a counterexample: over discount
    factors and priors, and over price tables that the proposer might offer instead of the profile's."""
    found = np.array([by_hand.theorem_1(by_hand.known_surplus(run), run.seed) for _ in range(run.tries(60))])
    names = ("certified payoffs less the formulas, share of the surplus", "what any offer or reply gains, share of the surplus",
             "payoffs played less the formulas, share of the surplus", "share of negotiations that agree after stage 0",
             "bounds on all equilibria less the formulas, share of the surplus")  # fmt: skip
    for name, violations in zip(names, found.T, strict=True):
        yield for_all(name, violations)
    worst, tried = by_hand.search(run)
    yield at_most("the largest of these by local search over discount factors and priors", 0, worst, 1e-6).because(tried)
    gain, tried = by_hand.price_tables(run)
    yield at_most("what local search over price tables gains for the proposer, utils", 0, gain, 1e-8).because(tried)
    run.draw("Theorem 1's shares of the surplus, and the shares played in random problems.", lambda: by_hand.shares_drawn(run))


@row("J5", "E", "004, Section 4.4", "Offers for bundles can demand a share of the surplus, prices of items cannot")
def share_demanding_offers(run: Run) -> Iterator[Line]:
    """An offer demands the share v if every response that agrees gives its maker at least v, and some response gives her v
    and the other all the rest. Offers that protocols construct are checked against every response and every possible type;
    where there is none, all offers of a grid are listed. The shortfall, in utils, is how far the best offer is from the
    definition."""
    rugs, two = by_hand.four_rugs(), by_hand.two_rugs(0.8)
    demands = (0.0, 3.5, 7.0, 10.5, 14.0)
    for protocol in (Combinatorial(), Combinatorial(form="table"), ShareDemanding()):
        form = " as a price table" if getattr(protocol, "form", "") == "table" else ""
        found = has_share_demanding_offers(protocol, rugs, demands)
        yield equal(f"Example 1, {protocol.name}{form}: includes them", "yes", bool(found))
        yield at_most(f"Example 1, {protocol.name}{form}: largest shortfall, utils", 0, found.shortfall, EXACT)
    later = has_share_demanding_offers(Frequency(), rugs, demands)
    yield equal("footnote 16, frequency, Phase 2 truthful and efficient: includes them", "yes", bool(later))
    yield for_all(
        "footnote 15: prices of bundles less their announced costs and the demand, utils", by_hand.footnote_15(run, rugs)
    )
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
    apart = [abs(counted - listed) for *_, counted, listed in by_hand.frequencies()]
    yield for_all("frequency: C(n + T - 1, T - 1) less those listed", apart, 0.0)
    digits = [by_hand.digits_needed(n) for n in range(2, 65)]
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
    run.draw("How long an offer is, if a price or a demand is one of 101.", by_hand.sizes_drawn)


@row("J7", "E", "004, Example 2", "Two rugs for a buyer who values one at 10, the other at 2: never both at once, item by item")
def example_2(run: Run) -> Iterator[Line]:
    """Alice has no costs and does not know which rug is worth 10. To sell both at once to both types she must ask 2 for each: 4
    in all. By asking more she screens: Bob takes the better rug now, and the other at a bargained price later. That secures her
    10/(1 + delta) in every equilibrium, which is more than 4, and more than what selling both to one type would bring. (Beliefs
    are taken to follow Bayes' rule after deviations too.) A game of two stages with trembles is solved as well."""
    two = by_hand.two_rugs(0.8)
    yield equal("the known surplus, utils", 12, two.surplus.mean)
    deltas = np.concatenate([[0.5, 0.8, 0.9], run.rng.uniform(0, 0.995, run.tries(200))])
    sales = [separate_sale(by_hand.two_rugs(d)) for d in deltas]
    apart = [abs(sale.seller - 10 / (1 + d)) for sale, d in zip(sales, deltas, strict=True)]
    yield for_all("Alice secures 10/(1 + delta): difference, utils", apart)
    yield for_all("both at once to both types bring less: 4 less what she secures, utils", [-s.margin for s in sales], 0.0)
    yield for_all("both at once to one type bring less: the same, utils", [-s.margin_one_type for s in sales], 0.0)
    yield slip(
        "the most that selling both at once to somebody brings, delta 0.5, utils",
        4, sales[0].one_type, by_hand.one_type_best(0.5),
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
    run.draw("What screening secures Alice, and what selling both at once can bring at most.", by_hand.sales_drawn)


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
    yield for_all(
        "surplus lost by the delay, less 20%", [by_hand.share_lost(r, e) - 0.2 for r, e in zip(reports, doubts, strict=True)]
    )
    weak = check_automaton(rubinstein_on_grid(0, 10, (0.8, 0.8), Grid(0, 10, 1)))
    yield equal("what Bob offers when he believes in cost 0, utils", 5, float(weak.automaton.offer[1][1, 0] @ np.arange(11)))
    known = rubinstein_on_grid(8, 10, (0.8, 0.8), Grid(0, 10, 1))
    sure = check_automaton(known)
    yield equal("known cost 8: probability of trade at 9 at once", 1, sure.outcome.mean[0, 9])
    yield at_most("known cost 8: what a deviation from it gains, utils", 0, sure.largest_gain, EXACT)
    prices = [p for p in range(11) if check_automaton(by_hand.always(p)).largest_gain < EXACT]
    yield slip(
        "known cost 8: prices at which subgame-perfect equilibria trade at once", [9], prices, by_hand.always_by_hand(),
        """A step of this grid is half the surplus, and waiting costs too little to concede it. If both always name 10, offering
        9 is refused by Alice, who expects 10 a stage later: 0.8 times 2 is more than 1; and so for 8 the other way round. The
        price 9 is an equilibrium, but not the only one (van Damme, Selten and Winter, whom footnote 18 cites).""",
    )  # fmt: skip
    late = by_hand.delay_with_known_cost()
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
    run.draw(
        "Prices over the stages: the delay of Example 3, and trade at once at 9.", lambda: by_hand.courses_drawn(**courses)
    )


@row("J9", "E", "004, Section 5.3.1, Example 4", "With trembles of 0.01, a type of prior 0.999 keeps 0.9 after any one action")
def example_4(run: Run) -> Iterator[Line]:
    """Trembles tie beliefs down: if every type makes every offer with probability 0.01 at least, then one offer cannot turn a
    probability of 0.001 into more than 0.1 (Lemma 1). We evaluate the bound, try it on random ways to act, and look at how
    fast beliefs move in equilibria of Example 3's rug with these trembles, at every history."""
    prices = Grid(0, 10, 1)
    least = 0.11 / prices.count
    yield equal("probability of a tremble to each price", 0.01, least)
    yield at_least("posterior of the likely type after one action", 0.9, 1 - float(posterior_bound(0.001, least)), 1e-12)
    acts = least + (1 - least) * run.rng.random((run.tries(2000), 2)) ** 4
    yield for_all("the posterior is 0.9 or more, however the types act", 0.9 - update((0.999, 0.001), acts)[:, 0])
    tree = game_tree(proofs.doubtful_rug(0.001), ItemByItem(), grid=prices, horizon=3, tremble=0.11)
    rates = [proofs.checked(tree, s.profile).updating_rate for s in equilibria(tree, starts=("uniform",), ties=("uniform",))]
    yield at_most("largest factor on a belief at any move of a solved equilibrium, three offers", 100, max(rates), 1e-9)
    yield from proofs.example_4_slip()


@row("J10", "E", "004, Section 5.3.1, Proposition 1",
     "One item, trembles, little doubt: the Rubinstein price at once, or no trade")  # fmt: skip
def one_item_little_doubt(run: Run) -> Iterator[Line]:
    """Bob's value is 10, Alice's cost 8, or 0 with a small probability. The equilibrium in beliefs is computed on a grid of
    prices 0, 1, ..., 10 for smaller and smaller doubts and trembles; its price is compared with 8 + 2 (1 - d) / (1 - d d) =
    9.11. Where Alice's cost exceeds Bob's value, they should not trade. The proposition speaks of all equilibria: that is what
    bounds are for. Those here are proved for independent types (payoffs on average over types): for trembles small enough and a
    doubt that is small beside them, they yield the statement."""
    trades = proposition_1(doubts=(0.1, 0.01, 0.001), trembles=(0.01,), step=1)
    last, e = trades.iloc[-1], 0.05
    yield equal("Rubinstein price", 8 + 2 * 0.2 / 0.36, last["rubinstein_price"])
    yield at_most(f"|price / Rubinstein price - 1|, e = {e}", e, abs(last["price"] / last["rubinstein_price"] - 1))
    yield at_least("probability of this price, accepted at stage 0", 1 - e, last["made"] * last["accepted"])
    none = proposition_1(8, 5, doubts=(0.001,), trembles=(0.01,), step=1)
    yield at_most("cost 8, value 5: probability of trade at stage 0", e, none["agreed"].iloc[0])
    gain = max(trades["gain"].max(), none["gain"].iloc[0])
    yield at_most("gain from deviating, share of the surplus (approximate equilibria: zero is not claimed)", 0.01, gain)
    yield from proofs.proposition_1_for_all_equilibria()
    yield from proofs.proposition_1_slips()
    run.draw(
        "What cost 8 asks at stage 0, and agreement: where doubt is large, 10 is asked, and mostly refused",
        lambda: proofs.prices_drawn(proposition_1(doubts=(0.9, 0.7, 0.5, 0.3), trembles=(0.01,), step=1), trades),
    )


@row("J10-grid", "E", "004, Section 5.3.1, Proposition 1", "The same on finer prices, and for smaller trembles", slow=True)
def one_item_finer_prices(run: Run) -> Iterator[Line]:
    """J10 in steps of 0.5 for three trembles and three doubts, and in steps of 0.25. The price found is a price of the grid
    near the Rubinstein price; agreement at once grows as trembles fall."""
    frame, e = proposition_1(step=0.5), 0.05
    for step, trades in ((0.5, frame), (0.25, proposition_1(doubts=(0.001,), trembles=(0.01,), step=0.25))):
        apart = (trades["price"] / trades["rubinstein_price"] - 1).abs().max()
        yield at_most(f"steps of {step}: |price / Rubinstein price - 1|, the largest, e = {e}", e, apart)
        yield at_most("gain from deviating, share of the surplus", 0.01, trades["gain"].max())
    least = frame.groupby("tremble")["agreed"].min().sort_index(ascending=False)
    yield at_least("probability of agreement at stage 0, trembles 0.003", 1 - e, least.iloc[-1])
    yield for_all("agreement at stage 0 grows as trembles fall", -np.diff(least))
    none = proposition_1(8, 5)
    least = none[none["doubt"] == 0.001].sort_values("tremble", ascending=False)["agreed"]
    yield at_most("cost 8, value 5: probability of trade at stage 0, trembles 0.003, doubt 0.001", e, least.iloc[-1])
    yield for_all("it falls with the trembles", np.diff(least))
    run.draw("The price at stage 0 against the doubt, prices in steps of 0.5", lambda: proofs.prices_drawn(frame))


@row("J11", "E", "004, Section 5.3.2, Theorem 3",
     "Many items, negotiation over frequencies: agreement at once, efficiency, Rubinstein")  # fmt: skip
def many_items(run: Run) -> Iterator[Line]:
    """Rugs with independent values (0 or 8, 2 or 10), trembles 0.1 / n. The frequency protocol is solved for growing n. With
    more rugs the surplus varies less beside its mean, and both the inefficiency and what deviating can gain vanish; the
    inefficiency falls about as n^(-1/2), and no faster rate may be promised (see the slip)."""
    frame, rate = theorem_3((4, 16, 64, 128, 256))
    last, e = frame.iloc[-1], 0.05
    yield at_least(f"agreement at stage 0, n = 256, e = {e}", 1 - e, last["agreed_at_0"])
    yield at_least("efficiency", 1 - e, last["efficiency"])
    yield at_most("Alice: |payoff / Rubinstein share - 1|", e, abs(last["ratio_alice"] - 1))
    yield at_most("Bob: |payoff / Rubinstein share - 1|", e, abs(last["ratio_bob"] - 1))
    yield for_all("agreement and efficiency grow with n", -np.diff(frame[["agreed_at_0", "efficiency"]], axis=0).ravel())
    yield at_most("gain from deviating at the start, share of the surplus, at most (0 is not claimed)", 1e-3, last["gain"])
    yield equal("power of n in the inefficiency, about -1/2 (64 to 256 items; so few leave 0.1)", -0.5, rate.exponent, 0.1)
    yield from proofs.rate_slip()
    run.draw(f"1 - efficiency falls as n to the power {rate.exponent:.2f}", lambda: proofs.inefficiency_drawn(frame, rate))


@row("J11-4096", "E", "004, Section 5.3.2, Theorem 3",
     "The same with up to 4,096 items: the inefficiency falls about as n^(-1/2)", slow=True)  # fmt: skip
def very_many_items(run: Run) -> Iterator[Line]:
    """The table of J11 in powers of four up to 4,096 rugs, and the power of n fitted from 64 on. A little steeper than -1/2 is
    what finite sizes show: trembles and the price grid cost of order 1 / n."""
    frame, rate = theorem_3((4, 16, 64, 256, 1024, 4096))
    last, e = frame.iloc[-1], 0.01
    yield at_least(f"agreement at stage 0, n = 4,096, e = {e}", 1 - e, last["agreed_at_0"])
    yield at_least("efficiency", 1 - e, last["efficiency"])
    yield at_most("Alice: |payoff / Rubinstein share - 1|", e, abs(last["ratio_alice"] - 1))
    yield at_most("Bob: |payoff / Rubinstein share - 1|", e, abs(last["ratio_bob"] - 1))
    yield for_all("agreement and efficiency grow with n", -np.diff(frame[["agreed_at_0", "efficiency"]], axis=0).ravel())
    yield for_all("gains from deviating fall with n", np.diff(frame["gain"]))
    yield equal("power of n in the inefficiency, about -1/2 (64 to 4,096 items)", -0.5, rate.exponent, 0.1)
    run.draw(f"1 - efficiency falls as n to the power {rate.exponent:.2f}", lambda: proofs.inefficiency_drawn(frame, rate))


@row("J12", "E", "004, Appendix A, Theorems 4 and 5",
     "Vanishing uncertainty about the surplus: Theorem 3's conclusions, for bounded updating or trembles")  # fmt: skip
def vanishing_uncertainty(run: Run) -> Iterator[Line]:
    """Two rugs; with probability 1 - e the matchups (0, 2), (8, 10) in either order, surplus 4, with e any types. The bounds of
    the proofs are meant for all equilibria; types are correlated here, so the upper ones rest on the paper's premise that what
    a player secures it secures against each type (see J-slips). Theorem 4: if no event's probability grows by more than a
    factor beta at a move, they close on Rubinstein's shares as e vanishes. Theorem 5: with trembles they close up to what the
    trembles and the grid cost. How little doubt they ask for is striking: rates of updating multiply stage after stage."""
    rubinstein = 4 * np.array([1, 0.9]) / 1.9
    doubts = [10.0**-k for k in (4, 16, 64, 250)]
    tables = {beta: uncertainty_table([(e, proofs.nearly_known(e)) for e in doubts], beta=beta) for beta in (1.0, 2.0, 10.0)}
    for beta, rows in tables.items():
        inside = [proofs.outside_bounds(one, rubinstein) for one in rows]
        yield for_all(f"beta = {beta:g}: Rubinstein's shares lie within the bounds", inside)
        yield for_all(f"beta = {beta:g}: payoffs' bounds close as e vanishes", np.diff([one["ratio"] for one in rows]))
        yield at_most(
            f"beta = {beta:g}, uncertainty 1e-250: e of the theorem, by the proof's bounds", 0.05, rows[-1]["epsilon"]
        )
    trembling = uncertainty_table([(10.0**-k, proofs.nearly_known(10.0**-k)) for k in (50, 150, 300)], tremble=1e-3, step=0.01)
    yield for_all(
        "trembles 0.001, demands in steps of 0.01: the bounds close as e vanishes", np.diff([r["ratio"] for r in trembling])
    )
    costs = [
        nearly_known_bounds(proofs.nearly_known(0), tremble=g, step=s)[0].theorem()
        for g, s in ((1e-3, 1e-1), (1e-4, 1e-2), (1e-7, 1e-5))
    ]
    yield for_all("known surplus: the bounds close as trembles and steps vanish", np.diff([one["ratio"] for one in costs]))
    yield at_most("trembles 1e-7, steps 1e-5: e of the theorem, by the proof's bounds", 0.05, costs[-1]["epsilon"])
    yield for_all("random values, discount factors and beta up to 10: all this again", proofs.random_families(run))
    run.draw("How far payoffs can be from Rubinstein's shares, at most", lambda: proofs.doubts_drawn(tables, trembling))


@row("J12-games", "E", "004, Theorems 3 to 5, equations (3) and (4)",
     "Equilibrium payoffs lie within the bounds of the proofs, in games that can be solved")  # fmt: skip
def bounds_against_games(run: Run) -> Iterator[Line]:
    """A rug worth 10 that costs 2, or with a random doubt 0; random discount factors and trembles, two offers: the equilibria
    that several starts lead to are computed, and the payoffs of the likely type and of Bob are compared with the bounds for
    games of at least this length. The violation is how far a payoff lies outside, in utils. (A surplus of 8 in steps of 1: on
    the grid of Section 5.2, where a step is half the surplus, the bounds say almost nothing.)"""
    outside, gains = [], []
    for _ in range(run.tries(20)):
        doubt, tremble = 10 ** run.rng.uniform(-12, -1), float(run.rng.choice([0.001, 0.01, 0.05]))
        discount = tuple(run.rng.uniform(0.3, 0.95, 2))
        problem = exchange(1, (0, 2), (10,), prior=iid((doubt, 1 - doubt), (1,)), discount=discount)
        tails = trembling_tails([math.log(doubt), -np.inf], [math.log(11)] * 2, tremble, 2)
        bounds = payoff_bounds(8, discount, horizon=2, step=1, tremble=tremble, tails=tails, lowest=(-2, 0), highest=(10, 10))
        tree = game_tree(problem, ItemByItem(), grid=(0, 10, 1), horizon=2, tremble=tremble)
        for found in equilibria(tree, starts=("uniform", int(run.rng.integers(2**31))), ties=("accept", "refuse")):
            got = np.array([found.outcome.payoff[0][1], found.outcome.payoff[1][0]])
            outside.append(max(*(bounds.lower[0] - got), *(got - bounds.upper[0])))
            gains.append(found.gain)
    yield for_all("payoffs at stage 0 lie within the bounds, utils", outside)
    yield at_most("largest gain from deviating in the games solved, share of the surplus", 1e-6, max(gains))


@row("J13", "E", "004, Section 6.1",
     "Menus (k, price of k, price of both), surplus 4 or 10: an efficient equilibrium, beliefs as required")  # fmt: skip
def menus(run: Run) -> Iterator[Line]:
    """The surplus is unknown, 4 or 10, and still nothing is lost. Each proposer names its own category and leaves the other its
    Rubinstein share of whatever the surplus turns out to be: the item alone, or both, at prices that do just that. Gains from
    deviating are bounded exactly, for all menus and all later play; tried on a fine grid of menus; and computed on the tree."""
    found = menu_equilibrium()
    yield equal("surplus by category of the seller and of the buyer", [[10, 4], [4, 10]], found.surplus)
    yield equal("probability of each pair", [[0.25, 0.25], [0.25, 0.25]], found.prior)
    yield equal("surplus lost, by pair, utils", np.zeros((2, 2)), found.lost)
    yield equal("largest gain from deviating of any type at any information set, utils", 0.0, found.largest_gain)
    grid = np.stack(np.meshgrid(*[np.linspace(-5, 15, 201)] * 2, indexing="ij"), axis=-1)
    beliefs = ((0.5, 0.5), (1.0, 0.0), (0.0, 1.0))
    cases = list(itertools.product((0, 1), (0, 1), (0, 1), beliefs))
    gains = [found.value_of(i, k, m, grid, np.array(b)).max() - found.offering[i, k] @ b for i, k, m, b in cases]
    yield for_all(f"none of {grid[..., 0].size * len(cases):,} menus and beliefs gains", gains)
    others = [menu_equilibrium(menu_problem(tuple(d))) for d in run.rng.uniform(0, 0.99, (run.tries(100), 2))]
    yield for_all("the same at random discount factors: gain and loss", [max(o.largest_gain, o.lost.max()) for o in others])
    yield from proofs.menu_tree()
    run.draw(
        "What a menu for the first item earns a seller of costs (0, 8); the equilibrium's is marked",
        lambda: proofs.menu_map(found),
    )


@row("J14", "E", "004, Section 3.4, footnote 11", "If one side makes all the offers, it gets all of the surplus")
def one_side_offers(run: Run) -> Iterator[Line]:
    """Who answers gets nothing by waiting, so it accepts anything. Example 1's rugs, surplus 14: the profile is certified, the
    bounds for all equilibria collapse on the same payoffs, and the simulation plays them; then known surpluses at random."""
    rugs = exchange(prior=matchups(FOUR), discount=(0.9, 0.9))
    for order, paid in (("alice", (14, 0)), ("bob", (0, 14))):
        for rules in (Combinatorial(order=order), ShareDemanding(order=order)):
            found = rubinstein_certificate(rugs, rules)
            yield equal(f"all offers by {order}, {rules.name}: payoffs, utils", paid, found.payoffs)
            yield equal("largest gain from deviating, utils", 0.0, found.largest_gain)
        bounds = payoff_bounds(14, (0.9, 0.9), order=order)
        yield equal("bounds for all equilibria, utils", [paid, paid], [bounds.lower[0], bounds.upper[0]])
        played = simulate(
            rugs, ShareDemanding(order=order), RubinsteinDemand(), RubinsteinDemand(), negotiations=100, seed=run.seed
        )
        yield equal("simulated payoffs, utils", paid, [played.payoffs[k].mean() for k in (0, 1)])
    off = []
    for problem in proofs.known_surpluses(run, run.tries(60)):
        found = rubinstein_certificate(problem, ShareDemanding(order="alice"))
        off.append(max(abs(found.payoffs[0] - problem.surplus.mean), abs(found.payoffs[1]), found.largest_gain))
    yield for_all("random known surpluses: Alice, who makes all offers, gets all", off)


@row("J15", "E", "004, Section 4.4",
     "Theorem 2's outcome also with reopened negotiation, and with utilities that are not additive")  # fmt: skip
def reopened_and_not_additive(run: Run) -> Iterator[Line]:
    """Reopening lets players go on about what is left open after a part has been agreed. Share-demanding offers are still
    there, so the shares are the same. And price tables over whole decisions do not care whether utilities add up over items:
    random utilities of joint decisions with a known surplus are certified, played, and attacked by a search for a price table
    that earns the proposer more."""
    rugs = exchange(prior=matchups(FOUR), discount=(0.9, 0.9))
    for rules in (Combinatorial(reopen=True), ShareDemanding(reopen=True)):
        found = rubinstein_certificate(rugs, rules)
        yield equal(f"{rules.name}, reopened: payoffs, utils", 14 * np.array([1, 0.9]) / 1.9, found.payoffs)
        yield equal("largest gain from deviating, utils", 0.0, found.largest_gain)
        yield equal("Definition 1, shortfall of any demand, utils", 0.0, has_share_demanding_offers(rules, rugs).shortfall)
    off, beaten, tables = [], [], 0
    for _ in range(run.tries(30)):
        problem, chances = proofs.not_additive(run)
        a, b = problem.discount
        shares = problem.surplus.mean * np.array([1 - b, b * (1 - a)]) / (1 - a * b)
        found = rubinstein_certificate(problem, Combinatorial(form="table"))
        played = simulate(problem, Combinatorial(), RubinsteinDemand(), RubinsteinDemand(), negotiations=30, seed=run.seed)
        off.append(
            max(
                found.largest_gain,
                *np.abs(found.payoffs - shares),
                *(np.abs(played.payoffs[k] - shares[k]).max() for k in (0, 1)),
            )
        )
        earned, tried = proofs.best_table(run, problem, chances, shares)
        beaten.append(earned - shares[0])
        tables += tried
    yield for_all("not additive: Rubinstein's shares, certified and played", off)
    yield for_all(f"no price table of a search over {tables:,} earns Alice more", beaten)


@row("J16", "P", "004, Section 1 and footnote 6; Jackson and Sonnenschein (2007)",
     "Announcements with the prior's frequencies: nearly efficient with many items")  # fmt: skip
def linking(run: Run) -> Iterator[Line]:
    """Each player must announce as many items of each type as the prior predicts, the decision is efficient for what was
    announced, and the payment is fixed. With n fair rugs, E|B - n/2| of them must be announced wrongly, B binomial: a share
    that falls as n^(-1/2), and with it the inefficiency. The efficiency is recomputed from this number alone."""
    items = [4, 16, 64, 256, 1024, 4096]
    found = [linking_mechanism(exchange(n)) for n in items]
    lost = np.array([1 - one.efficiency for one in found])
    yield at_least("efficiency with 4,096 items, tending to 1", 0.99, 1 - lost[-1])
    yield for_all("efficiency grows with n", np.diff(lost))
    yield equal(
        "the same efficiencies in closed form, by the binomial's mean deviation", [proofs.linked(n) for n in items], 1 - lost
    )
    rate = fitted_rate(items[2:], lost[2:].tolist())
    yield equal("power of n in the inefficiency, -1/2 in the limit (64 to 4,096 items)", -0.5, rate.exponent, 0.02)
    off = []
    for _ in range(run.tries(30)):
        p, q = run.rng.uniform(0.1, 0.9, 2)
        sizes = [linking_mechanism(exchange(n, prior=iid((p, 1 - p), (q, 1 - q)))) for n in (20, 320)]
        off.append(sizes[1].efficiency - 1 if sizes[1].efficiency > 1 else sizes[0].efficiency - sizes[1].efficiency)
    yield for_all("random priors: closer to 1 with 320 items than with 20", off)
    run.draw(
        "Inefficiency of the linking mechanism against the number of rugs", lambda: proofs.linking_drawn(items, lost, rate)
    )


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
        found.append((second_best(rug), *by_hand.best_by_hand(c1, v1, c2, v2, f, g)))
    yield for_all("second best less its closed form, utils", [abs(s.surplus - best) for s, best, _ in found])
    lossless = [(s.first_best - s.surplus, rents) for s, _, rents in found]
    yield for_all("efficient though the rents cannot be paid, or the reverse: rents unpaid, utils",
                  [abs(rents) if (loss > 1e-7) != (rents > 0) else 0.0 for loss, rents in lossless])  # fmt: skip
    rug_by_hand = by_hand.best_by_hand(0, 2, 8, 10, 0.5, 0.5)
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
        reports = [check_automaton(by_hand.late_trade(float(e), d, stages, step)) for e in doubts]
        rules = [(r.beliefs.on_path, r.beliefs.off_path, r.beliefs.outside_prior, r.beliefs.revived) for r in reports]
        far = [r.beliefs.distance[-1].size for r in reports]
        yield for_all(f"{case}: gain at any state, utils", [r.largest_gain for r in reports], EXACT)
        yield for_all(f"{case}: beliefs less Bayes' rule", [max(b.size for b in found) for found in rules], EXACT)
        yield for_all(f"{case}: beliefs less those of vanishing trembles, in 8 stages", far, 1e-5)
        yield at_least(f"{case}: share of the surplus lost", 0.2, min(map(by_hand.share_lost, reports, doubts)), EXACT)
    run.draw(
        "Five stages without agreement at delta 0.95.",
        lambda: by_hand.courses_drawn(e_is_1_percent=by_hand.late_trade(0.01, 0.95, 5, 0.1)),
    )
    for step in (0.1, 0.05):
        late = check_automaton(by_hand.late_trade(1e-6, 0.8, 1, step)).outcome.payoff[0][1]
        least = payoff_bounds(2.0, (0.8, 0.8), step=step).lower[0, 0]
        yield at_least(f"cost 8 known, steps of {step}: Alice's least payoff less the delay's, utils", 0, least - late)


@row("J23", "P", "004, Sections 2.1, 2.3", "With many items the surplus is nearly known, though not what to trade")
def nearly_known_by_number(run: Run) -> Iterator[Line]:
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
        "both can have 4 with a 'reasonable and high probability': of all pairs of rankings", 0.5, by_hand.both_have(20, splits)
    )
    run.draw(
        "How likely it is that both can have an average rank, with independent rankings.", lambda: by_hand.ranks_drawn(splits)
    )


@row("J25", "P", "004, Section 2.1", "A mechanism made for one prior is played otherwise under another")
def other_probabilities(run: Run) -> Iterator[Line]:
    """The second best of J1 leaves a seller of cost 0 indifferent between the truth and claiming 8. If Bob's value is 10 a
    little more often than 1/2 she claims 8. All equilibria in pure announcements are listed, and the surplus of the best one is
    far below 10/3, though the second best itself hardly moved. The paper says that outcomes "might" be very different, and they
    need not be: if Bob claims 2 just so often that she stays indifferent, that is an equilibrium too, and little is lost."""
    for more in (1e-3, 1e-6):
        exact = second_best(exchange(1, prior=iid((0.5, 0.5), (0.5 - more, 0.5 + more)))).surplus
        played, change = by_hand.announced(0.5 + more), f"P(value 10) = 0.5 + {more:g}"
        yield equal(f"{change}: truth is an equilibrium of the old mechanism", "no", (0, 1, 0, 1) in played)
        lost = exact - max(played.values())
        yield at_least(f"{change}: second best less the old mechanism's best pure equilibrium, utils", 0.5, lost)
        regret, surplus = by_hand.mixed_announcements(0.5 + more)
        yield equal(f"{change}: regret where value 10 sometimes claims 2, utils", 0, regret, EXACT)
        yield at_most(f"{change}: second best less the surplus of that equilibrium, utils", 10 * more, exact - surplus)
    played = by_hand.announced(0.5)
    yield equal("P(value 10) = 0.5: truth is an equilibrium, and its surplus, utils", 10 / 3, played[0, 1, 0, 1])


not_computable(
    "J26", "E", "004, Section 1", "Strikes are rare: they idle at most half a percent of working days in any year",
    paper="jackson", why="Kennan's data on strikes, quoted as a motivation; nothing in the model computes them.",
)  # fmt: skip
not_computable(
    "J27", "E", "004, Section 3.1", "Approximate efficiency can be reached without transfers if there are many items",
    paper="jackson", why="Announced for later (\"below we show\"), but this draft neither states nor proves it.",
)  # fmt: skip


@row("J31", "E", "004, Appendix A, Lemma 1", "A posterior is at most the prior over the least probability of the action")
def lemma_1(run: Run) -> Iterator[Line]:
    """However the types act, an event's probability cannot grow by more than a factor 1 / gamma if every type takes the action
    with probability gamma or more. Tried on random types, events and behaviour; attacked by a search over priors, behaviour and
    gamma for the largest excess; and at every move of random trembling profiles of a real game. The bound in odds,
    p / (p + gamma (1 - p)), is what the worst behaviour attains."""
    excess = []
    for _ in range(run.tries(2000)):
        belief = run.rng.dirichlet(np.full(run.rng.integers(2, 7), 0.5))
        gamma, event = 10 ** run.rng.uniform(-4, 0), run.rng.random(len(belief)) < 0.5
        after = update(belief, gamma + (1 - gamma) * run.rng.random(len(belief)) ** 3)
        excess.append(after[event].sum() - min(1.0, float(posterior_bound(min(1.0, belief[event].sum()), gamma))))
    yield for_all("random types, events and behaviour", excess)

    def least_slack(x: Floats) -> float:  # logarithms of prior and gamma, then the types' probabilities of the action
        p, gamma = 10 ** x[0], 10 ** x[1]
        posterior = update((p, 1 - p), gamma + (1 - gamma) * x[2:])[0]
        return float(p / gamma - posterior)

    limits = [(-6, -0.01), (-4, 0), (0, 1), (0, 1)]
    found = differential_evolution(least_slack, limits, maxiter=100, popsize=20, seed=run.rng, polish=False)
    yield at_most(f"largest posterior less bound of a search ({found.nfev:,} evaluations)", 0.0, 0.0 - found.fun, 1e-12)
    p, gamma = 0.001, 0.01
    yield equal(
        "the bound in odds is attained by the worst behaviour",
        update((p, 1 - p), (1, gamma))[0],
        float(posterior_bound(p, gamma, sharp=True)),
    )
    tree = game_tree(proofs.doubtful_rug(0.3), ItemByItem(), grid=(0, 10, 2), horizon=2, tremble=0.1)
    rates = []
    for _ in range(run.tries(50)):
        random = [
            run.rng.dirichlet(np.full(layer.actions, 0.2), (layer.count, len(tree.types[layer.player])))
            for layer in tree.layers
        ]
        mixed = [0.9 * r.transpose(0, 2, 1) + 0.1 / r.shape[2] for r in random]
        rates.append(proofs.checked(tree, mixed).updating_rate - 6 / 0.1)
    yield for_all("at every history of random trembling profiles (6 prices, trembles 0.1): factor less 60", rates)


@row("J32", "E", "004, Section 5.3.1",
     "Example 3's rug with trembles and little doubt: equilibria, among them trade at 9 at once")  # fmt: skip
def trembling_rug(run: Run) -> Iterator[Line]:
    """The game of Example 3 with trembles, cut after two offers, cost 0 with probability 0.001: equilibria from several starts,
    some drawn anew, and all rules for ties, each with a gain below 1e-6 at every information set, reached or not. Trade at 9 at
    once is among them. Others trade at 8, at stage 1: the game ends there, so Bob has a power that a longer game would not
    give him. What holds for all equilibria is in J10 and J12-games."""
    for tremble in (0.11, 0.01, 0.001):
        yield from proofs.trembling_lines(run, tremble, horizon=2)


@row("J32-3", "E", "004, Section 5.3.1", "The same with three offers", slow=True)
def trembling_rug_three_offers(run: Run) -> Iterator[Line]:
    """J32 with a third offer, Alice's, after which it is she who has the power of the last word. With trembles of 0.11 some
    equilibria delay to it, though doubt is small: such trembles are not."""
    for tremble in (0.11, 0.01, 0.001):
        yield from proofs.trembling_lines(run, tremble, horizon=3)


@row("J33", "E", "004, Theorem 3 and its proof, steps 3 and 4; footnote 26",
     "For any e there are small trembles and a number of items from which on the theorem's statement holds")  # fmt: skip
def from_how_many_items(run: Run) -> Iterator[Line]:
    """The proof, evaluated: the largest tremble for a given e, and the number of rugs from which on every exchangeable
    equilibrium agrees at once, efficiently, with payoffs within 1 -+ e of Rubinstein's. The numbers are large, as the proof
    lets beliefs run at full speed; J11 shows that far fewer items do. Along gamma = 1 / n and d = (2 T log(n) / n)^(1/2) the
    bounds close almost as n^(-1/2)."""
    game = dict[str, Any](upper="average type", lowest=(0.0, 0.0), highest=(10.0, 10.0))
    for e in (0.2, 0.1):
        gamma = 0.25 * tremble_bound(e, 3.5, (0.9, 0.9), **game)
        found = items_needed(RUGS, e, gamma)
        yield at_most(f"e of the theorem with {found.items:.3g} rugs, trembles {gamma:.1e}", e, found.reached)
        more = [
            frequency_bounds(RUGS, found.items * f, gamma, stages=found.stages, distance=found.distance) for f in (1.5, 10, 1e3)
        ]
        yield for_all("and with more rugs", [one.theorem()["epsilon"] - e for one in more])
    items, stages = np.array([1e10, 1e11, 1e12, 1e13, 1e14]), 120
    widths = [proofs.width(n, stages) for n in items]
    rate = fitted_rate(items.tolist(), widths)
    yield equal("power of n in the width of the bounds, -1/2 up to a logarithm", -0.5, rate.exponent, 0.05)
    sizes = [float(np.log(Frequency().message_size(exchange(n)) * (10 * n + 1))) for n in (1000, 4000)]
    yield equal(
        "offers of the frequency protocol grow as n to this power, two types", 2.0, float(np.diff(sizes)[0] / np.log(4)), 0.01
    )
    run.draw("Bounds on payoffs per item in all exchangeable equilibria, trembles 1 / n", lambda: proofs.bounds_drawn(stages))


@row("J34", "E", "004, proof of Theorem 3, Phase 2",
     "Whoever offered lists its types truthfully in Phase 2, and the recipient trades all that is worth trading")  # fmt: skip
def second_phase(run: Run) -> Iterator[Line]:
    """In Phase 2 the offerer lists its costs, bound to the frequency it quoted; the recipient then trades every item it values
    above the cost listed and pays the demand and the costs listed. Items look alike to the offerer, so a list is worth the
    sum of q(listed) (listed - true), q falling: by rearrangement the truth is best. Every list of the same frequency is tried
    against every type of the recipient."""
    gains = []
    for _ in range(run.tries(200)):
        n, kinds = int(run.rng.integers(2, 5)), int(run.rng.integers(2, 4))
        costs, values = (np.sort(run.rng.choice(12, kinds, replace=False)) + [0, 0.5][i] for i in (0, 1))
        values[-1] += 12  # something is worth trading
        prior = iid((1 / kinds,) * kinds, run.rng.dirichlet(np.ones(kinds)))
        problem = exchange(n, costs.tolist(), values.tolist(), prior=prior)
        gains.append(proofs.gain_from_lists(problem, run.rng.integers(kinds, size=n)))
    yield for_all("no list of the frequency quoted earns more than the truth, utils", gains)
    yield for_all(
        "|E S - mean| < 2 d S_max for typical frequencies, two types each (equation (2))", proofs.typical_surplus(run, 2)
    )


@row("J-slips", "E", "004, Sections 4.4 and 5.3, Appendix A", "Where the print is wrong, and what it should be")
def slips(run: Run) -> Iterator[Line]:
    """The proofs' conclusions stand, but some of their lines do not as printed. Each is computed here twice: by the program,
    and by a closed form, another solver or a game solved for the purpose."""
    yield from proofs.theorem_2_slips()
    yield from proofs.theorem_3_slips()
    yield from proofs.security_slip()
    yield proofs.surplus_of_seven()
    yield from proofs.example_4_slip()
    yield from proofs.proposition_1_slips()
    yield from proofs.rate_slip()
    yield from proofs.theorem_4_slips()


not_computable(
    "J35", "E", "004, Theorems 3, 4 and 5, first statements", "There are equilibria of the infinite games",
    paper="jackson",
    why="""Existence by continuity at infinity. What can be computed are equilibria of games cut after some offers (J12-games,
    J32), and approximate ones without a horizon, with the gain that they leave (J10, J11).""",
)  # fmt: skip
not_computable(
    "J36", "E", "004, end of Section 5.3.2", "Theorem 3 is conjectured for equilibria that are not exchangeable",
    paper="jackson",
    why="""A conjecture about all equilibria in type spaces that grow exponentially; the paper has neither proof nor
    counterexample, and no finite search would decide it.""",
)  # fmt: skip
not_computable(
    "J37", "E", "004, Section 6.1", "With a refinement, all equilibria of the menu negotiation are efficient and divide alike",
    paper="jackson",
    why="""Stated without proof, for a continuum of menus and all equilibria; we construct one (J13) and know of no bound that
    excludes others.""",
)  # fmt: skip
