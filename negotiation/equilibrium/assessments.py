"""Checking an assessment (a profile with beliefs) on a game tree: sequential rationality and consistency, in numbers.

At every information set, on and off the path, the best reply is found exactly: by going backwards once where beliefs follow
Bayes' rule from each history to the next, and from each layer of information sets anew where supplied beliefs do not.
Source: file 004, Section 3.6 (weak perfect Bayesian equilibrium), Section 5.3 (trembles), Definition 2 (bounded updating);
Kreps and Wilson (1982) for sequential equilibrium."""

import heapq
from collections.abc import Sequence

import numpy as np

from negotiation.equilibrium.profiles import checked, floor
from negotiation.equilibrium.reports import SHOWN, Concept, Deviation, Report
from negotiation.equilibrium.trees import CHANCE, Floats, GameTree, Profile
from negotiation.equilibrium.tremble_sequences import converging
from negotiation.equilibrium.values import Bayes, Beliefs, bayes, evaluate, gains_from, given_beliefs

EXACT = 1e-9  # beliefs that differ from Bayes' rule by no more are taken to follow it


def check_assessment(
    tree: GameTree,
    profile: Sequence[Floats],
    beliefs: Sequence[Floats] | None = None,
    sequence: Sequence[Profile] | None = None,
    shown: int = SHOWN,
) -> Report:
    """Check a profile on a tree; see ``check``."""
    profile = checked(tree, profile)
    natural = bayes(tree, profile)
    system: Beliefs = natural if beliefs is None else given_beliefs(tree, beliefs)
    on_path, anywhere, rate, impossible = consistency(tree, profile, natural, system)
    values = evaluate(tree, profile, system)
    gains: list[Floats] = []
    best_actions: list[Floats] = []
    for number, layer in enumerate(tree.layers):
        if layer.player == CHANCE:
            gains.append(np.zeros((layer.count, 0)))
            best_actions.append(np.zeros((layer.count, 0), dtype=np.int64))
            continue
        if anywhere <= EXACT:
            value, best = (part[layer.player][layer.histories] for part in (values.value, values.best))
            worth = values.action[number]
        else:
            value, best, worth, _ = gains_from(tree, profile, layer.player, number, system)
        now = tree.problem.discount[layer.player] ** layer.stage or 1.0  # what is worth nothing gains nothing
        gains.append((best - value) / now)
        best_actions.append(worth.argmax(axis=1))
    reach = natural.reach()
    reached = [natural.reach(i) for i in (0, 1)]
    largest, path = ([np.zeros(len(t)) for t in tree.types] for _ in (0, 1))
    for layer, gain in zip(tree.layers, gains, strict=True):
        if layer.player == CHANCE:
            continue
        i = layer.player
        largest[i] = np.maximum(largest[i], gain.max(axis=0))
        path[i] = np.maximum(path[i], np.where(reached[i][layer.histories] > 0, gain, 0.0).max(axis=0))
    start = [values.best[i][0] - values.value[i][0] for i in (0, 1)]
    shortfall = max(
        (
            float((floor(tree, layer) - s).max())
            for layer, s in zip(tree.layers, profile, strict=True)
            if layer.player != CHANCE
        ),
        default=0.0,
    )
    how, distances = _sequence(tree, profile, natural, system, sequence, beliefs is None)
    report = Report(
        title=tree.title,
        scale=tree.scale,
        types=tuple(tuple(tree.describe_type(i, t) for t in range(len(tree.types[i]))) for i in (0, 1)),  # type: ignore[arg-type]
        gain_at_start=(start[0], start[1]),
        on_path=(path[0], path[1]),
        anywhere=(largest[0], largest[1]),
        gain=gains,
        deviations=_deviations(tree, profile, gains, best_actions, reach, shown),
        bayes_on_path=on_path,
        bayes_anywhere=anywhere,
        impossible=impossible,
        tremble=tree.tremble,
        tremble_shortfall=max(0.0, shortfall),
        updating_rate=rate,
        beliefs="Bayes' rule; after moves that no type makes, the limit of equal trembles" if beliefs is None else "supplied",
        sequence=how,
        distances=tuple(distances),
        payoff=(values.value[0][0], values.value[1][0]),
        prior=tree.marginal,
    )
    report.concepts.update(_concepts(report))
    return report


def _concepts(report: Report) -> dict[str, Concept]:
    """What the numbers say of each equilibrium concept."""
    gain = report.largest_gain
    found = {
        "weak perfect Bayesian": Concept(
            "weak perfect Bayesian equilibrium (Section 3.6)",
            gain,
            {"beliefs off Bayes' rule on the path by": report.bayes_on_path, "beliefs in impossible types": report.impossible},
        ),
        "sequential": Concept(
            "sequential equilibrium",
            gain,
            {f"beliefs away from those of {report.sequence} by": report.distances[-1][1] if report.distances else float("nan")},
        ),
        "bounded updating": Concept(
            f"equilibrium with updating bounded at rate {report.updating_rate:.4g} (Definition 2)", gain, {}
        ),
    }
    if report.tremble > 0:
        found["trembling"] = Concept(
            f"trembling Bayesian equilibrium, gamma = {report.tremble:g} (Section 5.3)",
            gain,
            {
                "probabilities below their floor by": report.tremble_shortfall,
                "beliefs off Bayes' rule by": max(report.bayes_on_path, report.bayes_anywhere),
            },
        )
    return found


def consistency(tree: GameTree, profile: Profile, natural: Bayes, system: Beliefs) -> tuple[float, float, float, float]:
    """(difference from Bayes' rule at reached histories, difference of each update from Bayes' rule given the belief before it,
    the largest ratio of a type's probability after and before a move, the largest probability of an impossible type)."""
    on_path = anywhere = impossible = 0.0
    rate = 1.0
    belief = [np.zeros((tree.histories, len(tree.types[i]), len(tree.types[1 - i]))) for i in (0, 1)]
    for i in (0, 1):
        reached = natural.reach(i)
        for layer in tree.layers:
            mu = system.of(i, layer)
            belief[i][layer.histories] = mu
            impossible = max(impossible, float(np.where(tree.given[i] > 0, 0.0, mu).max()))
            if system is not natural:
                gap = np.abs(mu - natural.of(i, layer)).max(axis=2)
                on_path = max(on_path, float(np.where(reached[layer.histories] > 0, gap, 0.0).max()))
        first = belief[i][0]
        on_path = max(on_path, float(np.abs(first - tree.given[i]).max()))
        for layer, sigma in zip(tree.layers, profile, strict=True):
            child = layer.per_action(tree.child)
            on = child >= 0
            if not on.any():
                continue
            before = np.broadcast_to(belief[i][layer.histories][:, None], (*child.shape, *belief[i].shape[1:]))[on]
            after = belief[i][child[on]]
            positive = before > 1e-300
            rate = max(rate, float(np.where(positive, after / np.where(positive, before, 1.0), 1.0).max()))
            if (after[~positive] > 1e-12).any():
                rate = np.inf
            if layer.player == 1 - i:
                joint = before * sigma[on][:, None, :]
                total = joint.sum(axis=2, keepdims=True)
                gap = np.where(total > 0, np.abs(after - joint / np.where(total > 0, total, 1.0)), 0.0)
            else:
                gap = np.abs(after - before)  # one's own move tells one nothing
            anywhere = max(anywhere, float(gap.max()))
    return on_path, anywhere, rate, impossible


def _sequence(
    tree: GameTree,
    profile: Profile,
    natural: Bayes,
    system: Beliefs,
    sequence: Sequence[Profile] | None,
    by_default: bool,
) -> tuple[str, list[tuple[float, float]]]:
    """How consistency in the sense of Kreps and Wilson is certified, and the distances of beliefs along the sequence."""
    if sequence is None and by_default:
        return "equal trembles, in the limit", [(0.0, 0.0)]
    if sequence is not None:
        what, steps = "the supplied tremble sequence", [(np.nan, checked(tree, p)) for p in sequence]
    elif tree.independent:
        what, steps = "a constructed tremble sequence", converging(tree, profile, system)
    else:
        return "a tremble sequence (supply one: the players' types are correlated)", [(np.nan, np.nan)]
    distances = []
    for number, (e, mixed) in enumerate(steps):
        there = bayes(tree, mixed)
        gap = max(float(np.abs(there.of(i, layer) - system.of(i, layer)).max()) for i in (0, 1) for layer in tree.layers)
        away = max(float(np.abs(m - s).max()) for m, s in zip(mixed, profile, strict=True))
        distances.append((float(e) if e == e else float(number), max(gap, away)))
    return what, distances


def _deviations(
    tree: GameTree, profile: Profile, gains: list[Floats], best: list[Floats], reach: Floats, shown: int
) -> tuple[Deviation, ...]:
    """The deviations that gain most, largest first; of one type's switch from an action to another at a stage, the one that
    gains most, at the likeliest such history."""
    found: dict[tuple[int, int, int, int], tuple[float, float, int, int]] = {}
    for number, (layer, gain) in enumerate(zip(tree.layers, gains, strict=True)):
        if not gain.size or gain.max() <= 1e-12 * tree.scale:
            continue
        instead = profile[number].argmax(axis=1)
        keys = (np.arange(gain.shape[1]) * layer.actions + best[number]) * layer.actions + instead
        rounded = np.round(gain / tree.scale, 9)
        order = np.lexsort(
            (-reach[layer.histories][:, None].repeat(gain.shape[1], axis=1).ravel(), -rounded.ravel(), keys.ravel())
        )
        _, firsts = np.unique(keys.ravel()[order], return_index=True)
        for at in order[firsts]:
            h, t = divmod(int(at), gain.shape[1])
            like = (keys[:, t] == keys[h, t]) & (rounded[:, t] == rounded[h, t])
            key = (number, t, int(best[number][h, t]), int(instead[h, t]))
            found[key] = (float(gain[h, t]), float(reach[layer.first + h]), h, int(like.sum()))
    largest = heapq.nlargest(shown, found.items(), key=lambda item: item[1][:2])
    return tuple(_described(tree, profile, *key, *what) for key, what in largest if what[0] > 1e-12 * tree.scale)


def _described(
    tree: GameTree,
    profile: Profile,
    number: int,
    t: int,
    action: int,
    instead: int,
    gain: float,
    reach: float,
    h: int,
    like_it: int,
) -> Deviation:
    layer = tree.layers[number]
    history = layer.first + h
    said = tree.describe_action(layer, history, instead)
    played = float(profile[number][h, instead, t])
    if played < 1 - layer.tremble - 1e-9:
        said += f" (with probability {played:.2g})"
    return Deviation(
        player=layer.player,
        type=tree.describe_type(layer.player, t),
        stage=layer.stage,
        history=tree.describe(history),
        action=tree.describe_action(layer, history, action),
        instead=said,
        gain=gain,
        reach=reach,
        like_it=like_it,
    )
