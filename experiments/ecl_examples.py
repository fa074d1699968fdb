"""The paper's examples (file 000) for `negotiation ecl`, by number."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np

from experiments.ecl_telling import Block, Told, number, tell_bargaining, tell_separable, vector
from negotiation.bargaining import (
    bimatrix,
    egalitarian,
    hull,
    kalai_smorodinsky,
    minkowski,
    nash,
    nash_equilibria,
    smooth,
    variable_threats,
    variance_normalised,
)  # fmt: skip
from negotiation.ecl.alike_families import mixed_families
from negotiation.ecl.coalition_examples import example_17, example_64, example_66
from negotiation.ecl.decision_procedures import least_players, with_cooperators
from negotiation.ecl.dependency_equilibria import is_dependency_equilibrium
from negotiation.ecl.ecl_games import bayesian_nash_equilibria, expected_utilities, gains_from_cooperation
from negotiation.ecl.examples import example_46, example_54, example_54_split, example_55, example_56
from negotiation.ecl.examples_of_games import example_35
from negotiation.ecl.separable_games import SeparableGame


def _linear_and_root(resources: float) -> Any:
    """What one spends on Alice counts as it is, what one spends on Bob as the root of twice it; ``resources`` to spend."""

    def best(w: np.ndarray) -> np.ndarray:
        alice, bob = max(w[0], 0.0), max(w[1], 0.0)
        spent = resources if alice == 0 else min(resources, (bob / alice) ** 2 / 2)  # on Bob: the marginal root is bob / alice
        spent = 0.0 if bob == 0 else spent
        return np.array([resources - spent, np.sqrt(2 * spent)])

    return smooth(support=best, n=2, comprehensive=True)


def tell_1() -> Told:
    """Examples 1 and 10."""
    sets = [_linear_and_root(10.0), _linear_and_root(5.0)]
    F, d = minkowski(sets), np.array([10.0, np.sqrt(10.0)])
    found = nash(F, d)
    parts = F.parts(found.weights)  # type: ignore[attr-defined]
    rows = [["disagreement (own values)", vector(d)], ["Nash", vector(found.point)]]
    rows += [[f.name, vector(f.point)] for f in (kalai_smorodinsky(F, d), egalitarian(F, d))]
    blocks = [
        Block(
            "The game",
            [""],
            [["Alice has 10 resources, Bob 5; spent on Alice they give what is spent, on Bob the root of twice it."]],
        ),
        Block("Compromise", ["", "payoffs"], rows, f"Common weights {vector(found.weights)}, residual {found.residual:.1g}."),
        Block("Who spends what on Alice", ["", "resources"], [["Alice", number(parts[0, 0])], ["Bob", number(parts[1, 0])]]),
    ]
    data = {"disagreement": d, "payoffs": found.point, "gains": found.gains, "weights": found.weights, "on_alice": parts[:, 0]}
    return Told("Examples 1 and 10: Alice and Bob", blocks, data, ("Alice", "Bob"), d, found.point)


def tell_7() -> Told:
    """Example 7."""
    game = SeparableGame([[(0, -3), (-1, 0)], [(0, 3), (-3, 2)]])
    outcomes = np.array([game.vertices[0][a] + game.vertices[1][b] for a, b in product(range(2), repeat=2)])
    found = variance_normalised(hull(outcomes), np.array([0.0, 0.0]))
    told = tell_separable(game, "Example 7: variance normalisation leaves player 1 worse off")
    worse = " and ".join(f"player {i + 1}" for i in np.flatnonzero(found.gains < -1e-9))
    rows = [["variance-normalised sum", vector(found.point), f"{worse} worse off than without a compromise" if worse else ""]]
    told.blocks.insert(2, Block("Variance normalisation", ["", "payoffs", ""], rows))
    told.data["variance_normalised"] = {"payoffs": found.point, "weights": found.weights, "gains": found.gains}
    return told


def tell_35() -> Told:
    """Example 35."""
    rows, data = [], []
    for n in (2, 3, 10):
        game = example_35(n)
        alike, any_ = (is_dependency_equilibrium(game, [0, 0], strategies=s) for s in ("alike", "exchangeable"))
        verdicts = ["yes" if r.max_gain <= 1e-8 else f"no, an alternative gains {r.max_gain:.4g}" for r in (alike, any_)]
        equilibrium = next(bayesian_nash_equilibria(game).pure())
        worth = [expected_utilities(game, p)[0] for p in (equilibrium, [0, 0])]
        mixed = [
            f"{family.branch}: {', '.join(f'[{a:.4g}, {b:.4g}]' for a, b in family.intervals)}"
            for family in mixed_families(game)
        ]
        rows.append([str(n), number(worth[0]), number(worth[1]), *verdicts, "; ".join(mixed) or "none"])
        data.append({"players": n, "equilibrium": worth[0], "cooperation": worth[1], "gain_alike": alike.max_gain,
                     "gain_any": any_.max_gain, "mixed": mixed})  # fmt: skip
    least = [least_players(with_cooperators(example_35(), share), [0, 0]) for share in (0.5, 0.1)]
    least.insert(0, next(n for n in range(2, 100) if gains_from_cooperation(example_35(n), [0, 0]).min() >= -1e-9))
    blocks = [
        Block("The game", [""], [["Two equally likely types; to cooperate gives 2 utils to both, to defect 3 to one's own."]]),
        Block("Equilibria", ["players", "all defect (equilibrium)", "all cooperate", "dependency equilibrium, like types alike",
                             "without that", "mixed ones: probability that a type cooperates"], rows),
        Block("Decision procedures (Section 4.6)", ["share of cooperators", "least number of players"],
              [[s, number(np.ceil(x - 1e-6))] for s, x in zip(("all", "0.5", "0.1"), least, strict=True)]),
    ]  # fmt: skip
    return Told("Example 35: a Bayesian prisoners' dilemma", blocks, {"by_players": data, "least_players": least})


def tell_60() -> Told:
    """Example 60."""
    row = np.array([[4.0, 2.0, -4.0], [5.0, 3.0, -3.0]])
    column = np.array([[4.0, 5.0, 2.0], [2.0, 3.0, 2.0]])
    game = bimatrix(row, column)
    pure = nash_equilibria(game)
    found = variable_threats(game)
    rows = [["Nash equilibrium", vector(game.payoff(mix))] for mix in pure]
    rows += [["threat point", vector(found.disagreement)], ["Nash solution from it", vector(found.point)]]
    table = [[f"b{i + 1}", *(vector((row[i, j], column[i, j])) for j in range(3))] for i in range(2)]
    note = "The compromise under threats is worse for player 1 than the equilibrium." if found.point[0] < 3 else ""
    blocks = [
        Block("The game (Table 6): player 1 chooses the row", ["", "a1", "a2", "a3"], table),
        Block("Equilibrium, threats and compromise", ["", "payoffs"], rows, note),
    ]
    data = {"equilibria": [game.payoff(mix) for mix in pure], "threat_point": found.disagreement, "payoffs": found.point,
            "gains": found.gains, "residual": found.residual}  # fmt: skip
    return Told("Example 60: threats", blocks, data, ("1", "2"), found.disagreement, found.point)


EXAMPLES: Mapping[str, tuple[str, Callable[..., Told]]] = {
    "1": ("Alice and Bob, and its Nash solution (Example 10)", tell_1),
    "7": ("variance normalisation leaves a player worse off", tell_7),
    "17": ("a frontier that can be divided in many ways", lambda: tell_separable(example_17(), "Example 17: many ways")),
    "35": ("a Bayesian prisoners' dilemma, dependency equilibria", tell_35),
    "46": ("three players, two types", lambda **o: tell_bargaining(example_46(), "Example 46: three players", **o)),
    "54": ("different priors, equal beliefs", lambda **o: tell_bargaining(example_54(), "Example 54: different priors", **o)),
    "54-split": ("the same with type 1 split in two",
                 lambda **o: tell_bargaining(example_54_split(), "Example 54 with type 1 split", **o)),
    "55": ("double decrease", lambda **o: tell_bargaining(example_55(), "Example 55: double decrease", **o)),
    "56": ("Paretotopia", lambda **o: tell_bargaining(example_56(), "Example 56: Paretotopia, r = 100", **o)),
    "60": ("threats", tell_60),
    "64": ("a compromise that two players leave", lambda: tell_separable(example_64(), "Example 64: an unstable compromise")),
    "66": ("an empty core", lambda: tell_separable(example_66(), "Example 66: the Nash core is empty")),
}  # fmt: skip
CHOICES = ("46", "54", "54-split", "55", "56")  # take a solution and a disagreement point
