"""What each theory predicts of a problem: ``predict(problem)``, every benchmark's payoffs side by side.

Let S(theta) be the first-best surplus, f the prior; transfers are possible and no agreement is worth 0 to both. Benchmarks:

- first best: E[S];
- Rubinstein: shares s of the surplus where it is known (file 004, Theorem 1); of E[S] elsewhere, and the note says so;
- Nash ex post: S(theta) / 2 each; type t of a player expects E[S | t] / 2;
- Nash, Kalai-Smorodinsky and egalitarian ex ante: on {(U_a, U_b) : U_a + U_b <= E[S]}, disagreement (0, 0);
- the ECL compromise: the Nash solution over the interim payoffs of all types of both players with the types' prior
  probabilities as weights, no incentive constraints: ``negotiation.bargaining.interim``;
- the second best and the linking mechanism of ``negotiation.equilibrium``;
- the neutral solution: what drawing lots for who dictates justifies if types can be neither verified nor inferred from demands
  (file 003): ``negotiation.bargaining.incomplete``; for few types, independent between the players.

Payoffs are time-0 utils. A benchmark that cannot be computed at this size has NaN and a note that says why."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium.type_classes import NotAvailable, TypeSpace, frequency_label, type_space
from negotiation.errors import CannotPlay
from negotiation.outcomes import Estimate
from negotiation.priors import IID
from negotiation.problem import PLAYERS, Problem

if TYPE_CHECKING:
    import pandas as pd

    from negotiation.bargaining.base import FeasibleSet
    from negotiation.outcomes import Summary

Floats = NDArray[np.float64]
NAN = float("nan")
FEW_TYPES, FEW_UTILITIES = 4, 160  # of a player; of all joint types and decisions: the neutral solution takes half a second
CERTIFIED = 1e-6  # of the expected surplus: the largest residual of a neutral solution that is told
CHI2 = 5.991464547107979  # 95% quantile of the chi-squared law with two degrees of freedom


@dataclass(frozen=True)
class Row:
    """One benchmark: expected payoffs and surplus in utils (NaN: not determined, or not available), and ``residual``, what is
    missing from the certificate of what was solved for (NaN where nothing was solved)."""

    benchmark: str
    alice: float
    bob: float
    surplus: float
    residual: float
    note: str


@dataclass(frozen=True)
class InterimRow:
    """What a benchmark gives a type (or frequencies of item types) of a player, in utils, with the type's prior probability."""

    benchmark: str
    player: str
    type: str
    probability: float
    payoff: float


@dataclass(frozen=True)
class Predictions:
    """The benchmarks of a problem, with the interim payoffs of those that determine them."""

    problem: str
    benchmarks: tuple[Row, ...]
    types: tuple[InterimRow, ...]

    def __getitem__(self, benchmark: str) -> Row:
        for row in self.benchmarks:
            if row.benchmark == benchmark:
                return row
        raise KeyError(f"{benchmark!r}: expected one of {', '.join(row.benchmark for row in self.benchmarks)}")

    def frame(self) -> "pd.DataFrame":
        """benchmark, alice, bob, surplus, residual, note: a row for each benchmark."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.benchmarks])

    def interim(self) -> "pd.DataFrame":
        """benchmark, player, type, probability, payoff: a row for each type of each benchmark that has interim payoffs."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.types], columns=list(InterimRow.__dataclass_fields__))

    def rows(self) -> list[dict[str, Any]]:
        """The benchmarks as JSON-able rows with their interim payoffs; None for what is not determined or not available."""
        rows = []
        for row in self.benchmarks:
            plain = {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in asdict(row).items()}
            plain["interim"] = [
                {"player": t.player, "type": t.type, "probability": t.probability, "payoff": t.payoff}
                for t in self.types
                if t.benchmark == row.benchmark
            ]
            rows.append(plain)
        return rows

    def __str__(self) -> str:
        return str(self.frame().to_string(index=False, na_rep="-", float_format="{:.6g}".format))


class _Answers:
    """Rows under construction."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.types: list[InterimRow] = []

    def add(
        self, benchmark: str, payoffs: Sequence[float] | Floats, residual: float, note: str, surplus: float | None = None
    ) -> None:
        alice, bob = float(payoffs[0]), float(payoffs[1])
        self.rows.append(Row(benchmark, alice, bob, alice + bob if surplus is None else surplus, float(residual), note))

    def unavailable(self, benchmark: str, why: str) -> None:
        why = why.removeprefix(f"{benchmark}: ")
        if not why.startswith("not available"):
            why = f"not available: {why}"
        self.add(benchmark, (NAN, NAN), NAN, why)

    def interim(
        self, benchmark: str, labels: Iterable[Iterable[str]], probability: Iterable[Floats], payoff: Iterable[Floats]
    ) -> None:
        for player, names, ps, us in zip(PLAYERS, labels, probability, payoff, strict=True):
            for name, p, u in zip(names, ps, us, strict=True):
                self.types.append(InterimRow(benchmark, player, name, float(p), float(u)))


def predict(problem: Problem, order: str = "alternating", recognition: float = 0.5) -> Predictions:
    """Every benchmark of the problem under its prior.

    ``order``, ``recognition``: the order of offers, for Rubinstein's shares (see ``rubinstein_shares``).
    Raises InputError for an unknown order."""
    from negotiation.bargaining import egalitarian, hull, kalai_smorodinsky, nash

    answers = _Answers()
    known, mean = problem.surplus.known, problem.surplus.mean
    shares = rubinstein_shares(problem.discount, order, recognition)
    answers.add("first best", (NAN, NAN), NAN, "the known surplus" if known else "the expected surplus", mean)
    alice = float(shares.expected[0]) * mean
    which = "exact: the surplus is known" if known else "at the expected surplus: exact only where the surplus is known"
    answers.add("Rubinstein", (alice, mean - alice), shares.residual * mean, f"{which} ({order} offers)", mean)
    space: TypeSpace | None = None
    try:
        space = type_space(problem)
    except NotAvailable as error:
        untold = f"; interim payoffs not available at this size: {error}"
    else:
        untold = ""
    answers.add("NBS ex post", (mean / 2, mean / 2), NAN, f"equal split of the realised surplus{untold}")
    if space is not None:
        answers.interim("NBS ex post", space.labels, space.probability, (space.surplus[0] / 2, space.surplus[1] / 2))
        if known:
            split = (shares.expected[0], 1 - shares.expected[0])
            payoff = (space.surplus[0] * split[0], space.surplus[1] * split[1])
            answers.interim("Rubinstein", space.labels, space.probability, payoff)
    ex_ante = hull([[mean, 0.0], [0.0, mean]], transfers=True)
    solutions: tuple[tuple[str, Callable[[FeasibleSet, Floats], Any]], ...] = (
        ("NBS ex ante", nash),
        ("KSBS", lambda f, d: kalai_smorodinsky(f, d, "rational")),
        ("egalitarian", egalitarian),
    )
    for name, rule in solutions:
        found = rule(ex_ante, np.zeros(2))
        answers.add(
            name,
            (found.point[0], found.point[1]),
            found.residual,
            "over ex ante payoffs, utility transferable: the equal split",
        )
    _compromise(answers, problem, space)
    _second_best(answers, problem)
    _neutral(answers, problem)
    _linking(answers, problem)
    return Predictions(problem.name, tuple(answers.rows), tuple(answers.types))


def _compromise(answers: _Answers, problem: Problem, space: TypeSpace | None) -> None:
    """Where the types of an iid prior are too many to list, one type of each player stands for all of them: they are connected,
    and splitting a type changes nothing (file 000, Axiom 70)."""
    from negotiation.bargaining.interim import interim_nash

    name, merged = "ECL compromise", space is None
    if space is None:
        if not isinstance(problem.prior, IID):
            answers.unavailable(name, "not available at this size: the types cannot be listed")
            return
        one, mean, zero = np.ones(1), np.array([problem.surplus.mean]), np.zeros(1, dtype=np.int64)
        space = TypeSpace((("any",), ("any",)), (one, one), (mean, mean), (zero, zero), True)
    payoffs, residual = interim_nash(space)
    means = [float(p @ u) for p, u in zip(space.probability, payoffs, strict=True)]
    parts = 1 + int(max(c.max() for c in space.component))
    note = "Nash over interim payoffs of all types, weights their probabilities" + (
        f", {parts} components" if parts > 1 else ""
    )
    answers.add(name, means, residual, f"{note}; types merged, which changes nothing" if merged else note)
    answers.interim(name, space.labels, space.probability, payoffs)


def _second_best(answers: _Answers, problem: Problem) -> None:
    from negotiation.equilibrium import second_best

    name = "second best"
    try:
        found = second_best(problem)
    except NotAvailable as error:
        answers.unavailable(name, str(error))
        return
    note = f"interim incentive compatible and individually rational; {found.note}; payoffs as equal as can be"
    answers.add(name, found.payoffs, found.residual, note, found.surplus)
    answers.interim(name, found.labels, found.probability, found.interim)


def _neutral(answers: _Answers, problem: Problem) -> None:
    from negotiation.bargaining.incomplete import from_problem, neutral_procedural_solution

    name = "neutral solution"
    if problem.prior.support_size() > FEW_TYPES**2:
        answers.unavailable(name, f"not available at this size: more than {FEW_TYPES} types of each player")
        return
    try:
        game = from_problem(problem)
    except CannotPlay as error:
        answers.unavailable(name, str(error).removeprefix("from_problem: "))
        return
    size = game.coalitions[game.everybody].utility[0].size
    if size > FEW_UTILITIES or max(len(types) for types in game.types) > FEW_TYPES:
        answers.unavailable(name, f"not available at this size: {size} joint types and decisions, at most {FEW_UTILITIES}")
        return
    try:
        found = neutral_procedural_solution(game, starts=1)
    except ArithmeticError as error:
        answers.unavailable(name, str(error))
        return
    if found.residual > CERTIFIED * max(1.0, problem.surplus.mean):
        answers.unavailable(name, f"not available: found only to {found.residual:.1g} utils of its definition")
        return
    means = [float(p @ u) for p, u in zip(game.prior, found.payoffs, strict=True)]
    note = f"lots for who dictates, types neither verified nor inferred; by {found.grand.method}, incentive efficient"
    answers.add(name, means, found.residual, note)
    answers.interim(name, game.types, game.prior, found.payoffs)


def _linking(answers: _Answers, problem: Problem) -> None:
    from negotiation.equilibrium import linking_mechanism

    name = "linking mechanism"
    try:
        found = linking_mechanism(problem)
    except NotAvailable as error:
        answers.unavailable(name, str(error))
        return
    least = min((float(u.min()) for u in found.interim if len(u)), default=NAN)
    loss = f"; the worst-off type gets {least:.4g}" if least < 0 else ""
    answers.add(name, found.payoffs, found.residual, f"announced as truthfully as the quotas permit, fixed transfer{loss}")
    if all(len(u) for u in found.interim):
        labels = [[frequency_label(problem, i, [counts]) for counts in found.held[i]] for i in (0, 1)]
        answers.interim(name, labels, found.probability, found.interim)


@dataclass(frozen=True)
class Distance:
    """How far mean payoffs are from a benchmark, in utils: ``alice`` and ``bob`` by player (simulated minus predicted) and
    ``distance``, the Euclidean one, each with a 95% interval."""

    benchmark: str
    alice: Estimate
    bob: Estimate
    distance: Estimate

    def row(self) -> dict[str, Any]:
        """JSON-able: benchmark, and alice, bob and distance with their _low and _high."""
        plain: dict[str, Any] = {"benchmark": self.benchmark}
        for name in ("alice", "bob", "distance"):
            estimate: Estimate = getattr(self, name)
            plain |= {name: estimate.mean, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
        return plain


def distances(summary: "Summary", predictions: Predictions) -> tuple[Distance, ...]:
    """The distance of simulated mean payoffs from every benchmark that has payoffs.

    The interval of the Euclidean distance runs over the joint 95% confidence ellipse of both means: it covers at least as
    often as it says, and holds 0 where the benchmark lies in the ellipse, where a normal approximation of a distance fails."""
    names = ("payoff_alice", "payoff_bob")
    at = [summary._index(name) for name in names]
    mean = np.array([summary.mean(name) for name in names])
    covariance = summary.covariance()[np.ix_(at, at)] / summary.count
    value, axes = np.linalg.eigh(covariance)
    angle = np.linspace(0, 2 * np.pi, 721)
    ellipse = mean + (np.stack([np.cos(angle), np.sin(angle)], 1) * np.sqrt(CHI2 * np.maximum(value, 0))) @ axes.T
    found = []
    for row in predictions.benchmarks:
        point = np.array([row.alice, row.bob])
        if not np.isfinite(point).all():
            continue
        by_player = []
        for name, predicted in zip(names, point.tolist(), strict=True):
            e = summary.estimate(name)
            by_player.append(Estimate(e.mean - predicted, e.low - predicted, e.high - predicted))
        apart = np.linalg.norm(ellipse - point, axis=1)
        scaled = (axes.T @ (point - mean)) ** 2
        inside = float((scaled / np.maximum(CHI2 * value, 1e-300)).sum()) <= 1
        low = 0.0 if inside else float(apart.min())
        distance = Estimate(float(np.linalg.norm(mean - point)), low, float(apart.max()))
        found.append(Distance(row.benchmark, by_player[0], by_player[1], distance))
    return tuple(found)
