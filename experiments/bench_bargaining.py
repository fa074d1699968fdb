"""Speed of the bargaining solutions, as ratios within one run (times depend on the machine, ratios hardly).

    python -m experiments.bench_bargaining [--sample 40] [--problems 100000] [--seed 1]

Two claims: the Nash solution of two players on a polygon of 1,000 points takes under a millisecond; 100,000
problems of 16 points in one vectorised call are at least 100 times faster than one by one through a general
convex solver. The latter's time for all problems is estimated from a sample, and the table says so.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from negotiation.bargaining import hull, nash, nash_batch
from negotiation.bargaining.nash_product import decomposition
from negotiation.bargaining.solution import FloatArray

PRECISE = {"tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}


def seconds(call: Callable[[], object], repeat: int) -> float:
    """Median time of one call after a first one that does not count."""
    call()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def general_solver(size: int) -> Callable[[FloatArray, FloatArray], FloatArray]:
    """Nash solution of a two-player hull of ``size`` points by cvxpy and Clarabel, compiled once."""
    import cvxpy as cp  # takes seconds to import, and is not needed otherwise

    points, share = cp.Parameter((2, size)), cp.Variable(size, nonneg=True)
    gain = cp.Variable(2)
    problem = cp.Problem(cp.Maximize(cp.sum(cp.log(gain))), [gain == points @ share, cp.sum(share) == 1])

    def solve(at: FloatArray, d: FloatArray) -> FloatArray:
        points.value = (at - d).T
        problem.solve(solver="CLARABEL", **PRECISE)
        return d + np.asarray(gain.value)

    return solve


def solve_polygon(points: FloatArray, d: FloatArray) -> FloatArray:
    return nash(hull(points), d).point


def solve_simplicial(points: FloatArray, d: FloatArray) -> FloatArray:
    return decomposition(hull(points), d, np.full(2, 0.5)).point


def polygon_table(rng: np.random.Generator) -> pd.DataFrame:
    """One problem of 1,000 points: a cloud, and a circle where every point is a vertex."""
    rows = []
    angle = np.sort(rng.uniform(0, 2 * np.pi, 1_000))
    for label, points in (
        ("cloud", rng.normal(size=(1_000, 2))),
        ("all on the hull", np.column_stack([np.cos(angle), np.sin(angle)])),
    ):
        d = points.mean(axis=0)
        closed = seconds(partial(solve_polygon, points, d), 200)
        other = seconds(partial(solve_simplicial, points, d), 10)
        rows.append(
            {
                "1,000 points": label,
                "closed form, ms": closed * 1e3,
                "simplicial, ms": other * 1e3,
                "ratio": other / closed,
                "under 1 ms": closed < 1e-3,
            }
        )
    return pd.DataFrame(rows).set_index("1,000 points")


def batch_table(rng: np.random.Generator, problems: int, sample: int) -> pd.DataFrame:
    """``problems`` of 16 points: one call, and one by one in closed form and by the general solver."""
    points = rng.normal(size=(problems, 16, 2))
    d = points.mean(axis=1)
    start = time.perf_counter()
    batch = nash_batch(points, d)
    together = time.perf_counter() - start
    few = range(min(sample, problems))
    solve = general_solver(16)
    solve(points[0], d[0])
    start = time.perf_counter()
    theirs = np.array([solve(points[i], d[i]) for i in few])
    general = (time.perf_counter() - start) / len(few) * problems
    more = range(min(2_000, problems))
    start = time.perf_counter()
    single = np.array([nash(hull(points[i]), d[i]).point for i in more])
    one_by_one = (time.perf_counter() - start) / len(more) * problems
    exact = np.abs(single - batch.point[: len(more)]).max()
    rows = [
        {
            "method": "nash_batch, one call",
            "seconds": together,
            "measured on": problems,
            "times slower": 1.0,
            "difference": 0.0,
        },
        {
            "method": "nash, one by one (estimated)",
            "seconds": one_by_one,
            "measured on": len(more),
            "times slower": one_by_one / together,
            "difference": exact,
        },
        {
            "method": "cvxpy with Clarabel, one by one (estimated)",
            "seconds": general,
            "measured on": len(few),
            "times slower": general / together,
            "difference": np.abs(theirs - batch.point[: len(few)]).max(),
        },
    ]
    if not batch.gains.all() or batch.residual.max() > 1e-12:
        raise ArithmeticError(f"uncertified solutions in the batch: largest residual {np.nanmax(batch.residual)}")
    return pd.DataFrame(rows).set_index("method")


def run(quick: bool = False, seed: int = 1) -> pd.DataFrame:
    """The two claims as rows: claim, measured, limit, holds. ``quick``: fewer problems, for a smoke test."""
    rng = np.random.default_rng(seed)
    one = polygon_table(rng)
    many = batch_table(rng, 10_000 if quick else 100_000, 10 if quick else 40)
    slowest = float(one["closed form, ms"].max())
    ratio = float(many["times slower"].iloc[-1])
    rows = [
        ("Nash solution of a polygon of 1,000 points, ms", slowest, 1.0, slowest < 1),
        ("batch of 16-point problems, times faster than a general convex solver", ratio, 100.0, ratio >= 100),
    ]
    return pd.DataFrame(rows, columns=["claim", "measured", "limit", "holds"])


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of the bargaining solutions.")
    parser.add_argument("--sample", type=int, default=40, help="problems given to the general solver")
    parser.add_argument("--problems", type=int, default=100_000, help="problems in the batch")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    print(polygon_table(rng).to_string(float_format="{:.3g}".format))
    print()
    print(batch_table(rng, given.problems, given.sample).to_string(float_format="{:.3g}".format))


if __name__ == "__main__":
    main()
