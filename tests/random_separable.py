"""Random games with additively separable utilities, as hypothesis strategies and from a generator."""

import numpy as np
from hypothesis import strategies as st

from negotiation.ecl import SeparableGame


def random_game(generator, n, actions=4, own=0.5, whole=False):
    """``own``: how much better a player's later actions are for herself; ``whole``: payoffs are small whole numbers (ties)."""
    tables = []
    for j in range(n):
        table = generator.normal(size=(actions, n))
        table[:, j] += own * np.arange(actions)
        tables.append(np.round(2 * table) if whole else table)
    return SeparableGame(tables)


@st.composite
def separable_games(draw, least=2, most=4):
    """Games of ``least`` to ``most`` players with 1 to 4 actions each; half of them with many ties."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    whole = draw(st.booleans())
    n, own = draw(st.integers(least, most)), draw(st.sampled_from([0.0, 0.5, 2.0]))
    return random_game(generator, n, draw(st.integers(1, 4)), own, whole)
