"""Check a profile given as a finite automaton, without a horizon.

Every player's best reply is found exactly (``automaton_decision``). A gain is its value less that of following the automaton,
both at that information set, in utils of its stage; with trembles the deviation trembles too. The beliefs are those of the
states: ``beliefs`` says how far they are from Bayes' rule, and ``drift`` what that does to values. Where the drift is not 0,
``check_under_bayes`` says what deviations gain under beliefs by Bayes' rule. Source: file 004, Sections 3.6, 5.2 and 5.3."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from negotiation.equilibrium.automata import Automaton, Outcome, Pair, outcome, values
from negotiation.equilibrium.automaton_beliefs import BeliefReport, Trembles, check_beliefs
from negotiation.equilibrium.automaton_decision import BestReply, Ints, best_reply
from negotiation.problem import PLAYERS

SHOWN = 1e-9  # of the scale: gains above this are listed
LINES = 10  # how many deviations are printed


class Deviation(NamedTuple):
    """A profitable deviation: ``action`` is an offer, or "accept" or "refuse" to ``offer`` (None where the player proposes).

    ``gain``: of the best reply from this information set on; ``here``: how much of it this action earns, given that what
    follows is optimal (utils of this stage)."""

    player: int
    type: float | str
    state: str
    offer: float | str | None
    action: float | str
    gain: float
    here: float

    def __str__(self) -> str:
        where = "" if self.offer is None else f" after offer {self.offer}"
        act = f"offer {self.action}" if self.offer is None else self.action
        return f"{self.gain:.6g} utils: {PLAYERS[self.player]} of type {self.type}, state {self.state!r}{where}: {act}"


@dataclass(frozen=True, eq=False)
class AutomatonReport:
    """What was found. Pairs are (Alice's, Bob's); all gains are in utils of the stage of their information set.

    - ``gain[i]`` (S, T_i): of the best reply from each state on, before the offer; ``reply_gain[i]`` (S, O, T_i): after each
      offer, NaN where i proposes;
    - ``best_offer[i]`` (S, T_i): the number of an offer that earns it; ``best_reply[i]`` (S, O, T_i): 1 accept, 0 refuse; -1
      where i does not move so. What the profile does is preferred among equals;
    - ``value[i]``, ``follow[i]`` (S, T_i): of the best reply and of the profile;
    - ``residual``: gains may be understated by at most this much; ``drift``: the largest difference that beliefs out of line
      with Bayes' rule make to the value of following the profile, utils;
    - ``beliefs``, ``outcome``; ``deviations``: moves that gain more than 1e-9 of the scale, most profitable first."""

    automaton: Automaton
    gain: Pair
    reply_gain: Pair
    best_offer: tuple[Ints, Ints]
    best_reply: tuple[Ints, Ints]
    value: Pair
    follow: Pair
    residual: float
    drift: float
    beliefs: BeliefReport
    outcome: Outcome
    deviations: tuple[Deviation, ...]

    @property
    def largest_gain(self) -> float:
        """The largest gain at any information set of any type, reached or not, utils of its stage."""
        return max(float(np.nanmax(g, initial=0.0)) for g in (*self.gain, *self.reply_gain))

    @property
    def overall(self) -> Pair:
        """Each type's gain at the start: (T_a,) and (T_b,), time-0 utils."""
        return self.gain[0][self.automaton.start], self.gain[1][self.automaton.start]

    def __str__(self) -> str:
        a = self.automaton
        lines = [
            f"{a.name}: {len(a.names)} states, {len(a.offers)} offers, trembles {a.tremble:g}, no horizon",
            f"largest gain at an information set: {self.largest_gain:.6g} utils (understated by at most {self.residual:.2g})",
        ]
        for i, who in enumerate(PLAYERS):
            for t, gain, pay in zip(a.types[i], self.overall[i], self.outcome.payoff[i], strict=True):
                lines.append(f"{who} of type {t}: payoff {pay:.6g}, gain at the start {gain:.6g} utils")
        lines.append(str(self.beliefs))
        lines.append(
            f"beliefs out of line with Bayes' rule change values of following the profile by up to {self.drift:.6g} utils"
        )
        likely = [(k, o, self.outcome.mean[k, o]) for k, o in np.argwhere(self.outcome.mean > 5e-4)]
        for k, o, p in sorted(likely, key=lambda row: -row[2])[:LINES]:
            lines.append(f"agreement at stage {k} on {a.offers[o]}: probability {p:.6g}")
        lines.append(f"{len(self.deviations)} profitable deviations" + (", the largest:" if self.deviations else ""))
        return "\n".join(lines + [f"  {d}" for d in self.deviations[:LINES]])


def check_automaton(automaton: Automaton, depth: int = 8, trembles: Trembles | None = None) -> AutomatonReport:
    """Every type's best reply at every information set, the consistency of beliefs, and the outcome.

    ``depth``: stages of the histories along which beliefs are compared with those of vanishing trembles, constructed
    unless ``trembles`` says their rates (``check_beliefs``). Raises InputError for a depth below 0.
    Cost: a few linear solves of S equations for each type, and the histories."""
    replies = [best_reply(automaton, i) for i in (0, 1)]
    drift = 0.0
    for i, value in enumerate(values(automaton)):
        by_type = value if i == 0 else value.swapaxes(0, 1)
        drift = max(drift, float(np.abs(np.einsum("stu,tus->ts", automaton.belief[i], by_type) - replies[i].follow).max()))
    found = [d for i, reply in enumerate(replies) for d in _deviations(automaton, i, reply)]
    a, b = replies
    return AutomatonReport(
        automaton,
        gain=(a.gain.T, b.gain.T),
        reply_gain=(a.reply_gain.transpose(1, 2, 0), b.reply_gain.transpose(1, 2, 0)),
        best_offer=(a.best_offer.T, b.best_offer.T),
        best_reply=(a.best_reply.transpose(1, 2, 0), b.best_reply.transpose(1, 2, 0)),
        value=(a.value.T, b.value.T),
        follow=(a.follow.T, b.follow.T),
        residual=max(a.residual, b.residual),
        drift=drift,
        beliefs=check_beliefs(automaton, depth, trembles),
        outcome=outcome(automaton),
        deviations=tuple(sorted(found, key=lambda d: -d.gain)),
    )


def _deviations(automaton: Automaton, player: int, reply: BestReply) -> list[Deviation]:
    """The moves by which a best reply differs from the profile and gains."""
    floor, types, names = SHOWN * automaton.scale, automaton.types[player], automaton.names
    found = []
    for t, s in np.argwhere((reply.here > 0) & (reply.gain > floor)):
        action = automaton.offers[reply.best_offer[t, s]]
        found.append(Deviation(player, types[t], names[s], None, action, float(reply.gain[t, s]), float(reply.here[t, s])))
    gain = np.nan_to_num(reply.reply_gain)
    for t, s, o in np.argwhere((reply.reply_here > 0) & (gain > floor)):
        action = "accept" if reply.best_reply[t, s, o] else "refuse"
        here = float(reply.reply_here[t, s, o])
        found.append(Deviation(player, types[t], names[s], automaton.offers[o], action, float(gain[t, s, o]), here))
    return found
