"""Experiments with a society of universes: what is predicted, and what comes of it (file 000, Sections 4.6 and 5.5).

Each function plays societies and returns a table (pandas), a row for each point. Gains are over what the same universes would
get if all looked at their own values only. ``seed`` decides everything; ``size`` is the number of universes of each
society."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
import pandas as pd

from agents.civilisation import Group
from agents.compromise_tables import Floats, Procedure, action_table, correlated_prior, joint_prior, payoffs, with_prior
from agents.universes import Multiverse
from negotiation.ecl.action_sets import power_budget
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame, bayesian_nash
from negotiation.ecl.bayesian_compromise import compromise
from negotiation.ecl.examples import example_55, example_56
from negotiation.ecl.gains_curves import GainsCurve, logarithmic_curve, square_root_curve
from negotiation.errors import InputError

MULTIVERSES = 25
BELIEFS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
RESOURCES = {"logarithmic, r = 100": 100.0, "logarithmic, r = 1e9": 1e9}
SQUARE_ROOT = "square root"


def played(
    game: BayesianBargainingGame, groups: Sequence[Group], size: int, seed: int, multiverses: int = 1, draw: str = "random"
) -> Multiverse:
    """A society of ``size`` universes in all, after it has acted."""
    if size < 2 * multiverses:
        raise InputError(
            f"universes: expected at least {2 * multiverses}, two for each of {multiverses} multiverses, got {size}"
        )
    model = Multiverse(game, size // multiverses, multiverses=multiverses, groups=groups, draw=draw, rng=seed)
    model.step()
    return model


def overall(model: Multiverse) -> tuple[float, float, float]:
    """Over all universes, whatever their type: the gain as a fraction of what own values give, its standard error over
    multiverses, and the share of payoffs that comes from universes of other types."""
    n = model.counts / model.universes
    own, real = (n * model.own).sum(axis=1), (n * model.realised).sum(axis=1)
    given = model.given.sum(axis=1) - np.einsum("ktt->kt", model.given)
    foreign = (n * given).sum(axis=1) / (model.universes - 1)
    gain = float(real.mean() / own.mean() - 1)
    K = len(own)
    error = float((real - (1 + gain) * own).std(ddof=1) / own.mean() / sqrt(K)) if K > 1 else float("nan")
    return gain, error, float(foreign.mean() / real.mean())


def double_decrease(size: int = 20_000, seed: int = 1, beliefs: Sequence[float] = BELIEFS) -> pd.DataFrame:
    """Figures 2, 13 and 15: gains from trade and the share of utility from the other type, against the belief ``other`` in the
    other type; measured in a society, and what theory says of it."""
    rows = []
    for name in (SQUARE_ROOT, *RESOURCES):
        theory = curves(name, beliefs)
        for k, other in enumerate(beliefs):
            game = example_55(1 - other) if name == SQUARE_ROOT else example_56(1 - other, RESOURCES[name])
            gain, error, share = overall(played(game, [Group()], size, seed + k, MULTIVERSES))
            rows.append((name, other, gain, error, theory.gain[k], share, theory.share[k]))
    return pd.DataFrame(rows, columns=["utility", "other", "gain", "gain_error", "gain_theory", "share", "share_theory"])


def curves(name: str, beliefs: Sequence[float]) -> GainsCurve:
    """Theory's curve for one of the utilities."""
    return square_root_curve(beliefs) if name == SQUARE_ROOT else logarithmic_curve(beliefs, RESOURCES[name])


def predictions(size: int = 20_000, seed: int = 1, games: int = 8, correlations: Sequence[float] = (0.0, 0.3)) -> pd.DataFrame:
    """Realised against predicted gains of each type of random games (three types, square-root utility, what each can give to
    each drawn between 0.5 and 1.5 utils), in one multiverse of a few universes, then more and more of them. Independent
    types: the rest is sampling error. Correlated types: the multiverse has a composition of its own, and what was expected on
    average stays wrong in it."""
    rng = np.random.default_rng(seed)
    rows = []
    for g in range(games):
        actions = [power_budget(rng.uniform(0.5, 1.5, 3)) for _ in range(3)]
        for c in correlations:
            game = BayesianBargainingGame(actions, correlated_prior(np.full(3, 1 / 3), c))
            table, own = action_table(game), bayesian_nash(game).actions
            for k, universes in enumerate(sizes(size)):
                model = played(game, [Group()], universes, seed + 1000 * g + k)
                expected = payoffs(table, game.beliefs, universes) - payoffs(own, game.beliefs, universes)
                for t in range(3):
                    told = (model.realised - model.own)[0, t]
                    rows.append((c, g, universes, game.labels[t], int(model.counts[0, t]), expected[t], told))
    return pd.DataFrame(rows, columns=["correlation", "game", "universes", "type", "count", "predicted", "realised"])


def sizes(most: int) -> list[int]:
    """30, 100, 300, ... up to ``most``."""
    steps = (30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)
    return [n for n in steps if n < most] + [most]


def cooperators(size: int = 20_000, seed: int = 1, shares: Sequence[float] = (0, 0.1, 0.25, 0.5, 0.75, 1)) -> pd.DataFrame:
    """The share of cooperators among universes (Section 4.6); the others look at their own values. Square-root utility, two
    types equally likely and independent. ``among``: "both types", or "type 2 only", type 1 being all cooperators. ``knows``:
    whether cooperators reckon with it, by the equivalent prior without subtypes. Types and cooperators by quota."""
    game = example_55(0.5)
    own = bayesian_nash(game).actions
    rows = []
    for among in ("both types", "type 2 only"):
        for knows in (True, False):
            for k, s in enumerate(shares):
                share = np.array([s, s] if among == "both types" else [1.0, s])
                lonely = knows and not share.all()  # whom cooperators would deal with does not cooperate
                believed = with_prior(game, equivalent_prior(game, share)) if knows and not lonely else game
                mind = Group(Procedure("own" if lonely else "nash"), joint_prior(believed), share.tolist())
                model = played(
                    game,
                    [mind, Group(Procedure("own"), share=(1 - share).tolist())],
                    max(size // 10, 100),
                    seed + k,
                    draw="quota",
                )
                actions = own if lonely else compromise(believed).actions
                gain = (game.reach * share[:, None] * (actions - own)).sum(axis=0)
                found = model.measured()
                for t in range(2):
                    base = bayesian_nash(game).payoffs[t]
                    rows.append((among, knows, s, game.labels[t], found.gain[t] / found.own[t], gain[t] / base))
    return pd.DataFrame(rows, columns=["among", "knows", "share", "type", "gain", "gain_theory"])


def equivalent_prior(game: BayesianBargainingGame, share: Floats) -> Floats:
    """(T, T) the prior without subtypes that weighs types as cooperators do of whom a ``share`` (T,) > 0 of each type are some
    (Section 4.6): p'(t, s) in proportion to p(t, s) share_t share_s."""
    P = joint_prior(game) * np.outer(share, share)
    return np.asarray(P / P.sum())
