"""Second computations and pictures for the rows of file 004: closed forms, enumerations, searches."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog

from agents import RubinsteinDemand
from experiments.reproduce.lines import Line, at_most, equal, for_all
from experiments.reproduce.rows import Run
from negotiation import Grid, Problem, exchange, from_tables, iid, matchups, simulate, table
from negotiation.bargaining import rubinstein_price, rubinstein_shares
from negotiation.equilibrium import (
    Automaton,
    AutomatonReport,
    PriceState,
    RubinsteinCertificate,
    check_automaton,
    efficiency_gap,
    payoff_bounds,
    price_automaton,
    rubinstein_certificate,
    separate_sale,
)
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FOUR = [(0, 2), (0, 10), (8, 2), (8, 10)]  # Example 1: each matchup once

TWO = [(0, 2), (0, 10)]  # Example 2

RUG = np.array([[5 / 6, 1], [0, 5 / 6]]), np.array([[2, 5], [8, 8]])  # Section 2.1: q and p; rows cost, columns value

EXACT = 1e-9


def shares(surplus: float, da: float, db: float) -> np.ndarray:
    """Theorem 1's formulas, utils."""
    return surplus * np.array([1 - db, db * (1 - da)]) / (1 - da * db)


def four_rugs(d: float = 0.9) -> Problem:
    return exchange(prior=matchups(FOUR), discount=(float(d), float(d)), name="Example 1")


def two_rugs(d: float) -> Problem:
    return exchange(2, (0,), (2, 10), prior=matchups(TWO), discount=(float(d), float(d)), name="Example 2")


def furthest(payoffs: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Of the payoffs (2, negotiations) each player's furthest from what is expected (2,)."""
    at = np.abs(payoffs - expected[:, None]).argmax(axis=1)
    return payoffs[[0, 1], at]


def margin() -> float:
    """The paper's table for one rug, constraint by constraint: the least that honesty gains over a lie or staying away."""
    q, p = RUG
    margins = []
    for true, said in itertools.product((0, 1), repeat=2):
        seller = [float(np.mean(q[k] * (p[k] - (0, 8)[true]))) for k in (true, said)]
        buyer = [float(np.mean(q[:, k] * ((2, 10)[true] - p[:, k]))) for k in (true, said)]
        for honest, lie in (seller, buyer):
            margins += [honest - lie, honest]
    return min(margins)


def rug_table(q: np.ndarray, paid: np.ndarray) -> "Axes":
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


def bobs_lies() -> tuple[float, float]:
    """Bob's best gain from lying at price 15, by hand over all his values and announcements: against an honest Alice of a state
    that is possible, and against any announcement of hers."""
    buyer, seller = (sorted(set(itertools.permutations(v))) for v in ((2, 2, 10, 10), (0, 0, 8, 8)))
    possible, anything = [0.0], [0.0]
    for true, said, alice in itertools.product(buyer, buyer, seller):
        gain = bobs_value(true, said, alice) - bobs_value(true, true, alice)
        anything.append(gain)
        if sorted(zip(alice, true, strict=True)) == sorted(FOUR):
            possible.append(gain)
    return max(possible), max(anything)


def bobs_value(true: Sequence[float], said: Sequence[float], alice: Sequence[float]) -> float:
    """What the rugs are worth to Bob that trade by these announcements."""
    return sum(v for v, b, a in zip(true, said, alice, strict=True) if b > a)


def item_by_item_gains(run: Run) -> Iterator[Line]:
    """The proof's deviation against random efficient profiles, at random discount factors."""
    gaps, short, least = [], [], []
    for _ in range(run.tries(200)):
        d = float(run.rng.uniform(0, 0.999))
        prices = (*run.rng.uniform(-5, 2, 2), *run.rng.uniform(2, 10, 2))
        gap = efficiency_gap(four_rugs(d), prices, shade=(1 - d) / 100)
        gaps.append(gap.responses[0].buyer - max(r.buyer for r in gap.responses))
        short.append(-gap.gain)
        least.append(abs(gap.supremum - 12 / (1 + d)))
    yield for_all("(2) Alice gains by leaving an efficient profile: by how much she does not, utils", short, 0.0)
    yield for_all("(2) what she can come close to by that, less 12/(1 + delta), utils", least)
    yield for_all("(2) Bob's best reply is to take the better rug of each pair; what it lacks, utils", [abs(g) for g in gaps])
    gap = efficiency_gap(four_rugs(), shade=1e-9)
    yield equal("(2) the least gain over all efficient profiles at delta 0.9, utils", 12 / 1.9 - 6, gap.gain)


def bundle_lines(rugs: Problem, seed: int) -> Iterator[Line]:
    """Offers for bundles: what is certified, and what is played."""
    formula, who = shares(14, 0.9, 0.9), RubinsteinDemand()
    for protocol in (Combinatorial(), ShareDemanding()):
        found, name = rubinstein_certificate(rugs, protocol), f"(3) {protocol.name}"
        yield equal(f"{name}: certified payoffs at delta 0.9 (by Theorem 1's formulas), utils", formula, found.payoffs)
        yield at_most(f"{name}: no deviation gains more than, utils", 0, found.largest_gain, EXACT)
        played = simulate(rugs, protocol, who, who, negotiations=500, seed=seed)
        yield equal(f"{name}, played: share of agreements at stage 0", 1, float((played.stage == 0).mean()))
        yield equal(f"{name}, played: payoffs that are furthest from it, utils", formula, furthest(played.payoffs, formula))


def bundle(rugs: Problem) -> list[float]:
    """Cost and value of the efficient trades, the price half-way; the same in every state."""
    found = set()
    for alice, bob in rugs.prior.support().types:
        cost, value = np.array(rugs.types[0])[alice], np.array(rugs.types[1])[bob]
        trade = value > cost
        found.add((float(cost[trade].sum()), float(value[trade].sum())))
    ((cost, value),) = found
    return [cost, value, (cost + value) / 2]


def payoffs_of_protocols(rugs: Problem, run: Run) -> "Axes":
    from negotiation.plots.compare import payoffs

    rules = (ItemByItem(), ShareDemanding(), Combinatorial())
    who = RubinsteinDemand()  # a rule of thumb item by item, the equilibrium with bundles
    return payoffs({p.name: simulate(rugs, p, who, who, negotiations=600, seed=run.seed) for p in rules}, rugs)


def chores_by_hand(paid: float) -> float:
    """The expected surplus of one chore if both announce their competence, the efficient workers work, and the incompetent pays
    the competent one who works alone; nan if a type gains by lying or by staying away. Work of an incompetent worker fails and
    costs nobody anything: that is when lying is cheapest. The other worker is competent with 1/2."""
    competent = {"honest": ((6 - 1) + (6 - 10 + paid)) / 2, "lie": ((6 - paid) + 0) / 2}  # the other is competent, is not
    incompetent = {"honest": ((6 - paid) + 0) / 2, "lie": (0 + paid) / 2}
    fine = all(t["honest"] >= max(t["lie"], 0) for t in (competent, incompetent))
    return competent["honest"] + incompetent["honest"] if fine else math.nan  # of two players, each type with 1/2


def chores_without_regret(cost: float) -> float:
    """The largest expected surplus of one chore if nobody may lose in any state and the truth pays on average; an incompetent
    worker who is asked to work bears ``cost`` and completes nothing. A linear program over lotteries and transfers."""
    pairs = list(itertools.product((0, 1), repeat=2))  # competence of Alice and of Bob; pair k has variables 5 k, ..., 5 k + 4

    def gains(player: int, own: int, other: int, own_said: int) -> np.ndarray:
        """Of one's own payoff in the state where the other tells the truth: coefficients of the 20 variables."""
        both = 5.0 if own and other else float(own - 1) * cost
        alone, idle = (-4.0 if own else -cost), 6.0 * other
        out = np.zeros(20)
        at = 5 * pairs.index((own_said, other) if player == 0 else (other, own_said))
        works = (alone, idle) if player == 0 else (idle, alone)
        out[at : at + 5] = *works, both, 0, 1 - 2 * player  # Alice works, Bob works, both, nobody; the transfer to Alice
        return out

    rows = [-gains(i, own, other, own) for i in (0, 1) for own, other in pairs]
    rows += [sum(gains(i, own, o, 1 - own) - gains(i, own, o, own) for o in (0, 1)) for i in (0, 1) for own in (0, 1)]
    surplus = sum(gains(0, a, b, a) + gains(1, b, a, b) for a, b in pairs) / 4
    one = np.kron(np.eye(4), (1, 1, 1, 1, 0))
    limits = [(0, 1) if k % 5 < 4 else (None, None) for k in range(20)]
    return -float(linprog(-surplus, rows, np.zeros(len(rows)), one, np.ones(4), limits).fun)


def known_surplus(run: Run) -> Problem:
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


def theorem_1(problem: Problem, seed: int) -> list[float]:
    """Violations, as shares of the surplus: certified payoffs, gains, payoffs played, agreements later than 0, bounds."""
    surplus = problem.surplus.mean
    expected, who = shares(surplus, *problem.discount), RubinsteinDemand()
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


def search(run: Run) -> tuple[float, int]:
    """Local search for a counterexample: from random problems, discount factors and prior are moved to where the violation is
    larger, also to the ends of the range. The largest violation, and how many problems were tried."""
    worst, tried = 0.0, 0
    for _ in range(run.tries(10)):
        problem = known_surplus(run)
        best = -1.0
        for step in (0.5, 0.3, 0.1, 0.03, 0.01):
            moved = np.clip(np.array(problem.discount) + run.rng.normal(scale=step, size=2), 0, 0.99)
            types, p = problem.prior.support()
            p = p * np.exp(10 * run.rng.normal(scale=step, size=len(p)))
            rows = [(*pair.tolist(), weight) for pair, weight in zip(types, (p / p.sum()).tolist(), strict=True)]
            candidate = replace(problem, discount=(float(moved[0]), float(moved[1])), prior=table(rows))
            found = max(theorem_1(candidate, run.seed))
            tried += 1
            if found > best:
                problem, best = candidate, found
        worst = max(worst, best)
    return worst, tried


def price_tables(run: Run) -> tuple[float, int]:
    """What a proposer gains at most by another price table than the profile's, in Example 1 with random discount factors, and
    how many tables were tried: hill climbing over the 16 prices, from the profile's own table and from random ones."""
    best, tried = -np.inf, 0
    for player in (0, 1):
        discount = (float(run.rng.uniform(0.05, 0.95)), float(run.rng.uniform(0.05, 0.95)))
        problem = exchange(prior=matchups(FOUR), discount=discount)
        found = rubinstein_certificate(problem, Combinatorial(form="table"))
        at = np.concatenate([np.full((1, 16), found.offering[player]), run.rng.uniform(-5, 15, (63, 16))])
        earned = earned_by_tables(problem, found, player, at)
        for scale in np.geomspace(5, 1e-3, run.tries(200)):
            moved = at + scale * run.rng.normal(size=at.shape) * (run.rng.random(at.shape) < 0.3)
            now = earned_by_tables(problem, found, player, moved)
            better = now > earned
            at, earned = np.where(better[:, None], moved, at), np.where(better, now, earned)
            tried += len(at)
        best = max(best, float(earned.max() - found.offering[player]))
    return best, tried


def earned_by_tables(problem: Problem, found: RubinsteinCertificate, player: int, demands: np.ndarray) -> np.ndarray:
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


def shares_drawn(run: Run) -> "Axes":
    from negotiation.plots.style import DASHES, MARKERS, PALETTE, axes, legend_below

    ax, who = axes(None), RubinsteinDemand()
    patience = np.linspace(0, 0.99, 100)
    for k, db in enumerate((0.3, 0.6, 0.9)):
        ax.plot(patience, [shares(1, da, db)[0] for da in patience], DASHES[k], color=PALETTE[k], label=f"Bob's factor {db}")
        for da in np.linspace(0.05, 0.95, 7):
            problem = replace(known_surplus(run), discount=(float(da), db))
            played = simulate(problem, ShareDemanding(), who, who, negotiations=20, seed=run.seed)
            ax.plot([da], [played.payoffs[0].mean() / problem.surplus.mean], MARKERS[k], color=PALETTE[k])
    ax.set_xlabel("Alice's discount factor, per stage")
    ax.set_ylabel("Alice's share of the surplus")
    ax.set_ylim(0, 1.03)
    ax.grid(axis="y")
    legend_below(ax, columns=3)
    return ax


def footnote_15(run: Run, rugs: Problem) -> list[float]:
    """Random types and demands: prices of all 16 bundles less the costs in them and the demand, the largest, utils."""
    every, found = np.array(list(itertools.product((0, 1), repeat=4))), []
    for _ in range(run.tries(100)):
        types, v = run.rng.integers(2, size=4), float(run.rng.uniform(0, 14))
        offer = Combinatorial(form="table").share_demanding_offer(rugs, 0, types, v)
        assert offer is not None
        found.append(np.abs(offer.p[0] - (every @ np.array(rugs.types[0])[types] + v)).max())
    return found


def frequencies() -> Iterator[tuple[int, int, int, int]]:
    """(items, types, frequencies as the protocol counts them, frequencies listed) for up to 8 items and 2 to 4 types."""
    for n, kinds in itertools.product(range(1, 9), (2, 3, 4)):
        problem = exchange(n, range(kinds), range(1, kinds + 1))
        listed = {tuple(sorted(types)) for types in itertools.product(range(kinds), repeat=n)}
        yield n, kinds, Frequency().message_size(problem), len(listed)


def digits_needed(n: int, values: int = 101) -> dict[str, float]:
    """Decimal digits that name one offer for n rugs (two types), if a price or demand has so many values."""
    digit = math.log10(values)
    rugs = exchange(n)
    return {
        "combinatorial": Combinatorial().message_size(rugs) * digit,
        "item-by-item": ItemByItem().message_size(rugs) * digit,
        "share-demanding": (ShareDemanding().message_size(rugs) - 1) * math.log10(2) + digit,
        "frequency": math.log10(Frequency().message_size(rugs)) + digit,
    }


def sizes_drawn() -> "Axes":
    from negotiation.plots.style import axes, legend_below, looks

    ax, n = axes(None), list(range(1, 41))
    sizes = [digits_needed(k) for k in n]
    for name, look in looks(list(sizes[0])).items():
        ax.semilogy(n, [s[name] for s in sizes], color=look.colour, marker=look.marker, markevery=6, label=name)
    ax.set_xlabel("number of rugs n")
    ax.set_ylabel("digits in an offer")
    ax.grid(axis="y")
    legend_below(ax)
    return ax


def one_type_best(d: float) -> float:
    """The most Alice earns with prices p1 > 2 for a rug and p2 <= 2 for the other, by trying prices. A buyer who values the
    first at 10 takes both, if that is no worse than to take the second alone and then buy the first at what a buyer who values
    it at 2 pays; a buyer who values the second at 10 takes it alone and buys the first a stage later."""
    later = rubinstein_price(0, 2, (d, d), first=1)
    dear, cheap = np.linspace(2, 10, 8001), 2.0
    honest = 10 - dear >= d * (10 - later) - EXACT
    earned = (dear + cheap) / 2 + (cheap + d * later) / 2
    return float(earned[honest].max())


def sales_drawn() -> "Axes":
    from negotiation.plots.style import BLUE, GREEN, GREY, VERMILION, axes, legend_below

    ax, deltas = axes(None, height=3.4), np.linspace(0, 0.99, 100)
    sales = [separate_sale(two_rugs(d)) for d in deltas]
    ax.plot(deltas, [s.seller for s in sales], color=VERMILION, label="secured by screening")
    ax.plot(deltas, [s.one_type for s in sales], color=BLUE, linestyle="--", label="both now, one type: at most")
    ax.plot(deltas, [s.at_once for s in sales], color=GREEN, linestyle="-.", label="both now, both types: at most")
    bundled = [shares(12, d, d)[0] for d in deltas]
    ax.plot(deltas, bundled, color=GREY, linestyle=":", label="with bundles: share of 12")
    ax.set_xlabel("discount factor delta, per stage")
    ax.set_ylabel("Alice's payoff (time-0 utils)")
    ax.set_ylim(0, 12.4)
    ax.grid(axis="y")
    legend_below(ax)
    return ax


SURE = ((1.0,), (1.0,))  # types are known


def naming(price: float, cost: float = 8, name: str = "") -> list[PriceState]:
    """Both always name this price, and take what is no worse than getting it a stage later; delta 0.8, value 10."""
    seller, buyer = f"{name or price} seller", f"{name or price} buyer"
    return [
        PriceState(seller, 0, SURE, (price,), lambda p: (10 - p >= 0.8 * (10 - price) - EXACT,), lambda p: buyer),
        PriceState(buyer, 1, SURE, (price,), lambda p: (p - cost >= 0.8 * (price - cost) - EXACT,), lambda p: seller),
    ]


def cost_8() -> Problem:
    return exchange(1, (8,), (10,), discount=(0.8, 0.8), name="cost 8 meets value 10")


def always(price: float) -> Automaton:
    """Cost 8 meets value 10 at this price for ever, on the grid 0..10."""
    return price_automaton(cost_8(), Grid(0, 10, 1), naming(price), name=f"always {price:g}")


def delay_with_known_cost() -> Automaton:
    """Alice asks 10, is refused, and Bob offers 9; any other first price, if refused, leads to 8 for ever."""
    opening = PriceState("opening", 0, SURE, (10,), lambda p: (p <= 8,), lambda p: "9 buyer" if p == 10 else "8 buyer")
    return price_automaton(cost_8(), Grid(0, 10, 1), [opening, *naming(9), *naming(8)], name="delay with cost 8")


def always_by_hand() -> list[int]:
    """The prices p for which one step more is refused by Bob and one step less by Alice, who both expect p a stage later, and
    nobody loses by p."""
    bob = [10 - (p + 1) < 0.8 * (10 - p) or p == 10 for p in range(11)]
    alice = [(p - 1) - 8 < 0.8 * (p - 8) for p in range(11)]
    return [p for p in range(8, 11) if bob[p] and alice[p]]


def share_lost(report: AutomatonReport, e: float) -> float:
    """The share of the expected surplus that Example 3's profile loses; ``e``: probability of cost 0."""
    alice, bob = report.outcome.payoff
    return 1 - float(e * alice[0] + (1 - e) * alice[1] + bob[0]) / (2 + 8 * e)


def courses_drawn(**profiles: Automaton) -> "Axes":
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


def best_by_hand(c1: float, v1: float, c2: float, v2: float, f: float, g: float) -> tuple[float, float]:
    """(second best, rents that efficient trade cannot pay), utils; f = P(cost c1), g = P(value v2), c1 < v1 < c2 < v2.

    If (c1, v1) and (c2, v2) trade with probabilities x and y, and (c1, v2) always, they cost the rents
    f g ((v2 - v1) x + (c2 - c1) y). All is linear in x and y, so a corner of what the surplus can pay is best."""
    sure, left, right = f * g * (v2 - c1), f * (1 - g) * (v1 - c1), (1 - f) * g * (v2 - c2)
    a, b = left - f * g * (v2 - v1), right - f * g * (c2 - c1)  # what is left after rents, for each of x and y
    corners = [(x, y) for x in (0.0, 1.0) for y in (0.0, 1.0)]
    corners += [(x, (-sure - a * x) / b) for x in (0.0, 1.0) if b] + [((-sure - b * y) / a, y) for y in (0.0, 1.0) if a]
    fine = [(x, y) for x, y in corners if 0 <= x <= 1 and 0 <= y <= 1 and sure + a * x + b * y >= -1e-12]
    return max(sure + left * x + right * y for x, y in fine), -(sure + a + b)


def known_prices(cost: float, d: float, grid: Grid) -> tuple[float, float]:
    """(ask, bid): cost meets value 10, prices on a grid, each the best for who names it that the other accepts."""
    bid = rubinstein_price(cost, 10, (d, d), first=1)
    while True:
        up = float(grid.ceil(np.array([bid]))[0])
        ask = float(grid.floor(np.array([10 - d * (10 - up)]))[0])
        bid = cost + d * (ask - cost)
        if float(grid.ceil(np.array([bid]))[0]) == up:
            return round(ask, 12), round(up, 12)


def late_trade(e: float, d: float, stages: int, step: float) -> Automaton:
    """Cost 0 with probability e, else 8, value 10: no agreement for an odd number of ``stages``, then one at the highest price
    that Bob would rather wait for than settle at once as if the cost were 8."""
    grid, prior = Grid(0, 10, step), ((e, 1 - e), (1.0,))
    (weak_ask, weak_bid), (ask, bid) = known_prices(0, d, grid), known_prices(8, d, grid)
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


def both_have(most: int, splits: np.ndarray) -> float:
    """The share of pairs of rankings of ten tasks with a split that gives both five tasks of ranks that sum to ``most`` at
    most. Alice's ranking is 1..10; all of Bob's are listed, those that rank her first task alike together."""
    mine = splits[splits @ np.arange(1, 11) <= most]
    his = (~mine).astype(np.float32)
    orders = all_orders(9)
    found = 0
    for first in range(1, 11):
        ranks = np.setdiff1d(np.arange(1, 11), first).astype(np.float32)[orders]
        found += int((ranks @ his[:, 1:].T + first * his[:, 0] <= most).any(axis=1).sum())
    return found / math.factorial(10)


def all_orders(n: int) -> np.ndarray:
    """All orders of 0..n-1, (n!, n)."""
    if n == 1:
        return np.zeros((1, 1), dtype=np.int8)
    shorter = all_orders(n - 1)
    return np.concatenate([np.insert(shorter, k, n - 1, axis=1) for k in range(n)])


def ranks_drawn(splits: np.ndarray) -> "Axes":
    from negotiation.plots.style import BLUE, INK, axes

    ax, totals = axes(None), range(15, 28)
    ax.plot([t / 5 for t in totals], [both_have(t, splits) for t in totals], color=BLUE, marker="o")
    ax.axvline(4, color=INK, linewidth=0.8, linestyle="--")
    ax.annotate("asked for", (4, 0.05), (4, 0), textcoords="offset points")
    ax.set_xlabel("average rank that both must have at most")
    ax.set_ylabel("probability that both can")
    ax.set_ylim(0, 1.03)
    ax.grid(axis="y")
    return ax


def announced(often: float) -> dict[tuple[int, ...], float]:
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


def mixed_announcements(often: float) -> tuple[float, float]:
    """(largest regret of a type, surplus) in utils in the paper's mechanism for one rug, if P(value 10) = ``often`` > 1/2,
    Alice tells the truth, and Bob announces 10 with probability 1/2 in all: value 10 claims 2 otherwise."""
    q, p = RUG
    costs, values, f, g = np.array([0, 8]), np.array([2, 10]), np.array([0.5, 0.5]), np.array([1 - often, often])
    bob = np.array([[1, 0], [1 - 0.5 / often, 0.5 / often]])  # (true, announced)
    earned = ((p - costs[:, None, None]) * q) @ (g @ bob)  # (true, announced)
    gained = np.einsum("a,ab,tab->tb", f, q, values[:, None, None] - p)
    regret = max((earned.max(axis=1) - np.diag(earned)).max(), (gained.max(axis=1) - (bob * gained).sum(axis=1)).max())
    return float(regret), float(np.einsum("a,t,tb,ab,ta->", f, g, bob, q, values[:, None] - costs))
