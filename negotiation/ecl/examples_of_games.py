"""Finite games of file 000: the Bayesian prisoners' dilemma of Example 35 and Table 4, also with correlated types."""

from __future__ import annotations

from negotiation.ecl.ecl_games import ECLBayesianGame
from negotiation.ecl.type_priors import correlated_types, independent_types, numbers

COOPERATE, DEFECT = 0, 1  # actions "1" and "2" of Table 4


def example_35(players: float = 2, *, same: float = 0.5) -> ECLBayesianGame:
    """Cooperating gives 2 utils to both types, defecting 3 to one's own and 0 to the other; equally likely types, p(t | t) =
    ``same``.

    At ``same`` = 1/2 types are independent (Example 35); other values are the p, 1 - p family. If like types act alike,
    cooperating gives 2 + (n - 1)(1 + x) and defecting 3 + (n - 1)(3/2 + y), x and y the conditional probabilities that the
    other type cooperates; the formulas printed for 10 players, (27)-(30), are those of 11."""
    own, other = [2.0, 3.0], [2.0, 0.0]
    prior = independent_types([0.5, 0.5]) if same == 0.5 else correlated_types(same)
    return ECLBayesianGame(numbers([[own, other], [other, own]], "utilities", (2, 2, 2)), prior, players)
