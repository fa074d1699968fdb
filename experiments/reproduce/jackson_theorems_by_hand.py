"""Second computations and pictures for the theorems of file 004: proofs evaluated, games solved, closed forms."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.optimize import brentq, linprog
from scipy.special import lambertw
from scipy.stats import binom

from experiments.reproduce.lines import Line, at_least, at_most, equal, for_all, slip
from experiments.reproduce.rows import Run
from negotiation import Problem, exchange, iid, matchups, table, whole_decisions
from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium import (
    PriceState,
    Report,
    check,
    check_automaton,
    equilibria,
    example_3_delay,
    frequency_bounds,
    game_tree,
    has_share_demanding_offers,
    menu_assessment,
    menu_equilibrium,
    menu_problem,
    payoff_bounds,
    posterior_bound,
    price_automaton,
    solve_tree,
    tremble_bound,
    uncertainty_table,
    updating_rate,
)
from negotiation.equilibrium.updating import bounded_tails, iotas, trembling_tails
from negotiation.plots.style import BLUE, DASHES, GREY, HEIGHT, MARKERS, PALETTE, VERMILION, WIDTH, axes, legend_below
from negotiation.plots.theorems import inefficiency
from negotiation.protocol import Grid
from protocols import ItemByItem, Menu

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

    from negotiation.equilibrium import GameTree, MenuEquilibrium, Rate, TreeSolution
    from negotiation.equilibrium.trees import Profile

Floats = NDArray[np.float64]

Pair = tuple[float, float]

RUGS = exchange(4, prior=iid(), discount=(0.9, 0.9))


def doubtful_rug(doubt: float, discount: float = 0.8) -> Problem:
    """Section 5.2's rug: worth 10 to Bob; it costs Alice 8, or 0 with this probability."""
    return exchange(1, (0, 8), (10,), prior=iid((doubt, 1 - doubt), (1,)), discount=(discount, discount))


def nearly_known(e: float, costs: Pair = (0, 8), values: Pair = (2, 10), discount: Pair = (0.9, 0.9)) -> Problem:
    """Two rugs: with probability 1 - e the lower cost meets the lower value and the higher the higher, in either order (surplus
    4, unless other numbers are given); with e any types, equally likely."""
    rows = {(a, b): e / 16 for a in itertools.product(costs, repeat=2) for b in itertools.product(values, repeat=2)}
    for step in (1, -1):
        rows[costs[::step], values[::step]] += (1 - e) / 2
    prior = table([(*pair, p) for pair, p in rows.items() if p > 0])
    return exchange(2, costs, values, prior=prior, discount=discount)


def random_families(run: Run) -> list[float]:
    """For each: how far Rubinstein's shares lie outside the bounds, how much these widen as e falls, and at e = 1e-250 how far
    payoffs can be from the shares beyond 5%."""
    found = []
    for _ in range(run.tries(10)):
        low, cost, value = (float(x) for x in np.cumsum(run.rng.uniform(0.5, 8, 3)))
        discount = (float(run.rng.uniform(0.3, 0.9)), float(run.rng.uniform(0.3, 0.9)))
        family = [(e, nearly_known(e, (0.0, cost), (low, value), discount)) for e in (1e-16, 1e-64, 1e-250)]
        rows = uncertainty_table(family, beta=float(run.rng.uniform(1, 10)))
        shares = (low + value - cost) * rubinstein_shares(discount).expected
        ratios = [one["ratio"] for one in rows]
        found.append(max(*(outside_bounds(one, shares) for one in rows), *np.diff(ratios), ratios[-1] - 0.05))
    return found


def outside_bounds(one: dict[str, float], shares: Floats) -> float:
    names = ("alice", "bob")
    return max(max(one[f"lower_{k}"] - s, s - one[f"upper_{k}"]) for k, s in zip(names, shares, strict=True))


def proposition_1_for_all_equilibria() -> Iterator[Line]:
    """The tremble for e, and how little doubt then suffices, by the bounds on all equilibria."""
    e, step, game = 0.1, 1e-4, dict[str, Any](lowest=(-8.0, 0.0), highest=(10.0, 10.0), upper="average type")
    gamma = tremble_bound(e, 2.0, (0.8, 0.8), step=step, **game) / 2

    def reached(log_doubt: float, horizon: int = 40) -> float:
        tails = trembling_tails([log_doubt, -np.inf], [math.log(10 / step + 1)] * 2, gamma, horizon)
        bounds = payoff_bounds(2.0, (0.8, 0.8), horizon=horizon, step=step, tremble=gamma, tails=tails, **game)
        return bounds.theorem()["epsilon"]

    doubt = brentq(lambda x: min(reached(x), 1.0) - e, -3000, 0, xtol=1e-3) - 0.01
    yield at_most(
        f"all equilibria, trembles {gamma:.1e}, doubt 10^{doubt / math.log(10):.0f}: e of the statement", e, reached(doubt)
    )
    yield for_all("and with less doubt", [reached(x * doubt) - e for x in (1.1, 2, 4)])


def example_4_slip() -> Iterator[Line]:
    yield slip(
        "Example 4: bound on the posterior of the other type",
        0.999 / 0.01, float(posterior_bound(0.001, 0.01)), (1 - 0.999) / (0.11 / 11),
        """Lemma 1 bounds the posterior of the unlikely type by its own prior, 0.001, over 0.01. With 0.999, as printed, the
        bound would be 99.9.""",
    )  # fmt: skip


def proposition_1_slips() -> Iterator[Line]:
    e, game = 0.1, dict[str, Any](lowest=(-8.0, 0.0), highest=(10.0, 10.0), upper="average type")

    def above(tremble: float) -> float:
        return payoff_bounds(2.0, (0.8, 0.8), tremble=tremble, **game).theorem()["epsilon"] - e

    largest = tremble_bound(e, 2.0, (0.8, 0.8), **game)
    yield slip(
        "Proposition 1: upper end of the trembles for which it holds, e = 0.1",
        "(gamma(e), 0)", largest, brentq(above, 1e-8, 0.01, xtol=1e-13),
        """gamma(e) is positive, so (gamma(e), 0) is empty. The statement holds for all smaller trembles: (0, gamma(e)), as in
        Theorem 3.""",
    )  # fmt: skip
    gamma, belief = 0.05, ((0.001, 0.999), (1.0,))
    problem = exchange(1, (0, 8), (5,), prior=iid(*belief), discount=(0.8, 0.8))
    states = [
        PriceState("seller offers", 0, belief, (8, 8), lambda _: (False,), lambda _: "buyer offers"),
        PriceState("buyer offers", 1, belief, (0,), lambda _: (False, False), lambda _: "seller offers"),
    ]
    automaton = price_automaton(problem, Grid(0, 8, 1), states, tremble=gamma, name="refuse everything")
    played = check_automaton(automaton).outcome
    stages = played.agreement.shape[2]
    yield slip(
        f"Proposition 1, second part: chance that cost 8, value 5 trade by stage {stages}, refusing all, trembles {gamma}",
        "at most e", float(played.agreement[1].sum()), 1 - (1 - gamma / 2) ** stages,
        """Trembles do not vanish: whatever is intended, at every stage an offer is accepted with gamma / 2 or more, so trade
        occurs sooner or later with probability 1. Trade does not occur at the start, or soon.""",
    )  # fmt: skip


def rate_slip() -> Iterator[Line]:
    """The best distance d at n items solves d = exp(-2 d d n), so 4 n d d = W(4 n): Lambert's function."""

    def least(n: float) -> float:  # log d where d and Hoeffding's bound cross: the least of their maximum
        return float(brentq(lambda x: x + 2 * math.exp(2 * x) * n, -40, 0, xtol=1e-14))

    n = 1e9
    tau = 1 / (2 * (1 + float(lambertw(4 * n).real)))
    slope = (least(n * 1.0001) - least(n / 1.0001)) / (2 * math.log(1.0001))
    yield slip(
        f"Section 5.3.2, footnote 26: power of n in the inefficiency at n = 1e9 (tau = {tau:.4f})",
        -0.5 - tau, slope, -0.5 + tau,
        """For max(d, exp(-2 d d n)) to vanish d must exceed n^(-1/2): with d = n^(-1/2 - tau) Hoeffding's bound tends to 1. The
        least is attained at a power of n a little above -1/2, so the exponent is -0.5 + tau.""",
        within=1e-6,
    )  # fmt: skip


def theorem_2_slips() -> Iterator[Line]:
    a, b = 0.9, 0.8
    bounds, shares = payoff_bounds(14, (a, b)), rubinstein_shares((a, b))
    yield slip(
        "proof of Theorem 2: the seller's share of 14, discount factors 0.9 and 0.8",
        14 * (1 - b) / (1 + a * b), float(bounds.upper[0, 0]), 14 * shares.offering[0],
        """Iterating M <= (1 - d_b) S + d_s d_b M gives a geometric series with the sum (1 - d_b) S / (1 - d_s d_b); the proof
        prints 1 + d_s d_b, the theorem has it right.""",
    )  # fmt: skip
    yield slip(
        "proof of Theorem 2: the sum of the shares, from which it concludes efficiency",
        ((1 - b) + b * (1 - a)) / (1 + a * b), float(bounds.lower[0].sum() / 14), float(shares.expected.sum()),
        "With 1 + d_s d_b the shares would not add up to the surplus; with 1 - d_s d_b they do.",
    )  # fmt: skip


def theorem_3_slips() -> Iterator[Line]:
    a, b, surplus = 0.9, 0.8, 3.5
    yield from trembling_proposer()
    times = 6
    terms = [(a * b) ** k for k in range(times + 1)]
    iterated = surplus
    for _ in range(times):
        iterated = (1 - b) * surplus + a * b * iterated
    yield slip(
        "equation (5): the bound after T = 6 iterations from M = S = 3.5, without errors",
        surplus * (1 - b) * sum(terms) + terms[-1] * surplus,
        float(payoff_bounds(surplus, (a, b), horizon=2 * times).upper[0, 0]), iterated,
        "T iterations give T terms of the geometric series, up to (d_s d_b)^(T - 1); (5) and (6) print one more.",
    )  # fmt: skip
    yield slip(
        "equation (10): the buyer's payoff per item, S = 3.5",
        b * (1 - a) / (1 - a * b), float(payoff_bounds(surplus, (a, b)).lower[0, 1]),
        surplus * rubinstein_shares((a, b)).answering[1],
        "The factor S is missing: (9), from which it follows, has it.",
    )  # fmt: skip
    eta, largest = 0.1, 10.0
    yield slip(
        "equation (12): probability of typical frequencies that it needs (S = 3.5, S_max = 10, eta = 0.1)",
        eta / (5 * largest), brentq(lambda p: p * (surplus - 3 * eta) - (surplus - 4 * eta), 0, 1),
        (surplus - 4 * eta) / (surplus - 3 * eta),
        """Below (12) this probability is said to exceed eta / (5 S_max), which is too little; (12) itself uses
        1 - eta / (5 S_max), here 0.998, which is enough.""",
    )  # fmt: skip
    patient, e = 0.9, 0.1
    share = float(payoff_bounds(surplus, (patient, patient)).lower[0, 0])
    yield slip(
        "step 3, the last term of the maximum: payoff error eta = 0.1 over the seller's share (S = 3.5, discount factors 0.9)",
        (1 - patient) * patient * eta / (1 - patient * surplus), eta / share,
        eta * (1 - patient**2) / ((1 - patient) * surplus),
        """For the seller's payoff to be within 1 -+ e of its share, eta (1 - d_s d_b) / ((1 - d_b) S) must be less than e. The
        printed (1 - d_s) d_b eta / (1 - d_b S) changes with the unit of payoffs and can be negative.""",
    )  # fmt: skip
    allowed = eta / 5
    yield slip(
        "step 3: trembles below which their error is less than eta / 5 (e = eta = 0.1, discount factors 0.9, S_max = 10)",
        e / (5 * (1 - patient) * largest), brentq(lambda g: g * largest / (1 - patient) - allowed, 0, 1, xtol=1e-15),
        allowed / (largest * sum(patient**t for t in range(2000))),
        """The error gamma S_max / (1 - d_max) is less than eta / 5 if gamma is less than (1 - d_max) eta / (5 S_max). The print
        has e for eta and divides by 1 - d_max instead of multiplying.""",
    )  # fmt: skip
    payoffs = check_automaton(example_3_delay(0.01)).outcome.payoff
    got = (np.array([0.01, 0.99]) @ payoffs[0] + payoffs[1][0]) / doubtful_rug(0.01).surplus.mean
    yield slip(
        "equation (13): cost of a stage's delay, share of the surplus, in Example 3 (discount factor 0.8)",
        0.8, float(1 - got), 1 - 0.8,
        """An agreement a stage later is worth d S, so delay costs (1 - d) S, not d S; Section 5.2 says 20% too. The bound on
        the probability of delay becomes 4 eta / ((1 - d) (S - eta)) and still vanishes.""",
    )  # fmt: skip


def trembling_proposer() -> Iterator[Line]:
    """Cost 0, value 10.125, prices from -10 to 10 as in Section 5.1; nothing matters but the first offer."""
    gamma, step, value = 0.1, 0.25, 10.125
    problem = exchange(1, (0,), (value,), discount=(0.0, 0.0))
    found = solve_tree(game_tree(problem, ItemByItem(), grid=(-10, 10, step), horizon=1, tremble=gamma))
    got, prices = float(found.outcome.payoff[0][0]), np.arange(-10, 10 + step / 2, step)
    yield slip(
        "equation (4), trembles 0.1, S = 10.125: what the seller gets; printed is its lower bound",
        (1 - gamma) * (value - step), got, (1 - gamma) * (1 - gamma / 2) * 10 + gamma * (1 - gamma / 2) * prices.mean(),
        """The bound (1 - gamma)(S - step) has the trembles of one player only: the offer is intended with 1 - gamma and then
        refused by tremble with gamma / 2. (The surplus said to be a lower bound before (4) should read S - 2 d S_max.)""",
    )  # fmt: skip
    game = dict[str, Any](lowest=(-10.0, 0.0), highest=(value, value + 10))
    mended = payoff_bounds(value, (0.0, 0.0), step=step, tremble=gamma, **game)
    yield at_least("equation (4) with both players' trembles: the seller's payoff", float(mended.lower[0, 0]), got)


def security_slip() -> Iterator[Line]:
    """The most that one type of seller can get if the buyer expects 5 on average, and no type gains by passing for the other.

    Costs (0, 8) or (8, 0), equally likely, values 10 and 10: the surplus is 12 for sure. Variables: for each claim, the
    probabilities of nothing, the first, the second, both items, and the expected payment."""
    goods = np.array([(0, 0), (1, 0), (0, 1), (1, 1)])
    cost = goods @ np.array([(0, 8), (8, 0)]).T  # (goods, type)

    def gets(kind: int, claim: int) -> Floats:
        row = np.zeros(10)
        row[5 * claim : 5 * claim + 5] = *-cost[:, kind], 1
        return row

    buyer = np.tile(np.append(10.0 * goods.sum(axis=1), -1), 2) / 2
    rows = [-buyer, gets(0, 1) - gets(0, 0), gets(1, 0) - gets(1, 1), -gets(0, 0), -gets(1, 1)]
    sums, limits = np.kron(np.eye(2), (1, 1, 1, 1, 0)), [(0, 1) if k % 5 < 4 else (None, None) for k in range(10)]
    found = linprog(-gets(0, 0), rows, (-5, 0, 0, 0, 0), sums, (1, 1), limits)
    yield slip(
        "proofs of Theorems 2 and 3: most for a type of seller, surplus 12, if refusing is worth 5 to the buyer",
        12.0 - 5, -found.fun, max(min(7 + 3 * q, 12 - 2 * q) for q in np.linspace(0, 1, 101)),
        """By refusing, the buyer secures 5 on average over the seller's types, not against each: one type may keep more than
        12 - 5 where another keeps less, and neither wants to pass for the other. On average over types the bound holds; with
        independent types and Bayes' rule that mends the proofs. For correlated types the step stays the paper's premise.""",
    )  # fmt: skip
    bounds = payoff_bounds(12, (0.9, 0.9), upper="average type")
    yield equal(
        "upper bounds on average over types: for a known surplus they meet the lower ones", bounds.lower[0], bounds.upper[0]
    )


def surplus_of_seven() -> Line:
    two = exchange(2, (0,), (2, 10), prior=matchups([(0, 2), (0, 10)]))
    found = has_share_demanding_offers(ItemByItem(), two, demands=(6,), grid=(0, 12, 1))
    seller = next(share for share in found.missing if share.player == 0).exact
    assert seller is not None and seller.offer is not None
    gains = (6 + seller.guarantee, 10 - float(seller.offer.p.max()))  # the seller's guarantee is beside her demand of 6
    return slip(
        "Section 4.4: total surplus if Example 2's buyer takes only the better item at its price of 3",
        7, sum(gains), float(two.utility[0][0, 1, 0] + two.utility[1][0, 1, 1]),
        """7 is the buyer's own gain, 10 - 3; with the seller's 3 the total is 10. The comparison meant is of his 7 with the 6
        that he gets from both items.""",
    )  # fmt: skip


def theorem_4_slips() -> Iterator[Line]:
    beta, iota, belief = 2.0, 0.01, np.array([0.99, 0.01])
    for _ in range(3):
        faster = np.array([1 - beta * belief[1], beta * belief[1]])
        assert updating_rate(belief, faster) <= beta + 1e-12
        belief = faster
    yield slip(
        "proof of Theorem 4: least posterior of an event of prior 0.99 after three updates at rate 2",
        beta**3 * (1 - iota), float(belief[0]), 1 - beta**3 * iota,
        """Bounded updating limits how fast the unlikely grows: the posterior is at least 1 - beta^t iota. beta^t (1 - iota)
        exceeds 1.""",
    )  # fmt: skip
    yield slip(
        "proof of Theorem 4: factor on the unlikely by stage 3 at rate 2",
        beta**3, float(bounded_tails((1e-9, 1e-9), beta, 4)[3, 0] / 1e-9), math.prod([beta] * 6),
        "Definition 2 bounds the update after the offer and that after the reply: beta^2 a stage, beta^(2 t) by stage t.",
    )  # fmt: skip
    e = 0.01
    types, weights = nearly_known(e).prior.support()
    far = np.abs(nearly_known(e).first_best(types) - 4) >= 1
    yield slip(
        "proof of Theorem 4: alpha, which is to vanish (d = 1, e = 0.01)",
        float(weights[~far].sum()), float(weights[far].sum()), 0.75 * e,
        "alpha must be the probability that |S - mean| >= d; printed is that of < d, which tends to 1.",
    )  # fmt: skip
    start, doubts = float(iotas(1e-4, 0)[0]), np.linspace(0, 1, 201)  # iota = 0.01 is among the doubts
    worst = linprog(np.where(doubts >= start - 1e-12, -1.0, 0.0), doubts[None], [1e-4], np.ones((1, 201)), [1])
    yield slip(
        "proof of Theorem 4: least probability of the types that doubt by less than iota (alpha = 0.0001)",
        start, 1 + worst.fun, 1 - start,
        """By Markov's inequality at most alpha / iota = iota of the types doubt more, so at least 1 - iota do not; the proof
        prints iota.""",
    )  # fmt: skip
    printed, most, searched = four_types()
    yield slip(
        "equation (2), four types a player, S_max = 10.01, d = 0.1: how far the expected surplus gets from the mean",
        f"< {printed:g}", most, searched,
        """Frequencies within d in each type can shift 2 d from two types to two others, so each player moves the mean by up to
        2 d S_max, and both by more. With two or three types a player (2) holds; the constant does not matter.""",
    )  # fmt: skip


def four_types() -> tuple[float, float, float]:
    """Of cheap and dear, high and low: the printed bound, the deviation at the corner, and the largest that alternating linear
    programs find."""
    d = 0.1
    problem = exchange(1, (0, 0.01, 20, 20.01), (0.001, 0.002, 10, 10.01), prior=iid((0.25,) * 4, (0.25,) * 4))
    surplus, f = problem.surplus_table[0], np.full(4, 0.25)
    corner = f + d * np.array([1, 1, -1, -1])
    most = corner @ surplus @ corner[::-1] - f @ surplus @ f
    a = b = f
    for _ in range(5):
        a = linprog(-(surplus @ b), A_eq=np.ones((1, 4)), b_eq=[1], bounds=[(0.25 - d, 0.25 + d)] * 4).x
        b = linprog(-(a @ surplus), A_eq=np.ones((1, 4)), b_eq=[1], bounds=[(0.25 - d, 0.25 + d)] * 4).x
    return 2 * d * problem.largest_surplus, float(most), float(a @ surplus @ b - f @ surplus @ f)


def typical_surplus(run: Run, kinds: int) -> list[float]:
    """Equation (2) at random: how far |phi_a s phi_b - mean| exceeds 2 d S_max."""
    found = []
    for _ in range(run.tries(500)):
        values = [*run.rng.uniform(0, 10, kinds - 1), run.rng.uniform(5, 10)]  # the last is worth trading
        problem = exchange(1, tuple(run.rng.uniform(0, 5, kinds)), values)
        s = problem.surplus_table[0]
        a, b = run.rng.dirichlet(np.ones(kinds), 2)
        d = run.rng.uniform(0, 0.5)
        near = [f + np.clip(run.rng.choice([-d, d]), -f[0], 1 - f[0]) * np.array([1, -1]) for f in (a, b)]
        found.append(abs(near[0] @ s @ near[1] - a @ s @ b) - 2 * d * s.max())
    return found


def gain_from_lists(problem: Problem, own: NDArray[np.int64]) -> float:
    """What the best list of the frequency of ``own`` costs earns above the truth, demands apart, utils."""
    costs, values = (np.array(t, dtype=float) for t in problem.types)
    bob = problem.prior.given(0, own.tolist())
    lists = np.array(sorted(set(itertools.permutations(own.tolist()))))
    trades = values[bob.types][None] > costs[lists][:, None]  # (lists, Bob's types, items)
    earned = (trades * (costs[lists] - costs[own])[:, None]).sum(axis=2) @ bob.probability
    truth = (lists == own).all(axis=1).argmax()
    return float(earned.max() - earned[truth])


def known_surpluses(run: Run, number: int) -> Iterator[Problem]:
    """Random matchups in unknown order: the surplus is known."""
    for _ in range(number):
        pairs = [(int(a), int(b)) for a, b in run.rng.integers(0, 10, (run.rng.integers(1, 4), 2))] + [(0, 5)]
        costs, values = (sorted({pair[i] for pair in pairs}) for i in (0, 1))
        a, b = run.rng.uniform(0, 0.99, 2)
        yield exchange(len(pairs), costs, values, prior=matchups(pairs), discount=(float(a), float(b)))


def not_additive(run: Run) -> tuple[Problem, tuple[float, float]]:
    """Joint decisions on three items, two types each in all four combinations; each pair has a decision of its own that is
    worth 5 to both together, and no other decision is worth more. With the probabilities of Bob's types."""
    alice = run.rng.normal(size=(8, 2))
    alice[0] = 0
    bob = -alice.max(axis=1, keepdims=True) - run.rng.uniform(-4, 2, size=(8, 2))
    bob[0] = 0
    for k, (a, b) in zip(run.rng.permutation(np.arange(1, 8))[:4], itertools.product((0, 1), repeat=2), strict=True):
        alice[k, 1 - a] = alice[k, a] - run.rng.uniform(0.1, 2)
        bob[k, b] = 5.0 - alice[k, a]
        bob[k, 1 - b] = bob[k, b] - run.rng.uniform(0.1, 2)
    law = [float(run.rng.uniform(0.2, 0.8)) for _ in (0, 1)]
    prior = iid((law[0], 1 - law[0]), (law[1], 1 - law[1]))
    discount = tuple(run.rng.uniform(0.3, 0.95, 2))
    problem = whole_decisions(3, ("no", "yes"), alice, bob, types=((0, 1), (0, 1)), prior=prior, discount=discount)
    return problem, (law[1], 1 - law[1])


def best_table(run: Run, problem: Problem, chances: tuple[float, float], shares: Floats) -> tuple[float, int]:
    """The most that Alice of the first type earns by a price table against the profile's Bob, by hill climbing from tables at
    random and from the profile's own; and the number of tables. Ties in her favour."""
    alice, bob = problem.utility[0][0][:, 0], problem.utility[1][0]
    waiting = rubinstein_shares(problem.discount).waiting[0] * problem.surplus.mean

    def earned(tables: Floats) -> Floats:
        total = np.zeros(len(tables))
        for b, chance in enumerate(chances):
            gains = bob[:, b] - tables
            best = gains.max(axis=1, keepdims=True)
            paid = np.where(gains >= best - 1e-9, alice + tables, -np.inf).max(axis=1)
            total += chance * np.where(best[:, 0] >= shares[1] - 1e-9, paid, waiting)
        return total

    tables, tried = np.concatenate([shares[0] - alice[None], run.rng.uniform(-5, 10, (20, 8))]), 0
    for scale in np.geomspace(3, 0.01, 12):
        near = tables[:, None] + run.rng.normal(size=(len(tables), 8, 8)) * scale * (run.rng.random((len(tables), 8, 8)) < 0.4)
        near = np.concatenate([tables[:, None], near], axis=1)
        value = earned(near.reshape(-1, 8)).reshape(len(tables), -1)
        tables, tried = near[np.arange(len(tables)), value.argmax(axis=1)], tried + value.size
    return float(value.max()), tried


def trembling_lines(run: Run, tremble: float, horizon: int) -> Iterator[Line]:
    tree = game_tree(doubtful_rug(0.001), ItemByItem(), grid=(0, 10, 1), horizon=horizon, tremble=tremble)
    drawn = [int(seed) for seed in run.rng.integers(2**31, size=2)]
    found = equilibria(tree, starts=("uniform", *drawn), ties=("uniform", "accept", "refuse"))
    gain = max(one.gain for one in found)
    yield at_most(f"trembles {tremble:g}: gain in the equilibria found ({len(found)}), share of the surplus", 1e-6, gain)
    intended = (1 - tremble) * (1 - tremble / 2)
    yield at_least(
        "trade at 9 at stage 0 in one of them, its probability (but for trembles)", intended, max(map(at_nine, found))
    )


def at_nine(found: "TreeSolution") -> float:
    """The probability that Alice's offer of 9 is accepted at stage 0."""
    return sum(a.probability for a in found.outcome.agreements if a.stage == 0 and a.words.startswith("offers trade at 9;"))


def checked(tree: "GameTree", profile: "Profile", about: tuple[Floats, Floats] | str | None = None) -> Report:
    report = check(tree, profile, about)
    assert isinstance(report, Report)
    return report


def menu_tree() -> Iterator[Line]:
    """Two offers with every price 0, 1, ..., 10; Alice is so impatient that what would follow is worth nothing to her."""
    problem, grid = menu_problem((1e-11, 0.5)), Grid(0, 10, 1)
    tree = game_tree(problem, Menu(), grid=grid, horizon=2)
    profile, about = menu_assessment(tree, menu_equilibrium(problem, grid))
    report = checked(tree, profile, about)
    yield equal("on the tree of two offers, whole prices: largest gain at any information set, utils", 0.0, report.largest_gain)
    yield equal("beliefs: distance from Bayes' rule on the path", 0.0, report.bayes_on_path)
    sure: list[float] = []
    listed: Any = None
    for layer in tree.layers:
        if layer.kind == "offer":
            listed = layer.moves
            continue
        i = 1 - layer.player
        worth = problem.utility[i][problem.classes, int(problem.proposals[0]), tree.types[i]]  # (types, items)
        named = listed.at(layer.block).x[:, 0]
        sure.append(about[layer.player][layer.histories][np.arange(layer.count), worth.argmax(axis=1)[named]].min())
    yield equal("after any offer that names k: probability given to the proposer's category being k, the least", 1.0, min(sure))


def linked(n: int) -> float:
    """Efficiency of the linking mechanism with n fair rugs, n even."""
    k = np.arange(n + 1)
    lies = binom.pmf(k, n, 0.5) @ np.abs(k - n / 2) / n
    said = np.array([[1 - lies, lies], [lies, 1 - lies]]) / 2  # (true, announced)
    trades = np.array([[1, 1], [0, 1]])  # announced cost 0 or 8, value 2 or 10
    gains = np.array([[2, 10], [-6, 2]])
    return float(np.einsum("ap,bq,pq,ab->", said, said, trades, gains) / 3.5)


def width(n: float, stages: int) -> float:
    """The larger width of the bounds per item, trembles 1 / n, at the distance that Hoeffding's bound needs."""
    return float(frequency_bounds(RUGS, n, 1 / n, stages=stages, distance=math.sqrt(2 * stages * math.log(n) / n)).width.max())


def prices_drawn(*frames: "DataFrame") -> "list[Axes]":
    import pandas as pd

    frame = pd.concat(frames)
    above, below = Figure(figsize=(WIDTH, 1.4 * HEIGHT), layout="constrained").subplots(2, sharex=True)
    for number, (tremble, part) in enumerate(frame.groupby("tremble", sort=False)):
        look = {"color": PALETTE[number], "marker": MARKERS[number], "linestyle": DASHES[number], "markersize": 9 - 2 * number}
        above.semilogx(part["doubt"], part["price"], label=f"trembles {tremble:g}", **look)
        below.semilogx(part["doubt"], part["agreed"], **look)
    above.axhline(frame["rubinstein_price"].iloc[0], color=GREY, label="Rubinstein price")
    above.set(ylabel="price asked (utils)", ylim=(8, 10.5))
    below.set(xlabel="probability that the cost is 0 and not 8", ylabel="agreement at stage 0", ylim=(0, 1.05))
    above.legend()
    return [above, below]


def inefficiency_drawn(frame: "DataFrame", rate: "Rate") -> "Axes":
    return inefficiency(frame, rate.exponent, rate.constant)


def linking_drawn(items: Sequence[int], lost: Floats, rate: "Rate") -> "Axes":
    ax = axes(None)
    ax.loglog(items, lost, color=BLUE, marker="o", label="linking mechanism")
    ax.loglog(items, lost[-1] * np.sqrt(items[-1] / np.array(items)), color=GREY, linestyle="--", label="slope -1/2")
    ax.set(xlabel="number of rugs n", ylabel="1 - efficiency (share of the first best)")
    ax.legend()
    return ax


def doubts_drawn(tables: Mapping[float, Sequence[Mapping[str, float]]], trembling: Sequence[Mapping[str, float]]) -> "Axes":
    ax = axes(None)
    series = [(f"updating by {beta:g} at most", rows) for beta, rows in tables.items()]
    for number, (label, rows) in enumerate([*series, ("trembles of 0.001", trembling)]):
        x = [-math.log10(one["uncertainty"]) for one in rows]
        ax.semilogy(
            x,
            [one["ratio"] for one in rows],
            color=PALETTE[number],
            marker=MARKERS[number],
            linestyle=DASHES[number],
            label=label,
        )
    ax.set(xlabel="k, where the surplus is 4 but for a probability of 10^-k", ylabel="largest |payoff / share - 1|")
    legend_below(ax)
    return ax


def bounds_drawn(stages: int) -> "Axes":
    ax, items = axes(None), np.geomspace(1e8, 1e14, 25)
    found = [frequency_bounds(RUGS, n, 1 / n, stages=stages, distance=math.sqrt(2 * stages * math.log(n) / n)) for n in items]
    for k, (who, colour) in enumerate((("Alice", VERMILION), ("Bob", BLUE))):
        ax.fill_between(
            items,
            [b.lower[0, k] for b in found],
            [b.upper[0, k] for b in found],
            color=colour,
            alpha=0.25,
            label=f"{who}: bounds",
        )
        ax.axhline(found[0].rubinstein[k], color=colour, linestyle=DASHES[k], label=f"{who}: Rubinstein's share of 3.5")
    ax.set(xscale="log", xlabel="number of rugs n", ylabel="expected payoff per rug (utils)", xlim=(1e8, 1e14))
    legend_below(ax)
    return ax


def menu_map(found: "MenuEquilibrium") -> "Axes":
    ax, line = axes(None), np.linspace(0, 20, 201)
    prices = np.stack(np.meshgrid(line, line, indexing="xy"), axis=-1)
    value = found.value_of(0, 0, 0, prices, np.array([0.5, 0.5]))
    levels = ax.contourf(line, line, value, levels=np.arange(-4, 5, 1), cmap="cividis", extend="min")
    ax.figure.colorbar(levels, ax=ax, label="seller's expected payoff (utils)")
    ax.plot(*found.menus[0, 0], marker="*", markersize=12, color=VERMILION, linestyle="none", label="the equilibrium's menu")
    ax.set(xlabel="price of the first item (utils)", ylabel="price of both items (utils)")
    legend_below(ax)
    return ax
