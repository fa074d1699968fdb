"""Second computations, random games and pictures for the rows of ``salamanca``."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, permutations
from typing import Any

import numpy as np

from experiments.reproduce.lines import Line, at_least, equal, for_all, slip
from experiments.reproduce.rows import Run
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
    cooperative_game,
    incentive_efficiency,
    neutral_procedural_solution,
    random_dictators,
    restricted_extension,
    selection_problem,
    two_person_game,
    virtual_utilities,
    warranted_claims,
)
from negotiation.bargaining.incomplete.coalition_program import CoalitionProgram, maximise

Members = tuple[int, ...]

SOLVED = 1e-7  # utils: a residual below this is a solution up to rounding

POSITIVE = 1e-3  # utility weights (which sum to 1) above this are taken for positive ones


def slips_of_definition_4(run: Run) -> Iterator[Line]:
    """NPS1 leaves alpha of S without i free."""
    game = PAPER_GAMES["brokered-trade"]()
    solution = neutral_procedural_solution(game)
    scales, pair = solution.grand.scales, solution.coalitions[(0, 1)]
    rival = brokerage(game, {"strong": (15, 0, 0), "weak": (45, 0, 0)})
    epsilon, claims = certificate(game, (0, 1, 2), rival, threats_of(solution), scales)
    one = float(scales.utility_weights[2][0])
    free = Scales(scales.utility_weights[:2], (np.array([[0.0, 0.0], [0.1 * one, 0.0]]), np.zeros((1, 1))))
    program = CoalitionProgram(game, (0, 1))
    slack = program.honesty @ pair.mechanism.probability.ravel()
    strong_lies = next(k for k, (i, t, _) in enumerate(program.lies) if (i, t) == (0, 1))
    lost = float(slack[strong_lies])
    yield equal("what the strong buyer loses by its lie in {1, 2}; the broker's claim; less alpha = 1/10 times the loss, utils",
                [30, 3, 0], [lost, claims[2][0], claims[2][0] - 0.1 * lost])  # fmt: skip
    value = (virtual_utilities(game, (0, 1), free).sum(axis=0) * pair.mechanism.probability).sum(axis=1)
    literal = (worth_of(game, scales) - float(game.prior[0] @ value)) / one
    yield equal("the same from (4.11) with that alpha: the broker's claim, utils", 0, literal)
    least = min(
        certificate(game, (0, 1, 2), rival, threats_of(solution), with_broker(scales, w))[0] for w in np.linspace(0.05, 1, 20)
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
                  [other_threat_gap(run.rng) for _ in range(run.tries(30))])  # fmt: skip


def slips_of_section_6() -> Iterator[Line]:
    """(6.1) is an upper bound; H and L in the S-solution's threat; the weight 1/5."""
    game = PAPER_GAMES["project"]()
    weights = np.array([1, 1, 0.9, 0.2])
    program = CoalitionProgram(game, (0, 1, 2))
    row_of_sums = weights @ program.utilities
    least = -maximise(-row_of_sums, [program.honest], [program.sums]).value
    idle = as_mechanism(game, (0, 1, 2), plan_of(game, (0, 1, 2), [{}, {}]))
    yield slip(
        "(6.1): the least U_1 + U_2 + 9/10 U_w + 1/5 U_s of an incentive-compatible mechanism, utils",
        10.0,
        least,
        float(weights @ flat_of(idle.payoffs)),
        """(6.1) is a bound, "at most 10", attained by efficient mechanisms: no deal is incentive compatible and gives 0.""",
    )
    most = best_mechanism(game, (0, 1, 2), (weights[:1], weights[1:2], weights[2:]))
    yield equal("(6.1): the most, by the primal and by the dual, utils", [10, 10], [most.value, most.dual_value])
    pair = neutral_procedural_solution(game).coalitions[(0, 2)].payoffs
    left = [10 - float(np.array([1, 0.9, w]) @ flat_of(pair)) for w in (0.2, 0.1)]
    yield equal("1/5 is a utility weight: with it (6.1) leaves player 2 beside {1, 3}, utils", 0.5, left[0])
    yield at_least("with the prior 1/10 instead it would leave more than 1/2 by, utils", 0.2, left[1] - left[0])
    labels = [{"1 and 3: 3 gets it free": f, "1 and 3: 3 pays": p} for f, p in ((0.5, 0.5), (0.5, 0.25))]
    threat = as_mechanism(game, (0, 2), plan_of(game, (0, 2), labels))
    scales = Scales((np.ones(1), np.array([0.9, 0.2])), (np.zeros((1, 1)), np.zeros((2, 2))))
    found = egalitarian(game, (0, 2), scales)
    yield slip(
        "Section 6: the egalitarian threat (U_i, U_3^H, U_3^L), with H for w and L for s, utils",
        "(19/4, 5, 5/4) for undefined types H and L",
        flat_of(threat.payoffs),
        found,
        """The types of player 3 are called w and s: 5 is what the weak type gets, which values the project at 10 (H), and 5/4
        what the strong one gets (L). The order is that of all other vectors; the numbers are right.""",
    )
    yield equal(
        "the same: printed numbers; gain from a lie, utils",
        [19 / 4, 5, 5 / 4, 0],
        [*flat_of(threat.payoffs), threat.incentive_gain],
    )


def slips_of_indices() -> Iterator[Line]:
    """Subscripts, in games where the printed ones make a difference."""
    trade = PAPER_GAMES["brokered-trade"]()
    solution = neutral_procedural_solution(trade)
    agreed, weights = solution.grand, solution.grand.scales.utility_weights
    threats, everybody = threats_of(solution), trade.everybody
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
    lam = flat_of(bent.grand.scales.utility_weights)
    utility = bent.game.coalitions[(0, 1)].utility.reshape(2, -1)
    yield slip(
        "(5.3): lambda_i U_i (seller, buyer) in the taxed sale of Section 1, weights with sum 2, utils",
        "W_S with u^S(d_S), without the index of the player",
        2 * np.full(2, float((lam @ utility).max()) / 2) / lam.sum(),
        2 * lam * flat_of(bent.payoffs) / lam.sum(),
        """W_S is the maximum of the sum of lambda_j u_j: the index j is missing. With it (5.3) gives the solution.""",
    )
    yield from slips_of_appendix_b()


def slips_of_appendix_b() -> Iterator[Line]:
    """The warrant equations and (B.1a)-(B.1e), where a multiplier is positive: bilateral trade."""
    game = PAPER_GAMES["bilateral-trade"]()
    solution = neutral_procedural_solution(game)
    scales, demand = solution.grand.scales, solution.grand.dictators[0]
    assert demand is not None
    claims = warranted_claims(CoalitionProgram(game, (0, 1)), threats_of(solution), scales)
    worth = virtual_utilities(game, (0, 1), scales).sum(axis=0).max(axis=1)
    yield slip(
        "(4.11): the buyer's claims (weak, strong) in bilateral trade, with p_i(t_i), utils",
        "1/p(t_i), where (3.6) has 1/p_i(t_i)",
        np.linalg.solve(warrant_matrix(scales, 0), game.prior[0] * worth),
        demand.payoffs[0],
        """A slip of notation: Section 3.1 defines p for coalitions' types, so p(t_i) is p_i(t_i), as (3.6) has it. With it the
        claims are what the strong solution gives.""",
    )
    extended = restricted_extension(game, threats_of(solution), scales)
    own = extended.coalitions[(0, 1)].utility[0, -2, :, 0]  # the buyer's new decision
    yield slip(
        "(B.1a): expectation of the buyer's w_i, divided by p of the others' types, in bilateral trade, utils",
        "w(tau_i, .), without the index of the player",
        own,
        claims[0],
        """The second w has the index i too, and S: then the expectation of w_i is the claim.""",
    )
    weights, alpha = scales.utility_weights[0], scales.honesty[0]
    right = float((warrant_matrix(scales, 0) @ own).sum())
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


def flat_of(payoffs: Sequence[Any]) -> Any:
    return np.concatenate(list(payoffs))


def apart(one: Sequence[Any], other: Sequence[Any]) -> float:
    return float(np.abs(flat_of(one) - flat_of(other)).max())


def yes(x: Any) -> str:
    return "yes" if x else "no"


def threats_of(solution: NeutralSolution) -> dict[Members, tuple[Any, ...]]:
    return {s: c.payoffs for s, c in solution.coalitions.items()}


def found_of(problem: SelectionProblem) -> Any:
    strong = problem.strong()
    assert strong is not None
    return strong


def labels_of(game: CooperativeGame, members: Members) -> list[str]:
    return [game.decision_label(d) for d in game.coalitions[members].decisions]


def plan_of(game: CooperativeGame, members: Members, chosen: Sequence[Mapping[str, float]]) -> Any:
    """(states, decisions): the probabilities of labelled decisions in each state; the rest is no deal."""
    labels = labels_of(game, members)
    assert all(label in labels for one in chosen for label in one)
    rows = [{"no deal": 1 - sum(one.values()), **one} for one in chosen]
    return np.array([[one.get(label, 0.0) for label in labels] for one in rows])


def offer(game: CooperativeGame, price: float) -> Any:
    """A take-it-or-leave-it price from 0 to 10, as a lottery."""
    return plan_of(game, (0, 1), [{"sell at 0": 1 - price / 10, "sell at 10": price / 10}] * 2)


def trade_of(mechanism: Mechanism) -> tuple[Any, Any]:
    """In each state: the probability of trade and the expected payment."""
    chosen = [{d: p for d, p in one.items() if d != "no deal"} for _, one in mechanism.rows()]
    sold = [sum(one.values()) for one in chosen]
    paid = [sum(p * float(d.removeprefix("sell at ")) for d, p in one.items()) for one in chosen]
    return np.array(sold), np.array(paid)


def brokerage(game: CooperativeGame, deals: Mapping[str, tuple[float, float, float]]) -> Mechanism:
    """A table of Section 2: (price, commission, the seller's part of it) by type; trade for sure."""
    rows = []
    for kind, value in (("weak", 90), ("strong", 30)):
        price, fee, sellers = deals[kind]
        gains = {"buyer": value - price - (fee - sellers), "seller": price - sellers, "broker": fee}
        rows.append({f"{kind} verified, {who} gains {value}": g / value for who, g in gains.items()})
    return as_mechanism(game, (0, 1, 2), plan_of(game, (0, 1, 2), rows))


def table_of(game: CooperativeGame, states: Sequence[tuple[float, float, float]]) -> Mechanism:
    """A table of Section 6, for weak and strong: probabilities that {1, 2} forms, that i pays for 3, that 3 pays for i."""
    rows = []
    for both, free, pays in states:
        one = {"1 and 2 share": both}
        one |= {f"{i} and 3: 3 gets it free": free for i in (1, 2)} | {f"{i} and 3: 3 pays": pays for i in (1, 2)}
        rows.append(one)
    return as_mechanism(game, (0, 1, 2), plan_of(game, (0, 1, 2), rows))


def extremes(game: CooperativeGame, payoffs: Sequence[Any], state: int, chosen: Callable[[str], bool]) -> list[float]:
    """The least and the largest probability of ``chosen`` decisions in a state, over honest mechanisms with these payoffs."""
    program = CoalitionProgram(game, game.everybody)
    cost = np.zeros((program.states, program.decisions))
    cost[state] = [chosen(label) for label in labels_of(game, game.everybody)]
    near = [(program.utilities, flat_of(payoffs) + 1e-8), (-program.utilities, 1e-8 - flat_of(payoffs))]
    ends = [maximise(sign * cost.ravel(), [program.honest, *near], [program.sums]).value * sign for sign in (-1, 1)]
    return [float(x) for x in ends]


def complete(decisions: Mapping[str, Sequence[float]]) -> CooperativeGame:
    """A sale with complete information: utilities (seller, buyer) of each decision."""
    return two_person_game(decisions, types=(("seller",), ("buyer",)), prior=([1.0], [1.0]), players=("seller", "buyer"))


def nearest(points: Any, to: Sequence[float]) -> Any:
    return points[int(np.abs(points - np.array(to)).max(axis=1).argmin())]


def facets(one: Any) -> list[tuple[Any, Any]]:
    return list(zip(one.facets, one.normals, strict=True))


def frontier_picture(frontiers: Mapping[str, Any], dictators: Mapping[str, Any], lots: Any = None, solution: Any = None) -> Any:
    from negotiation.plots.frontiers import frontier

    return frontier(frontiers, dictators, lots, solution)


def extensions_picture(bent: Mapping[str, Sequence[float]]) -> Any:
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


@dataclass(frozen=True)
class Tables:
    """What a random game is made of: utilities of own decisions of each coalition, and priors."""

    own: dict[Members, dict[str, Any]]
    prior: list[Any]

    def game(self) -> CooperativeGame:
        n = len(self.prior)
        types = [[str(t) for t in range(len(p))] for p in self.prior]
        return cooperative_game([str(i) for i in range(n)], types, self.prior, self.own)

    def moved(self, rng: np.random.Generator, by: float) -> "Tables":
        own = {s: {d: u + by * rng.normal(size=u.shape) for d, u in ds.items()} for s, ds in self.own.items()}
        return replace(self, own=own)


def tables_of(
    rng: np.random.Generator, players: int, *, types: int = 2, own: int = 3, ties: bool = False, alone: bool = False
) -> Tables:
    """Every coalition of two or more has ``own`` decisions with normal utilities around 1/2; with ``ties`` -1, 0, 1 or 2; and
    single players too if ``alone``."""

    def draw(shape: tuple[int, ...]) -> Any:
        return rng.integers(-1, 3, shape).astype(float) if ties else rng.normal(0.5, 1, shape)

    said = {
        s: {f"d{k}": draw((len(s), *[types] * len(s))) for k in range(own if len(s) > 1 else 2)}
        for s in all_coalitions(players)
        if alone or len(s) > 1
    }
    return Tables(said, [rng.dirichlet([3.0] * types) for _ in range(players)])


def random_game(rng: np.random.Generator, players: int, **how: Any) -> CooperativeGame:
    return tables_of(rng, players, **how).game()


def climb(
    run: Run, players: int, steps: int, violation: Callable[[CooperativeGame, np.random.Generator], float]
) -> tuple[float, int]:
    """The largest violation on a hill climb over utilities, and how many games were tried."""
    here = tables_of(run.rng, players)
    best = violation(here.game(), run.rng)
    count = run.tries(steps)
    for k in range(count):
        other = tables_of(run.rng, players) if k % 10 == 9 else here.moved(run.rng, float(run.rng.choice([0.05, 0.3, 1.0])))
        found = violation(other.game(), run.rng)
        if found > best:
            here, best = other, found
    return best, count + 1


def solve(game: CooperativeGame) -> NeutralSolution:
    """The solution; from more starting points where the first ones leave a residual."""
    first = neutral_procedural_solution(game)
    return first if first.residual < SOLVED else neutral_procedural_solution(game, starts=200)


def solved(rng: np.random.Generator, players: int) -> tuple[CooperativeGame, NeutralSolution]:
    """A random game whose solution is certified, at utility weights away from 0."""
    while True:
        game = random_game(rng, players)
        solution = neutral_procedural_solution(game)
        if solution.residual < SOLVED and least_of(solution.grand.scales) > 10 * POSITIVE:
            return game, solution


def least_of(scales: Scales) -> float:
    return min(float(w.min()) for w in scales.utility_weights)


def enlarged(rng: np.random.Generator, game: CooperativeGame, added: int = 2) -> CooperativeGame:
    """The same game with more decisions for the grand coalition."""
    s = game.everybody
    old = game.coalitions[s]
    more = rng.normal(0.2, 1.0, (game.n, added, *old.utility.shape[2:]))
    names = tuple(((s, f"new {k}"),) for k in range(added))
    whole = Coalition(s, (*old.decisions, *names), np.concatenate([old.utility, more], axis=1))
    return replace(game, coalitions={**game.coalitions, s: whole})


def agreements(game: CooperativeGame) -> dict[Members, Any]:
    """The agreements of all coalitions but the grand one."""
    return {s: neutral_procedural_solution(game.subgame(s)).grand for s in all_coalitions(game.n) if s != game.everybody}


def below_of(game: CooperativeGame) -> dict[Members, Any]:
    return {s: c.payoffs for s, c in agreements(game).items()}


def honest_draw(rng: np.random.Generator, game: CooperativeGame) -> Mechanism:
    """A random mechanism that asks nothing: the same lottery in all states."""
    states, decisions = game.probability(game.everybody).size, len(game.coalitions[game.everybody].decisions)
    return as_mechanism(game, game.everybody, np.tile(rng.dirichlet(np.ones(decisions)), (states, 1)))


def random_scales(rng: np.random.Generator, game: CooperativeGame) -> Scales:
    counts = [len(t) for t in game.types]
    weights = tuple(rng.uniform(0.05, 1, c) for c in counts)
    alpha = tuple(rng.exponential(0.3, (c, c)) * (rng.random((c, c)) < 0.6) * (1 - np.eye(c)) for c in counts)
    return Scales(weights, alpha)


def reweighted(game: CooperativeGame, prior: Sequence[Any]) -> CooperativeGame:
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


def rescaled(game: CooperativeGame, factor: float) -> CooperativeGame:
    """The first player's utility times a factor."""
    parts = {}
    for s, c in game.coalitions.items():
        utility = c.utility.copy()
        utility[[k for k, i in enumerate(s) if i == 0]] *= factor
        parts[s] = replace(c, utility=utility)
    return replace(game, coalitions=parts)


def flat_alpha(program: CoalitionProgram, scales: Scales) -> Any:
    return np.array([scales.honesty[i][t, tau] for i, t, tau in program.lies])


def worth_of(game: CooperativeGame, scales: Scales, members: Members | None = None) -> float:
    """sum_t p(t) max_d sum_j v_j(d, t): the dual's value (3.7), weighted utils."""
    s = members or game.everybody
    return float(game.probability(s).ravel() @ virtual_utilities(game, s, scales).sum(axis=0).max(axis=1))


def support(mechanism: Mechanism, scales: Scales) -> float:
    """The largest failure of (3.8a), (3.8b) and honesty, weighted utils."""
    program, z = CoalitionProgram(mechanism.game, mechanism.members), mechanism.probability.ravel()
    virtual = virtual_utilities(mechanism.game, mechanism.members, scales).sum(axis=0)
    lacking = program.p * (virtual.max(axis=1) - (mechanism.probability * virtual).sum(axis=1))
    slack = flat_alpha(program, scales) * (program.honesty @ z)
    return max(float(np.abs(lacking).max()), float(np.abs(slack).max(initial=0.0)), mechanism.incentive_gain)


def weighted_gain(mechanism: Mechanism, scales: Scales) -> float:
    """What types gain, weighted, by the mechanism that a program finds to be better for all of them."""
    better = incentive_efficiency(mechanism).mechanism.payoffs
    return float(flat_of(scales.utility_weights) @ (flat_of(better) - flat_of(mechanism.payoffs)))


def left_alone(game: CooperativeGame, dictator: int, agreed: Mapping[Members, Any]) -> Any:
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


def selected_gap(problem: SelectionProblem, chosen: Any) -> float:
    """The largest failure of (4.10b), (4.10c) and (4.10d), weighted utils."""
    weights = flat_of(chosen.scales.utility_weights)
    spare = weights * (flat_of(chosen.payoffs) - problem.reserve)
    return max(support(chosen.mechanism, chosen.scales), float(np.abs(spare[~problem.mine]).max()))


def told_of(problem: SelectionProblem, types: Sequence[int]) -> Any:
    """(variables,) what conditions an expectation on the dictator's type being one of these."""
    program = problem.program
    among = np.isin(program.at[:, problem.seat], types)
    return np.repeat(among / problem.game.prior[problem.dictator][list(types)].sum(), program.decisions)


def betrayals(problem: SelectionProblem) -> list[float]:
    """For every set of the dictator's types: the most that all of these gain over the strong solution, and no other does, by a
    mechanism that the others take part in honestly once they infer the set; utils."""
    program, strong = problem.program, found_of(problem).payoffs[problem.seat]
    kinds = range(len(strong))
    mine, others = program.utilities[problem.mine], program.utilities[~problem.mine]
    told = program.lies[:, 0] == problem.seat
    out = []
    for types in chain.from_iterable(combinations(kinds, size) for size in range(1, len(strong) + 1)):
        given = told_of(problem, types)
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


def spread_of_strong(problem: SelectionProblem) -> float:
    """The most that a type of the dictator gets in any safe mechanism (4.12) above the strong solution, utils: where none gets
    more, all strong solutions pay the same."""
    program, strong = problem.program, found_of(problem).payoffs[problem.seat]
    told = program.lies[:, 0] == problem.seat
    given = [told_of(problem, (t,)) for t in range(len(strong))]
    below = [(-program.honesty[told], np.zeros(int(told.sum())))]
    below += [(-program.honesty[~told] * g, np.zeros(int((~told).sum()))) for g in given if (~told).any()]
    exact = np.concatenate([program.utilities[~problem.mine] * g for g in given])
    level = np.tile(problem.reserve[~problem.mine], len(given))
    below += [(exact, level + 1e-9), (-exact, 1e-9 - level)]
    best = [maximise(row, below, [program.sums]).value for row in program.utilities[problem.mine]]
    return float((np.array(best) - strong).max())


def strong_problems(game: CooperativeGame, solution: NeutralSolution) -> list[SelectionProblem]:
    problems = [selection_problem(game, game.everybody, i, threats_of(solution)) for i in game.everybody]
    return [problem for problem in problems if problem.strong() is not None]


def warrant_matrix(scales: Scales, i: int) -> Any:
    """(lambda_i(t) + sum_tau alpha_i(tau | t)) on the diagonal, less alpha_i(t | tau)."""
    alpha = scales.honesty[i]
    return np.diag(scales.utility_weights[i] + alpha.sum(axis=1)) - alpha.T


def warrant_gap(game: CooperativeGame, threats: Mapping[Members, Any], scales: Scales, claims: Sequence[Any]) -> float:
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


def below_alone(game: CooperativeGame, claims: Sequence[Any]) -> float:
    return max(float((game.coalitions[(i,)].utility[0].max(axis=0) - claims[i]).max()) for i in game.everybody)


def identity_4_8(rng: np.random.Generator, game: CooperativeGame) -> float:
    """(4.8) for an efficient mechanism of the first two players with its multipliers, at other weights."""
    first, other = (tuple(rng.uniform(0.05, 1, len(game.types[i])) for i in (0, 1)) for _ in range(2))
    best = best_mechanism(game, (0, 1), first)
    virtual = virtual_utilities(game, (0, 1), Scales(other, best.scales.honesty)).sum(axis=0)
    value = game.probability((0, 1)).ravel() @ (virtual * best.mechanism.probability).sum(axis=1)
    return abs(float(value) - sum(float(w @ u) for w, u in zip(other, best.mechanism.payoffs, strict=True)))


def shares(solution: NeutralSolution, s: Members) -> list[Any]:
    """(5.1): the average over dictators, at the claims."""
    out = []
    for k, i in enumerate(s):
        others = [tuple(q for q in s if q != j) for j in s if j != i]
        out.append(
            (solution.coalitions[s].claims[k] + sum(solution.coalitions[r].payoffs[r.index(i)] for r in others)) / len(s)
        )
    return out


def transfer(solution: NeutralSolution, other: CooperativeGame, factor: float) -> float:
    """How far the solution's mechanism, scales and threats fail in another game, in which player 1's utils count ``factor``
    times: payoffs that are not the same, or epsilon beyond the residual, utils."""
    scales = solution.grand.scales
    weights, honesty = scales.utility_weights, scales.honesty
    moved = Scales((weights[0] / factor, *weights[1:]), (honesty[0] / factor, *honesty[1:]))

    def told(members: Members, payoffs: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(u * (factor if i == 0 else 1.0) for i, u in zip(members, payoffs, strict=True))

    known = {s: told(s, us) for s, us in threats_of(solution).items()}
    same = Mechanism(other, other.everybody, solution.mechanism.probability)
    epsilon, _ = certificate(other, other.everybody, same, known, moved)
    differ = apart(same.payoffs, told(other.everybody, solution.payoffs))
    return max(differ, epsilon - factor * solution.grand.residual, same.incentive_gain - factor * solution.grand.incentive_gain)


def irrational_solution() -> tuple[Mechanism, float, tuple[Any, ...]]:
    """Section 6 with P(strong) = 1/4, same products, and a decision of all three for the strong type: 10, 10 and -5, worth as
    much as the others at the weights of (6.1). A mechanism whose payoffs are the shares (5.1) at these weights; its epsilon,
    the largest of all coalitions; its claims."""
    base = PAPER_GAMES["project"]()
    old = base.coalitions[(0, 1, 2)]
    extra = np.zeros((3, 1, 1, 1, 2))
    extra[:, 0, 0, 0, 1] = [10, 10, -5]
    name = (((0, 1, 2), "all help"),)
    whole = Coalition((0, 1, 2), (*old.decisions, name), np.concatenate([old.utility, extra], axis=1))
    game = reweighted(
        replace(base, coalitions={**base.coalitions, (0, 1, 2): whole}), [np.ones(1), np.ones(1), np.array([0.75, 0.25])]
    )
    agreed = agreements(game)
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
    plan = as_mechanism(game, (0, 1, 2), plan_of(game, (0, 1, 2), rows))
    epsilon, claims = certificate(game, (0, 1, 2), plan, threats, scales)
    return plan, max(epsilon, *(c.residual for c in agreed.values())), claims


def strong_row(game: CooperativeGame, selected: Any) -> dict[str, float]:
    """Probabilities of decisions in the strong state, by the words after the colon."""
    assert selected is not None
    return {d.rpartition(": ")[2]: p for d, p in selected.mechanism.rows()[1][1].items()}


def least_epsilon(solution: NeutralSolution, other: CooperativeGame) -> float:
    """The least epsilon of Section 6's mechanism in another game at the weights of (6.1), over a grid of multipliers, utils."""
    same, threats = Mechanism(other, other.everybody, solution.mechanism.probability), threats_of(solution)
    weights, none = (np.ones(1), np.ones(1), np.array([0.9, 0.2])), np.zeros((1, 1))
    grid = (0.0, 0.01, 0.03, 0.07, 0.1, 0.3, 1.0)
    found = []
    for a, b in ((a, b) for a in grid for b in grid):
        scales = Scales(weights, (none, none, np.array([[0.0, a], [b, 0.0]])))
        found.append(certificate(other, other.everybody, same, threats, scales)[0])
    return min(found)


def project_with(strong: float) -> CooperativeGame:
    """Section 6 with another probability of the strong type; probability times utility as it was."""
    return reweighted(PAPER_GAMES["project"](), [np.ones(1), np.ones(1), np.array([1 - strong, strong])])


def with_broker(scales: Scales, share: float) -> Scales:
    """The broker's weight times a share."""
    return replace(scales, utility_weights=(*scales.utility_weights[:2], scales.utility_weights[2] * share))


def other_threat_gap(rng: np.random.Generator) -> float:
    """An efficient mechanism of two players with multipliers (4.7), and another with the same interim utilities, the furthest
    in a random direction: by how much their virtual worths differ at random weights."""
    game = random_game(rng, 2, own=5)
    weights = tuple(rng.uniform(0.2, 1, 2) for _ in range(2))
    best = best_mechanism(game, (0, 1), weights)
    program = CoalitionProgram(game, (0, 1))
    level = flat_of(best.mechanism.payoffs)
    same = [(program.utilities, level + 1e-9), (-program.utilities, 1e-9 - level)]
    other = maximise(rng.normal(size=program.variables), [program.honest, *same], [program.sums])
    assert other.z is not None
    virtual = virtual_utilities(game, (0, 1), Scales(tuple(rng.uniform(0.2, 1, 2) for _ in range(2)), best.scales.honesty)).sum(
        axis=0
    )
    differ = program.mechanism(other.z) - best.mechanism.probability
    return abs(float(program.p @ (virtual * differ).sum(axis=1)))


def egalitarian(game: CooperativeGame, pair: Members, scales: Scales) -> Any:
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


def lemma_1(game: CooperativeGame, threats: Mapping[Members, tuple[Any, ...]], scales: Scales) -> float:
    """The largest failure of what Lemma 1 says of the extension; gains of others weighted by the least weight."""
    claims = warranted_claims(CoalitionProgram(game, game.everybody), threats, scales)
    extended = restricted_extension(game, threats, scales)
    states, count = game.probability(game.everybody).size, len(extended.coalitions[game.everybody].decisions)
    average, worst = np.zeros((states, count)), 0.0
    for i in game.everybody:
        always = np.zeros((states, count))
        always[:, count - game.n + i] = 1.0
        got = selection_problem(extended, game.everybody, i, threats).assess(always)
        missed = float(np.abs(got.payoffs[i] - claims[i]).max())
        worst = max(worst, got.insecurity, got.incentive_gain, got.refusal, got.domination * least_of(scales), missed)
        average += always / game.n
    gain = incentive_efficiency(Mechanism(extended, game.everybody, average)).gain
    return max(worst, gain * least_of(scales))


def lots_of(game: CooperativeGame, solution: NeutralSolution) -> tuple[CooperativeGame, Mechanism | None]:
    """The extension of Lemma 1 and the average of its dictators' strong solutions, as a program finds them."""
    extended = restricted_extension(game, threats_of(solution), solution.grand.scales)
    return extended, average_dictatorship(random_dictators(extended, game.everybody, threats_of(solution)))


def iia(game: CooperativeGame, solution: NeutralSolution) -> float:
    _, average = lots_of(game, solution)
    return np.inf if average is None else apart(average.payoffs, solution.payoffs)


def rcrd_of(game: CooperativeGame, solution: NeutralSolution) -> float:
    extended, average = lots_of(game, solution)
    if average is None:
        return np.inf
    efficiency = incentive_efficiency(average)
    return certificate(extended, game.everybody, average, threats_of(solution), efficiency.scales)[0]


def re(rng: np.random.Generator, game: CooperativeGame, solution: NeutralSolution) -> float:
    larger = enlarged(rng, game, int(rng.integers(1, 4)))
    other = coalition_agreement(larger, game.everybody, threats_of(solution))
    epsilon, _ = certificate(game, game.everybody, solution.mechanism, threats_of(solution), other.scales)
    return epsilon - max(float((b - a).max()) for a, b in zip(solution.payoffs, other.payoffs, strict=True)) - other.residual


def threat_values(game: CooperativeGame, solution: NeutralSolution, i: int, alpha: Sequence[Any]) -> Any:
    """(types of the others) virtual value of the threat against i, at the grand coalition's weights and these multipliers."""
    rest = tuple(j for j in game.everybody if j != i)
    scales = Scales(tuple(solution.grand.scales.utility_weights[j] for j in rest), tuple(alpha))
    virtual = virtual_utilities(game, rest, scales).sum(axis=0)
    return (virtual * solution.coalitions[rest].mechanism.probability).sum(axis=1)


def as_printed(game: CooperativeGame, solution: NeutralSolution) -> CooperativeGame:
    """Lemma 1's extension as the appendix prints it: (B.1a) and the utilities of the new decisions."""
    s, scales = game.everybody, solution.grand.scales
    counts = [len(t) for t in game.types]
    worth = virtual_utilities(game, s, scales).sum(axis=0).max(axis=1).reshape(counts)
    added = np.zeros((game.n, game.n, *counts))
    for i in s:
        rest = tuple(j for j in s if j != i)
        threat = solution.coalitions[rest]
        shape = [len(game.types[j]) for j in rest]
        paid = threat_values(game, solution, i, threat.scales.honesty).reshape(shape)
        right = game.prior[i].reshape(-1, *[1] * len(rest)) * (np.moveaxis(worth, i, 0) - paid)
        own = np.linalg.solve(warrant_matrix(scales, i), right.reshape(counts[i], -1)).reshape(right.shape)
        added[i, i] = np.moveaxis(own, 0, i)
        chosen = threat.mechanism.probability.T.reshape(-1, *shape)
        for k, j in enumerate(rest):
            added[j, i] = np.expand_dims((game.coalitions[rest].utility[k] * chosen).sum(axis=0), i)
    old = game.coalitions[s]
    names = tuple(((s, f"as printed, {who}"),) for who in game.players)
    whole = Coalition(s, (*old.decisions, *names), np.concatenate([old.utility, added], axis=1))
    return replace(game, coalitions={**game.coalitions, s: whole})


def forgone(extended: CooperativeGame, solution: NeutralSolution, i: int) -> float:
    """How much better a feasible mechanism is for player i than its new decision in all states, utils."""
    table = np.zeros((len(solution.mechanism.probability), len(extended.coalitions[extended.everybody].decisions)))
    table[:, i - extended.n] = 1.0
    return selection_problem(extended, extended.everybody, i, threats_of(solution)).assess(table).domination


def printed_excess(game: CooperativeGame, solution: NeutralSolution, i: int) -> float:
    """By how much the printed decision of player i raises the worth: the threat's value at the grand coalition's multipliers
    less that at its own, where it is more."""
    rest = tuple(j for j in game.everybody if j != i)
    grand = [solution.grand.scales.honesty[j] for j in rest]
    excess = threat_values(game, solution, i, grand)
    excess = excess - threat_values(game, solution, i, solution.coalitions[rest].scales.honesty)
    return float(game.probability(rest).ravel() @ np.maximum(excess, 0.0))


def shapley_gap(rng: np.random.Generator) -> float:
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
        gap = max(gap, apart(solution.coalitions[s].payoffs, [[value[i]] for i in s]))
    return gap


def consistent_gap(rng: np.random.Generator) -> float:
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
    return max(apart(solution.coalitions[s].payoffs, [[x] for x in v.values()]) for s, v in value.items())


def hart_gap(game: CooperativeGame) -> float:
    """Complete information: (5.3) in all coalitions, beyond the residual; weights sum to 1."""
    solution = neutral_procedural_solution(game)
    worst = -np.inf
    for s, agreed in solution.coalitions.items():
        weights = flat_of(agreed.scales.utility_weights) / flat_of(agreed.scales.utility_weights).sum()
        most = float((weights @ game.coalitions[s].utility.reshape(len(s), -1)).max())
        for k, i in enumerate(s if len(s) > 1 else ()):
            rest = [tuple(q for q in s if q != j) for j in s]
            paid = sum(weights[s.index(j)] * solution.coalitions[rest[k]].payoffs[a][0] for a, j in enumerate(rest[k]))
            kept = sum(solution.coalitions[r].payoffs[r.index(i)][0] for r in rest if i in r)
            worst = max(
                worst, abs(weights[k] * agreed.payoffs[k][0] - (most - paid + weights[k] * kept) / len(s)) - agreed.residual
            )
    return worst


def neutral_bargaining_gap(game: CooperativeGame, payoffs: Sequence[Any], scales: Scales) -> float:
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
        warranted = np.linalg.solve(warrant_matrix(scales, i), p[i] * mean / 2)
        gap = max(gap, float((warranted - payoffs[i]).max()))
    return gap


def nash_gap(rng: np.random.Generator) -> float:
    """Six random decisions and disagreement 0: the largest Nash product on segments between decisions, in closed form."""
    points = np.vstack([rng.uniform(0.0, 10.0, (6, 2)), [[0.0, 0.0]]])
    game = two_person_game({f"d{k}": list(x) for k, x in enumerate(points[:-1])}, types=(["1"], ["2"]), prior=([1.0], [1.0]))
    best = 0.0
    for a, b in combinations(points, 2):
        step = b - a
        bend = float(step[0] * step[1])
        at = float(np.clip(-(a[0] * step[1] + a[1] * step[0]) / (2 * bend), 0, 1)) if bend < 0 else 0.0
        best = max(best, *(float(np.prod(a + q * step)) for q in (0.0, at, 1.0)))
    return 1 - float(np.prod(flat_of(neutral_procedural_solution(game).payoffs))) / best
