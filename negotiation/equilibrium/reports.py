"""What a check found: gains from deviating, consistency of beliefs, and what that means for each equilibrium concept."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.problem import PLAYERS

Floats = NDArray[np.float64]
SHOWN = 8


class Deviation(NamedTuple):
    """The best deviation of a player's type at an information set, and what it gains there: utils of that stage."""

    player: int
    type: str
    stage: int
    history: str
    action: str
    instead: str
    gain: float
    reach: float  # the probability of the history under the profile
    like_it: int  # how many histories the same deviation of the same type gains as much at

    def __str__(self) -> str:
        what = f"{self.action} rather than {self.instead}"
        if self.action == self.instead:
            what = f"{self.action} as planned, then a better plan,"
        return (
            f"{PLAYERS[self.player]} (type {self.type}), after {self.history}: {what} "
            f"gains {self.gain:.3g} utils (history reached with probability {self.reach:.3g}"
            + (f"; and at {self.like_it - 1} more)" if self.like_it > 1 else ")")
        )


class Concept(NamedTuple):
    """How far a profile is from an equilibrium concept: the largest gain from deviating (utils of the stage) that the concept
    forbids, and how far its other requirements are missed (0: met), each with its name."""

    name: str
    gain: float
    missed: dict[str, float]

    def shortfall(self, scale: float) -> float:
        """The largest of the gain, as a share of ``scale``, and of what is missed; 0 where everything is met exactly."""
        return max(self.gain / scale, *self.missed.values(), 0.0)


@dataclass(frozen=True, eq=False)
class Report:
    """The result of a check. Gains are in utils of the stage of the information set, undiscounted from there on.

    ``gain_at_start[i]`` (T_i,): what the best reply of each type gains over the whole negotiation (interim). ``gain[layer]``
    (histories, T): at every information set of the layer's mover. ``on_path[i]`` and ``anywhere[i]`` (T_i,): the largest at
    information sets that the profile reaches, and at any. ``bayes_on_path`` and ``bayes_anywhere``: the largest difference of
    beliefs from Bayes' rule where the profile reaches the history, and where only the last move has positive probability given
    the belief before it. ``impossible``: the largest probability that a belief gives to a type of prior probability 0 given
    one's own (Section 3.6). ``tremble_shortfall``: by how much some action's probability is below its floor.
    ``updating_rate``: the largest ratio of an event's probability after and before a move (Definition 2). ``distances``: how
    far the beliefs are from those of totally mixed profiles (e, distance) that approach the profile. ``payoff[i]`` and
    ``prior[i]`` (T_i,): each type's expected payoff in time-0 utils, and its prior probability."""

    title: str
    scale: float
    types: tuple[tuple[str, ...], tuple[str, ...]]
    gain_at_start: tuple[Floats, Floats]
    on_path: tuple[Floats, Floats]
    anywhere: tuple[Floats, Floats]
    gain: list[Floats]
    deviations: tuple[Deviation, ...]
    bayes_on_path: float
    bayes_anywhere: float
    impossible: float
    tremble: float
    tremble_shortfall: float
    updating_rate: float
    beliefs: str
    sequence: str
    distances: tuple[tuple[float, float], ...]
    payoff: tuple[Floats, Floats]
    prior: tuple[Floats, Floats]
    concepts: dict[str, Concept] = field(default_factory=dict)

    @property
    def largest_gain(self) -> float:
        """The largest gain of any type at any information set, utils of the stage."""
        return float(max(g.max() for g in self.anywhere))

    @property
    def share(self) -> float:
        """The largest gain as a share of the largest surplus."""
        return self.largest_gain / self.scale

    def rows(self) -> list[dict[str, object]]:
        """A row for each player and type: payoff and gains."""
        return [
            {
                "player": PLAYERS[i],
                "type": label,
                "payoff": float(self.payoff[i][t]),
                "gain_at_start": float(self.gain_at_start[i][t]),
                "gain_on_path": float(self.on_path[i][t]),
                "gain_anywhere": float(self.anywhere[i][t]),
            }
            for i in (0, 1)
            for t, label in enumerate(self.types[i])
        ]

    def __str__(self) -> str:
        lines = [self.title, ""]
        lines.append(
            f"{'player':8}{'type':>16}{'payoff':>10}{'gain at start':>15}{'on the path':>13}{'anywhere':>11}   (utils)"
        )
        rows = self.rows()
        for row in rows[: 2 * SHOWN]:
            numbers = [row[k] for k in ("gain_at_start", "gain_on_path", "gain_anywhere")]
            said = [f"{number:.3g}" for number in numbers]
            lines.append(f"{row['player']:8}{row['type']:>16}{row['payoff']:>10.4g}{said[0]:>15}{said[1]:>13}{said[2]:>11}")
        if len(rows) > 2 * SHOWN:
            lines.append(f"... and {len(rows) - 2 * SHOWN} more types")
        lines += ["", f"beliefs: {self.beliefs}"]
        for concept in self.concepts.values():
            missed = [f"{name} {amount:.3g}" for name, amount in concept.missed.items()]
            lines.append(f"distance from {concept.name}: " + "; ".join([f"largest gain {concept.gain:.3g} utils", *missed]))
        lines.append(f"beliefs are updated at a rate of at most {self.updating_rate:.4g} (Definition 2)")
        if self.deviations:
            lines += ["", "most profitable deviations:"]
            lines += [f"  {deviation}" for deviation in self.deviations]
        return "\n".join(lines)
