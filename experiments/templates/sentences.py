"""What to make of each figure, in sentences whose numbers come from the data."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.plots.course import offers_of
from negotiation.plots.style import LOSS_NAMES, labels_of
from negotiation.problem import PLAYERS, Problem

if TYPE_CHECKING:
    import pandas as pd

    from negotiation.trace import Trace

NAMES = LOSS_NAMES | {"transfer": "the transfer wedge"}
SAME = 5e-4  # shares that differ by less are told as equal


def listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def percent(share: float) -> str:
    return f"{share + 0.0:.1%}".replace("-0.0%", "0.0%")


def efficiency(frame: "pd.DataFrame", labels: Sequence[str]) -> str:
    """Who is efficient, who is not, and whether the data tell them apart."""
    means = frame["efficiency"].to_numpy(dtype=float)
    low, high = (frame[f"efficiency_{end}"].to_numpy(dtype=float) for end in ("low", "high"))
    best, worst = int(means.argmax()), int(means.argmin())
    top = [label for label, mean in zip(labels, means, strict=True) if mean > means[best] - SAME]
    if len(labels) == 1:
        return f"{labels[0]} reaches {percent(means[0])} of the first best."
    if len(top) == len(labels):
        return f"All reach {percent(means[best])} of the first best."
    said = f"{_start(listed(top))} {'reaches' if len(top) == 1 else 'reach'} {percent(means[best])} of the first best, "
    said += f"{labels[worst]} {percent(means[worst])}."
    apart = low[best] > high[worst]
    if apart:
        return said + " Their intervals do not overlap."
    return said + (
        " Their intervals overlap: more negotiations would be needed to tell them apart, though all protocols meet the same "
        "types, so that differences are more certain than the intervals suggest."
    )


def losses(frame: "pd.DataFrame", labels: Sequence[str]) -> str:
    """What costs most, for each protocol that loses anything."""
    said, clean = [], []
    for label, row in zip(labels, frame.to_dict("records"), strict=True):
        best = row["first_best"] or 1.0
        shares = {NAMES[name]: row[f"loss_{name}"] / best for name in LOSS_NAMES}
        total = sum(shares.values())
        main = max(shares, key=lambda words: shares[words])
        if shares[main] < SAME and abs(total) < SAME:
            clean.append(label)
        else:
            said.append(f"{label} loses {percent(total)}, most of all to {main} ({percent(shares[main])})")
    parts = [f"{_start('; '.join(said))}."] if said else []
    if clean:
        parts.append(f"{_start(listed(clean))} {'loses' if len(clean) == 1 else 'lose'} nothing.")
    wedge = [label for label, row in zip(labels, frame.to_dict("records"), strict=True) if row["loss_transfer"] < -1e-9]
    if wedge:
        parts.append(
            f"Under {listed(wedge)} the transfer wedge is a gain on average: late payments go, on balance, to the player "
            "to whom they are worth more."
        )
    return " ".join(parts)


def payoffs(frame: "pd.DataFrame", labels: Sequence[str], problem: Problem, order: str, recognition: float) -> str:
    """Where the means lie, seen from the Rubinstein point."""
    surplus = problem.surplus.mean
    point = rubinstein_shares(problem.discount, order, recognition).expected * surplus
    means = frame[["payoff_alice", "payoff_bob"]].to_numpy(dtype=float)
    gaps = np.hypot(*(means - point).T)
    near = [label for label, gap in zip(labels, gaps, strict=True) if gap < gaps.min() + SAME * surplus]
    far = int(gaps.argmax())
    known = "known" if problem.surplus.known else "expected"
    said = f"Rubinstein's division of the {known} surplus of {surplus:.4g} utils gives Alice {point[0]:.4g} and Bob "
    said += f"{point[1]:.4g}. The mean under {listed(near)} lies {_gap(float(gaps.min()), surplus)}"
    if len(near) < len(labels):
        said += f"; under {labels[far]} it is ({means[far, 0]:.4g}, {means[far, 1]:.4g}), {gaps[far]:.3g} utils away"
    return said + "."


def nearest(rows: Sequence[Mapping[str, Any]]) -> str:
    """Which prediction each protocol comes closest to."""
    said = []
    for row in rows:
        best = min(row["distances"], key=lambda d: d["distance"])
        ties = [d["benchmark"] for d in row["distances"] if d["distance"] <= best["distance"] * (1 + 1e-9) + 1e-12]
        low, high = best["distance_low"], best["distance_high"]
        away = f"{best['distance']:.3g} utils away, 95% interval {low:.3g} to {high:.3g}"
        said.append(f"{row['protocol']} to {listed(ties)} ({away})")
    return "Mean payoffs come closest, under " + "; under ".join(said) + "."


def _gap(gap: float, surplus: float) -> str:
    return "on it" if gap < 1e-6 * surplus else f"{gap:.3g} utils from it"


def trend(frame: "pd.DataFrame", keys: Sequence[str], value: str) -> str:
    """From the first value of the key to the last, for each protocol; means over the other keys."""
    key = keys[0]
    scale = 1.0 if value == "efficiency" else frame["first_best"]
    table = frame.assign(_label=labels_of(frame), _share=frame[value] / scale, _key=[_plain(v) for v in frame[key]])
    said: dict[str, list[str]] = {}
    for label, rows in table.groupby("_label", sort=False):
        along = rows.groupby("_key", sort=False)["_share"].mean()
        first, last = along.iloc[0], along.iloc[-1]
        move = "stays at" if abs(last - first) < SAME else "goes from"
        words = f"{move} {percent(first)}" + ("" if move == "stays at" else f" to {percent(last)}")
        dip = along.min()
        if value == "efficiency" and dip < min(first, last) - 0.005:
            words += f", with a low of {percent(dip)} at {key} = {along.idxmin()}"
        said.setdefault(words, []).append(str(label))
    ends = [_plain(v) for v in (frame[key].iloc[0], frame[key].iloc[-1])]
    over = f", on average over {listed(list(keys[1:]))}" if len(keys) > 1 else ""
    what = "efficiency" if value == "efficiency" else f"the share of {'Alice' if value.endswith('alice') else 'Bob'}"
    parts = "; ".join(f"under {listed(labels)} {what} {words}" for words, labels in said.items())
    return f"From {key} = {ends[0]} to {ends[1]}{over}: {parts}."


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float | np.number) and not isinstance(value, bool) else str(value)


def demands(trace: "Trace") -> str:
    """The first and the last demand, and the end."""
    made = offers_of(trace)
    first, last = made[0], made[-1]
    said = f"{PLAYERS[first.proposer]} opens at {first.demand:.4g} utils"
    if len(made) > 1:
        said += (
            f"; the last of {len(made):,} offers, {PLAYERS[last.proposer]}'s at stage {last.stage:,}, demands {last.demand:.4g}"
        )
    slips = sum(step.offer_trembled + step.response_trembled for step in trace.steps)
    return said + (f"; {slips} of the moves {'is a tremble' if slips == 1 else 'are trembles'}" if slips else "") + "."


def offers(trace: "Trace") -> str:
    """What came of it, next to Rubinstein's division."""
    (alice, bob), (one, other) = trace.payoffs, trace.rubinstein
    stage, best = int(trace.outcome.stage[0]), trace.first_best
    if stage < 0:
        return f"Nothing was agreed: {best:.4g} utils are lost."
    welfare = percent((alice + bob) / best) if best else "all"
    return (
        f"The last agreement, at stage {stage:,}, leaves Alice {alice:.4g} and Bob {bob:.4g} time-0 utils, {welfare} of the "
        f"first best of {best:.4g}; Rubinstein's division would be {one:.4g} and {other:.4g}."
    )


def _start(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]
