"""What deviations from an automaton gain when beliefs follow Bayes' rule, whatever its states believe.

With trembles every history is reached and Bayes' rule ties beliefs down (Section 5.3), so that the beliefs written into an
automaton may be wrong. Here player i of type t faces the pairs (state, belief b over the other's types) that follow from its
conditional prior: after what the other did with probability l_u by type u, b_u becomes b_u l_u / sum_v b_v l_v; what has
probability 0 is left out. Following the profile is worth exactly sum_u b_u W(s, t, u), W from ``values``. The best reply is
found by backward induction over the stages 0, ..., N - 1, after which it follows the profile: this leaves out at most d^(N - k)
of the spread of gains at stage k. Beliefs at a stage that agree to within a width w are merged in what the best reply gains
over the profile, which changes it by at most T_j w of the spread there; widths are 1e-12 at the stages reported, and later as
wide as the tolerance allows.

Source: file 004, Section 5.3; the value of a decision problem with hidden types, in beliefs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.automata import Automaton, Floats, Pair, values
from negotiation.equilibrium.automaton_beliefs import likelihoods
from negotiation.equilibrium.automaton_decision import Ints
from negotiation.equilibrium.automaton_layers import Choice, Layer, choice_of, unroll
from negotiation.errors import InputError
from negotiation.problem import PLAYERS

FINE = 1e-12  # beliefs that agree so far are merged at any stage
SHOWN = 1e-9  # of the scale: gains above this are listed
LINES = 10


class BayesDeviation(NamedTuple):
    """A profitable deviation at an information set, under beliefs by Bayes' rule.

    ``offer``: what is answered, None where the player proposes; ``belief``: of the other's types there; ``reached``: the
    probability that the profile leads there, given the own type; ``gain``: of the best reply from there on, ``here``: what this
    action earns of it, given that what follows is optimal; utils of ``stage``."""

    player: int
    type: float | str
    stage: int
    state: str
    belief: tuple[float, ...]
    offer: float | str | None
    action: float | str
    gain: float
    here: float
    reached: float

    def __str__(self) -> str:
        where = "" if self.offer is None else f" after offer {self.offer}"
        act = f"offer {self.action}" if self.offer is None else self.action
        belief = ", ".join(f"{p:.6g}" for p in self.belief)
        who = f"{PLAYERS[self.player]} of type {self.type}"
        at = f"(reached with probability {self.reached:.3g}, belief {belief})"
        return f"{self.gain:.6g} utils: {who}, stage {self.stage}, state {self.state!r}{where} {at}: {act}"


@dataclass(frozen=True, eq=False)
class BayesReport:
    """Gains under beliefs by Bayes' rule, at the information sets of stages 0 to ``stages`` - 1.

    ``overall``: each type's gain at the start, time-0 utils, (T_a,) and (T_b,); ``payoff``: of following the profile;
    ``largest_gain``: the largest gain at an information set, utils of its stage; ``error``: gains are off by at most this much;
    ``horizon``: N; ``nodes``: pairs (state, belief) examined; ``deviations``: the most profitable one of each player and type
    in each state (before the offer, or after each), over all stages and beliefs, most profitable first."""

    automaton: Automaton
    overall: Pair
    payoff: Pair
    largest_gain: float
    error: float
    stages: int
    horizon: int
    nodes: int
    deviations: tuple[BayesDeviation, ...]

    def __str__(self) -> str:
        a = self.automaton
        lines = [
            f"{a.name}: trembles {a.tremble:g}, beliefs by Bayes' rule, information sets of stages 0 to {self.stages - 1}",
            f"largest gain at an information set: {self.largest_gain:.6g} utils (off by at most {self.error:.2g}: "
            f"the best reply follows the profile from stage {self.horizon} on)",
        ]
        for i, who in enumerate(PLAYERS):
            for t, gain, pay in zip(a.types[i], self.overall[i], self.payoff[i], strict=True):
                lines.append(f"{who} of type {t}: payoff {pay:.6g}, gain at the start {gain:.6g} utils")
        lines.append(f"{len(self.deviations)} profitable deviations" + (", the largest:" if self.deviations else ""))
        return "\n".join(lines + [f"  {d}" for d in self.deviations[:LINES]])


def check_under_bayes(automaton: Automaton, stages: int = 4, tolerance: float = 1e-6) -> BayesReport:
    """The gain of every type's best reply at every information set of the first stages, under beliefs by Bayes' rule.

    ``tolerance``: gains are off by at most this fraction of the scale (the largest gain of an offer).
    Raises InputError for stages < 1 or tolerance <= 0, CannotPlay for more than 2e6 pairs (state, belief)."""
    if type(stages) is not int or stages < 1:
        raise InputError(f"stages: expected a whole number, at least 1, got {stages!r}")
    if not tolerance > 0:
        raise InputError(f"tolerance: expected a positive fraction of the scale, got {tolerance!r}")
    error, nodes, largest, horizon = 0.0, 0, 0.0, 0
    overall: list[Floats] = []
    payoff: list[Floats] = []
    found: list[BayesDeviation] = []
    exact = values(automaton)
    for i in (0, 1):
        widths, missing = _widths(automaton, i, stages, tolerance)
        error, horizon = max(error, missing), max(horizon, len(widths) - 1)
        gains, pays = [], []
        for t in range(len(automaton.types[i])):
            layers = unroll(automaton, i, t, widths)
            nodes += sum(len(layer.state) for layer in layers)
            pair_value = exact[i][t] if i == 0 else exact[i][:, t]  # (T_j, S)
            gain, most, listed = _induction(automaton, i, t, layers, pair_value, stages)
            largest = max(largest, most)
            gains.append(gain)
            pays.append(float(layers[0].belief[0] @ pair_value[:, automaton.start]))
            found += listed
        overall.append(np.array(gains))
        payoff.append(np.array(pays))
    found.sort(key=lambda d: -d.gain)
    pairs = (overall[0], overall[1]), (payoff[0], payoff[1])
    return BayesReport(automaton, *pairs, largest, error, stages, horizon, nodes, tuple(found))


def _widths(automaton: Automaton, player: int, stages: int, tolerance: float) -> tuple[Floats, float]:
    """How far beliefs are merged at each of the stages 0, ..., N, and the error of gains at the stages asked for, utils.

    Half of the tolerance is for what follows stage N, half for merging, alike for each stage."""
    gain, d = automaton.gain[player], automaton.discount[player]
    spread = max(0.0, float(gain.max())) - min(0.0, float(gain.min()))
    allowed = tolerance * automaton.scale / 2
    more = 1 if d == 0 or spread <= allowed else max(1, math.ceil(math.log(allowed / spread) / math.log(d)))
    weight = np.array([d**k for k in range(1, more + 1)]) * spread * len(automaton.types[1 - player])
    wide = np.minimum(1.0, np.divide(allowed / more, weight, out=np.ones(more), where=weight > 0))
    widths = np.concatenate([np.full(stages, FINE), np.maximum(wide, FINE)])
    early = spread * len(automaton.types[1 - player]) * FINE * stages
    return widths, d**more * spread + float(weight @ widths[stages:]) + early


class StageGains(NamedTuple):
    """Gains at the nodes of a layer, utils of its stage, 0 where the player does not move: ``offer`` (N,) and ``offer_here``,
    with the ``best`` offer (N,); ``reply`` (N, O) and ``reply_here``, with whether to ``accept`` (N, O)."""

    offer: Floats
    offer_here: Floats
    best: Ints
    reply: Floats
    reply_here: Floats
    accept: NDArray[np.bool_]


def _step(choice: Choice, layer: Layer, gain: Floats, wait: Floats, kept: Floats, hit: float) -> tuple[Floats, StageGains]:
    """The value (N,) of the best reply before the offers of a stage, and its gains (of offers: still to be filled in). ``wait``
    and ``kept`` (N, O): discounted values after a refusal, of the best reply and of the profile; ``hit``: gamma."""
    s, still = layer.state, 1 - hit
    mine = choice.mine[s]
    q = (1 - layer.seen) * gain + layer.seen * wait  # of an offer made; read where the player proposes
    made = still * q.max(axis=-1) + hit * q.mean(axis=-1)
    answer = still * np.maximum(gain, wait) + hit / 2 * (gain + wait)
    value = np.where(mine, made, (layer.seen * answer).sum(axis=-1))
    share, more = choice.played_accept[s], gain - wait
    heard = ~mine[:, None] & (layer.seen > 0)
    reply = np.where(heard, answer - share * gain - (1 - share) * kept, 0.0)
    reply_here = np.where(heard, still * (np.maximum(more, 0) - choice.accept[s] * more), 0.0)
    offer_here = np.where(mine, still * (q.max(axis=-1) - (choice.offer[s] * q).sum(axis=-1)), 0.0)
    return value, StageGains(np.zeros(len(s)), offer_here, q.argmax(axis=-1), reply, reply_here, more > 0)


def _induction(
    automaton: Automaton, player: int, own: int, layers: list[Layer], pair_value: Floats, stages: int
) -> tuple[float, float, list[BayesDeviation]]:
    """Gain at the start, largest gain at the information sets of the first stages, and the deviations found there.
    ``pair_value`` (T_j, S): what following the profile is worth against each type."""
    choice, d = choice_of(automaton, player, own), automaton.discount[player]
    likely = likelihoods(automaton, player)[:, :, own]
    found: list[BayesDeviation] = []
    largest, excess = 0.0, np.zeros(len(layers[-1].state))  # of the best reply over the profile
    for stage in range(len(layers) - 2, -1, -1):
        layer = layers[stage]
        joint = layer.belief[:, None] * likely[layer.state]
        kept = np.einsum("nou,uno->no", joint, pair_value[:, automaton.after[layer.state]])
        kept = d * np.divide(kept, layer.seen, out=np.zeros_like(kept), where=layer.seen > 0)
        wait = kept + d * np.append(excess, 0.0)[layer.child]  # 0 for child -1
        value, gains = _step(choice, layer, automaton.gain[player][:, own], wait, kept, automaton.tremble)
        excess = value - np.einsum("nu,un->n", layer.belief, pair_value[:, layer.state])
        if stage < stages:
            gains = gains._replace(offer=np.where(choice.mine[layer.state], excess, 0.0))
            largest = max(largest, float(gains.offer.max(initial=0.0)), float(gains.reply.max(initial=0.0)))
            found += list(_deviations(automaton, player, own, stage, layers, gains))
    best: dict[tuple[str, float | str | None], BayesDeviation] = {}
    for deviation in found:
        key = (deviation.state, deviation.offer)
        best[key] = max(best.get(key, deviation), deviation, key=lambda x: x.gain)
    return float(excess[0]), largest, list(best.values())


def _deviations(
    automaton: Automaton, player: int, own: int, stage: int, layers: list[Layer], gains: StageGains
) -> Iterator[BayesDeviation]:
    """The moves of this stage by which the best reply differs from the profile and gains."""
    floor, layer = SHOWN * automaton.scale, layers[stage]

    def deviation(
        n: Any, belief: Floats, offer: float | str | None, action: float | str, gain: float, here: float, reached: float
    ) -> BayesDeviation:
        who = (player, automaton.types[player][own], stage, automaton.names[layer.state[n]])
        return BayesDeviation(*who, tuple(belief.tolist()), offer, action, float(gain), float(here), float(reached))

    for n in np.flatnonzero((gains.offer > floor) & (gains.offer_here > floor)):
        action = automaton.offers[gains.best[n]]
        yield deviation(n, layer.belief[n], None, action, gains.offer[n], gains.offer_here[n], layer.reached[n])
    for n, o in np.argwhere((gains.reply > floor) & (gains.reply_here > floor)):
        belief = layers[stage + 1].belief[layer.child[n, o]]
        action = "accept" if gains.accept[n, o] else "refuse"
        at = layer.reached[n] * layer.seen[n, o]
        yield deviation(n, belief, automaton.offers[o], action, gains.reply[n, o], gains.reply_here[n, o], at)
