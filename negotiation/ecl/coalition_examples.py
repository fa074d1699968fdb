"""The separable games of Treutlein, Modeling evidential cooperation in large worlds (file 000): Examples 17, 64 and 66."""

from __future__ import annotations

from negotiation.ecl.separable_games import SeparableGame


def example_17(reach: float = 2.0) -> SeparableGame:
    """Two players whose individual Pareto frontiers are the same line x_0 + x_1 = 1, here from (reach, 1 - reach) to (1 -
    reach, reach): the solution (1, 1) can be divided in many ways (Figure 6; the line there has no ends)."""
    return SeparableGame([[(reach, 1 - reach), (1 - reach, reach)]] * 2)


def example_64() -> SeparableGame:
    """Table 7: the Nash bargaining solution from the Nash point is blocked by players 0 and 1."""
    return SeparableGame(
        [
            [(3, 0, 0), (2.5, 2.5, 0), (2, 2, 2)],
            [(0, 3, 0), (2.5, 2.5, 0), (2, 2, 2)],
            [(0, 0, 3), (0.5, 0.5, 0), (0.5, 0.5, 0)],
        ]
    )


def example_66() -> SeparableGame:
    """Table 8: the Nash-equilibrium core is empty."""
    return SeparableGame(
        [
            [(5, 0, 5), (4, 4, 0), (3, 3, 6)],
            [(0, 5, 5), (4, 4, 0), (3, 3, 6)],
            [(0, 0, 5), (0, 0, 0), (0, 0, 0)],
        ]
    )
