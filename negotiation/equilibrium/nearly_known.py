"""Theorems 4 and 5: bounds where the surplus is nearly known, types correlated as they may be.

Sets of *typical* types T_a, T_b with an iota: each type in T_i believes at the start, with probability 1 - iota or more, that
the surplus is within d of S and that the other's type is in T_j (common (1 - iota)-belief, Monderer and Samet 1989). The
paper builds sets for each stage with iota_t = sqrt(alpha + iota_{t-1}) (updating.iotas) from alpha = Pr(|S - S0| >= d) alone;
with the prior at hand one pair of sets does for all stages, and iota falls like alpha itself in the families below. The sets
that belong to each iota are nested: take away, one at a time, the type that believes least in it.

After an action the probability of what a typical type holds for unlikely grows by at most beta (Theorem 4: bounded updating)
or by 1 / gamma_low (Theorem 5: Lemma 1 with trembles; n fixed, so gamma_low does not vanish). Those are the tails of
payoff_bounds. Players' types may be correlated and beliefs need not be Bayesian (Definition 2), so the bounds for each type
rest on the paper's premise.

Source: file 004, Appendix A.1 (slips: the posterior is at least 1 - beta^t iota, not beta^t (1 - iota); alpha is the
probability of |S - S0| >= d, not < d; both an offer and a reply update beliefs) and A.2."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.bounds import PayoffBounds, payoff_bounds
from negotiation.equilibrium.type_classes import MOST_TYPES, listed_types
from negotiation.equilibrium.updating import bounded_tails, trembling_tails
from negotiation.errors import InputError
from negotiation.problem import Problem

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
STAGES = (2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)  # horizons tried


@dataclass(frozen=True)
class Typical:
    """Typical types. ``types``: which of Alice's and of Bob's; ``iota`` (2,): the largest probability that a typical type of
    player k gives to anything else; ``atypical`` (2,): prior probability of k's other types."""

    types: tuple[Bools, Bools]
    iota: Floats
    atypical: Floats


def typical_types(joint: Floats, surplus: Floats, centre: float, distance: float) -> list[Typical]:
    """The nested pairs of sets of typical types, from all types on. ``joint``, ``surplus`` (Alice's types, Bob's types):
    prior and first-best surplus (utils); typical pairs are strictly within ``distance`` of ``centre``, or equal to it up to
    rounding."""
    p = np.asarray(joint, dtype=float)
    far = (np.abs(surplus - centre) >= distance) & ~np.isclose(surplus, centre, rtol=1e-9, atol=0)
    marginal = (p.sum(axis=1), p.sum(axis=0))
    kept = [m > 0 for m in marginal]
    found = []
    while kept[0].any() and kept[1].any():
        odd = np.where(far | ~kept[0][:, None] | ~kept[1], p, 0.0)
        doubt = [
            np.where(keep, odd.sum(axis=1 - i) / np.where(m > 0, m, 1), -1.0)
            for i, (keep, m) in enumerate(zip(kept, marginal, strict=True))
        ]
        worst = np.array([x.max() for x in doubt])
        prior = np.array([m[~keep].sum() for m, keep in zip(marginal, kept, strict=True)])
        found.append(Typical((kept[0].copy(), kept[1].copy()), worst, prior))
        i = int(worst.argmax())
        if worst[i] == 0:
            break
        kept[i] &= doubt[i] < worst[i]
    return found


def payoff_range(problem: Problem) -> tuple[tuple[float, float], tuple[float, float]]:
    """(lowest, highest): what a share-demanding agreement can give each player, over all types, announcements (lies too),
    choices and demands from 0 to the largest surplus, undiscounted utils."""
    size, largest = np.bincount(problem.classes, minlength=len(problem.surplus_table)), problem.largest_surplus
    u_a, u_b = problem.utility  # (classes, choices, types)
    total = u_a[:, :, :, None] + u_b[:, :, None, :]
    worst = float(size @ total.min(axis=(1, 2, 3)))
    lie = [float(size @ np.ptp(u, axis=2).max(axis=1)) for u in (u_a, u_b)]
    return (worst - largest, worst - largest), (largest + lie[0], largest + lie[1])  # totals vary as much as lies gain


def nearly_known_bounds(
    problem: Problem,
    *,
    beta: float | None = None,
    tremble: float = 0.0,
    step: float = 0.0,
    centre: float | None = None,
    distance: float = 0.0,
    log_offers: tuple[float, float] | None = None,
    statement: str = "ratio",
    upper: str = "each type",
) -> tuple[PayoffBounds, Typical]:
    """Bounds for a problem whose types can be listed, the horizon and the typical types chosen so that ``statement`` of
    PayoffBounds.theorem is least. Give ``beta`` (Theorem 4: bounded updating, no trembles) or ``tremble`` (Theorem 5).

    ``centre``: S, by default the median surplus. ``distance``: d, utils. ``step``: of the demands, utils. ``log_offers``
    (2,): logarithms of how many offers each player's trembles are spread over; by default those of the share-demanding
    protocol, types times demands from 0 to the largest surplus. ``upper``: "average type" only for independent types, with
    trembles."""
    if (beta is None) == (tremble == 0):
        raise InputError(f"nearly known surplus: expected either beta or a tremble, got beta={beta!r} and tremble={tremble!r}")
    if tremble > 0 and log_offers is None and not step > 0:
        raise InputError("step: expected a positive one, as trembles need a finite grid")
    types, joint = listed_types(problem, MOST_TYPES)
    a, b = np.nonzero(joint)
    surplus = np.zeros_like(joint)
    surplus[a, b] = problem.first_best(np.stack([types[0][a], types[1][b]], axis=1))
    if upper != "each type" and (beta is not None or not independent(joint)):
        raise InputError("upper: expected 'each type' unless types are independent and trembles make beliefs Bayesian")
    middle = _median(surplus[a, b], joint[a, b]) if centre is None else centre
    if log_offers is None:
        demands = math.log(problem.largest_surplus / step + 1) if step > 0 else 0.0
        log_offers = (
            problem.n * math.log(len(problem.types[0])) + demands,
            problem.n * math.log(len(problem.types[1])) + demands,
        )
    lowest, highest = payoff_range(problem) if tremble > 0 else ((0.0, 0.0), payoff_range(problem)[1])
    best: tuple[float, PayoffBounds, Typical] | None = None
    for typical in typical_types(joint, surplus, middle, distance):
        doubted = typical.iota[::-1]  # what is believed of player k, by the other
        with np.errstate(divide="ignore"):
            logs = np.log(doubted)
        for stages in STAGES:
            tails = bounded_tails(doubted, beta, stages) if beta else trembling_tails(logs, log_offers, tremble, stages)
            bounds = payoff_bounds(
                middle,
                problem.discount,
                horizon=stages,
                step=step,
                distance=distance,
                tremble=tremble,
                tails=tails,
                atypical=typical.atypical,
                lowest=lowest,
                highest=highest,
                largest=problem.largest_surplus,
                upper=upper,
            )
            reached = bounds.theorem()[statement]
            if best is None or reached < best[0]:
                best = reached, bounds, typical
    assert best is not None
    return best[1:]


def uncertainty_table(family: Iterable[tuple[float, Problem]], **options: Any) -> list[dict[str, float]]:
    """nearly_known_bounds along a family of problems (label e, problem) whose uncertainty vanishes: a row for each, for pandas.

    Columns: ``uncertainty`` (e), ``iota``, ``atypical`` (a pair's prior probability), ``stages``, ``lower_alice``,
    ``upper_alice``, ``rubinstein_alice`` and Bob's (utils), ``ratio``, ``loss``, ``delay``, ``epsilon``
    (PayoffBounds.theorem)."""
    rows = []
    for e, problem in family:
        bounds, typical = nearly_known_bounds(problem, **options)
        row = {
            "uncertainty": float(e),
            "iota": float(typical.iota.max()),
            "stages": float(len(bounds.tails)),
            **bounds.theorem(),
        }
        for k, name in enumerate(("alice", "bob")):
            row[f"lower_{name}"], row[f"upper_{name}"] = float(bounds.lower[0, k]), float(bounds.upper[0, k])
            row[f"rubinstein_{name}"] = float(bounds.rubinstein[k])
        rows.append(row)
    return rows


def independent(joint: Floats) -> bool:
    """Whether a joint prior (Alice's types, Bob's types) is the product of its marginals, up to rounding."""
    return bool(np.allclose(joint, np.outer(joint.sum(axis=1), joint.sum(axis=0)), rtol=1e-9, atol=1e-15))


def _median(values: Floats, probability: Floats) -> float:
    order = np.argsort(values)
    at = np.searchsorted(np.cumsum(probability[order]), probability.sum() / 2)
    return float(values[order][min(int(at), len(values) - 1)])
