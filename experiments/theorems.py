"""Sweeps that show theorems of file 004 at work: Proposition 1 (one item, little doubt) and Theorem 3 (many items).

Each function returns a table (pandas), a row for each point, and says what it held fixed."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium import fitted_rate, markov_equilibrium, solve_exchangeable
from negotiation.equilibrium.exchangeable_solution import Rate
from negotiation.equilibrium.likely_beliefs import likely_beliefs
from negotiation.priors import iid
from negotiation.problem import exchange
from negotiation.protocol import Grid
from protocols import Frequency

if TYPE_CHECKING:
    import pandas as pd

ITEMS = (4, 16, 64, 256, 1024, 4096)
MANY = 64  # items from which the rate is fitted


def proposition_1(
    cost: float = 8,
    value: float = 10,
    *,
    other_cost: float = 0,
    doubts: Iterable[float] = (0.1, 0.01, 0.001),
    trembles: Iterable[float] = (0.03, 0.01, 0.003),
    discount: float = 0.8,
    step: float = 0.5,
) -> "pd.DataFrame":
    """One item, the likely pair (cost, value), and a doubt e that the cost is ``other_cost``: the equilibrium in beliefs.

    Columns: ``tremble``, ``doubt``; ``price``, the offer at stage 0 that the likely type makes most often, and ``made``, how
    often; ``accepted``, how often that is accepted; ``rubinstein_price`` theta_a + (1 - d_b) / (1 - d_a d_b) (theta_b -
    theta_a) (nan where the likely pair should not trade); ``agreed``, the probability of an agreement at stage 0; ``gain``,
    the largest gain from deviating on the unrolled tree, as a share of the surplus."""
    import pandas as pd

    shares = rubinstein_shares((discount, discount))
    target = cost + shares.offering[0] * (value - cost) if value > cost else np.nan
    rows = []
    for tremble in trembles:
        for doubt in doubts:
            prior = iid((doubt, 1 - doubt), (1,))
            problem = exchange(1, (other_cost, cost), (value,), prior=prior, discount=(discount, discount))
            found = markov_equilibrium(problem, Grid(0, float(np.ceil(max(value, cost))), step), tremble)
            stage = likely_beliefs(found, 1)[0]
            best = int(stage.offer[:, 1].argmax())
            rows.append({
                "tremble": tremble,
                "doubt": doubt,
                "price": float(stage.offers[best]),
                "made": float(stage.offer[best, 1]),
                "accepted": float(stage.accept[best, 0]),
                "rubinstein_price": float(target),
                "agreed": float((stage.offer @ stage.belief[0] * stage.accept[:, 0]).sum()),
                "gain": found.unrolled.gain / found.scale,
            })  # fmt: skip
    return pd.DataFrame(rows)


def theorem_3(
    items: Sequence[int] = ITEMS, *, c: float = 0.1, discount: float = 0.9, step: float = 1.0
) -> "tuple[pd.DataFrame, Rate]":
    """Rugs with independent values (0 or 8, 2 or 10) under the frequency protocol, trembles gamma = c / n, demands in steps.

    Columns: ``items``, ``tremble``, ``efficiency``, ``agreed_at_0``, ``ratio_alice`` and ``ratio_bob`` (payoffs over Rubinstein
    shares of the expected surplus), ``gain`` (from deviating at the start, at most, as a share of the expected surplus),
    ``root_n`` (n^(-1/2)). Returns them with the power of n fitted to 1 - efficiency from 64 items on (all, where fewer than two
    sizes are so large): with few items other things than the doubt about the surplus cost more."""
    import pandas as pd

    rows = []
    for n in items:
        problem = exchange(n, (0, 8), (2, 10), discount=(discount, discount))
        grid = Grid(0.0, step * np.ceil(problem.largest_surplus / step), step)
        found = solve_exchangeable(problem, Frequency(), tremble=c / n, grid=grid)
        rows.append({
            "items": n,
            "tremble": c / n,
            "efficiency": found.efficiency,
            "agreed_at_0": found.agreement,
            "ratio_alice": found.ratios[0],
            "ratio_bob": found.ratios[1],
            "gain": found.gain,
            "root_n": n**-0.5,
        })  # fmt: skip
    frame = pd.DataFrame(rows)
    many = frame[frame["items"] >= MANY]
    many = many if len(many) > 1 else frame
    return frame, fitted_rate(many["items"].tolist(), (1 - many["efficiency"]).tolist())
