"""Are the beliefs of an automaton those of Bayes' rule, and limits of those of totally mixed strategies?

1. Bayes' rule. From a state, the responder hears an offer, and the proposer a refusal: where the event has positive probability
   under the belief held in the state, the belief in the next state must be the posterior; the proposer learns nothing from its
   own offer. Checked from every state, also those that are never reached.
2. Support. Section 3.6: beliefs give types that the prior excludes no weight. Stronger: what a belief excludes stays excluded.
3. Sequential consistency (Kreps and Wilson 1982). Strategies s^e -> s, totally mixed, whose Bayes beliefs are computed along
   all histories of up to ``depth`` stages at e = 1e-3, 1e-5, 1e-7. Where offer o has probability 0 in state s under belief b,
   and the next state holds belief c, the types with c_t > 0 make it with probability e (c_t / b_t) / max_u (c_u / b_u), all
   other types that do not choose it with probability e^(depth + 2); refusals likewise. A type that a belief excludes has then
   likelihood e^(depth + 2) or less, which at most depth trembles of the other types do not make up. Where the distance goes to
   0 at every depth, one sequence serves all histories (take the strategies for depth k at an e_k small enough, k = 1, 2, ...).
   With gamma > 0 everything is played anyhow, and this is Bayes' rule along histories.

Source: file 004, Sections 3.6 and 5.2 (footnote 20)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.automata import Automaton, Floats, Pair, events
from negotiation.errors import InputError
from negotiation.problem import PLAYERS

SMALL = (1e-3, 1e-5, 1e-7)
MOST_HISTORIES = 200_000
SURE = 1e-12  # events of lower probability are not conditioned on


class Discrepancy(NamedTuple):
    """The largest difference of a probability between two beliefs, and where."""

    size: float
    where: str = "nowhere"


@dataclass(frozen=True)
class BeliefReport:
    """``on_path``, ``off_path``: largest difference from Bayes' rule where the event has positive probability, at information
    sets that the profile reaches from the prior and at others; ``outside_prior``: largest weight on types that the prior
    excludes; ``revived``: on types that the belief before had excluded.

    ``distance``: largest difference between beliefs and those of totally mixed strategies with trembles of size ``tremble``
    along ``histories`` histories (equal ones counted once) of up to ``depth`` stages; ``unreached``: states they miss."""

    on_path: Discrepancy
    off_path: Discrepancy
    outside_prior: Discrepancy
    revived: Discrepancy
    tremble: tuple[float, ...]
    distance: tuple[Discrepancy, ...]
    depth: int
    histories: int
    unreached: tuple[str, ...]

    def __str__(self) -> str:
        rows = [
            ("beliefs: largest difference from Bayes' rule on the path", self.on_path),
            ("beliefs: the same off the path", self.off_path),
            ("beliefs: largest weight on types that the prior excludes", self.outside_prior),
            ("beliefs: largest weight on types that the belief before excluded", self.revived),
        ]
        rows += [
            (f"beliefs: largest difference from Bayes' rule with vanishing trembles {e:g}", d)
            for e, d in zip(self.tremble, self.distance, strict=True)
        ]
        lines = [f"{what}: {d.size:.3g}" + (f" ({d.where})" if d.size > 0 else "") for what, d in rows]
        lines[-1] += f"; {self.histories} histories of up to {self.depth} stages"
        if self.unreached:
            lines.append(f"beliefs: states that these do not reach: {', '.join(self.unreached)}")
        return "\n".join(lines)


class Trembles(NamedTuple):
    """Actions not chosen are played with probability ``scale`` e^``order``: ``offer`` (S, T_i, O) and ``refuse`` (S, O, T_i) by
    player, each a pair (scale, order)."""

    offer: tuple[Pair, Pair]
    refuse: tuple[Pair, Pair]


def check_beliefs(automaton: Automaton, depth: int = 8, trembles: Trembles | None = None) -> BeliefReport:
    """How far the beliefs are from Bayes' rule, and from the limits of Bayes beliefs of totally mixed strategies.

    ``trembles``: the rates at which actions not chosen vanish; constructed as above where None."""
    if type(depth) is not int or depth < 0:
        raise InputError(f"depth: expected a whole number of stages, at least 0, got {depth!r}")
    path = _on_path(automaton)
    parts: dict[str, list[Discrepancy]] = {"on": [], "off": [], "outside": [], "revived": []}
    for i in (0, 1):
        held, seen = automaton.belief[i], likelihoods(automaton, i)
        prior = automaton.prior if i == 0 else automaton.prior.T
        first = np.abs(held[automaton.start] - prior / prior.sum(axis=1, keepdims=True)).max(axis=-1)
        parts["on"].append(_largest(automaton, i, first[None, None], automaton.start))
        parts["outside"].append(_largest(automaton, i, (held * (prior == 0)).sum(axis=-1)[:, None]))
        before, after = held[:, None], held[automaton.after]
        parts["revived"].append(_largest(automaton, i, (after * (before == 0)).sum(axis=-1)))
        joint = before * seen
        mass = joint.sum(axis=-1, keepdims=True)
        off = np.abs(joint / np.where(mass > SURE, mass, 1.0) - after).max(axis=-1) * (mass[..., 0] > SURE)
        parts["on"].append(_largest(automaton, i, off * path[i]))
        parts["off"].append(_largest(automaton, i, off * ~path[i]))
    on, off_path, outside, revived = (max(rows, key=lambda d: d.size) for rows in parts.values())
    given = constructed(automaton, depth) if trembles is None else trembles
    compared = [_distance(automaton, given, small, depth) for small in SMALL]
    last = compared[-1]
    unreached = tuple(name for name, hit in zip(automaton.names, last.reached, strict=True) if not hit)
    distance = tuple(c.far for c in compared)
    return BeliefReport(on, off_path, outside, revived, SMALL, distance, last.stages, last.histories, unreached)


def likelihoods(automaton: Automaton, player: int) -> Floats:
    """The probability, by the other's type, of what a player sees the other do in s when o is made and refused:
    the offer where the other makes it, the refusal where the other answers. (S, O, T_i, T_j), the same for all own types."""
    offer, accept = automaton.play
    other = 1 - player
    seen = np.where((automaton.proposer == other)[:, None, None], offer[other].transpose(0, 2, 1), 1 - accept[other])
    return np.repeat(seen[:, :, None, :], len(automaton.types[player]), axis=2)


def constructed(automaton: Automaton, depth: int) -> Trembles:
    """Rates of vanishing trembles that lead to the beliefs held, where the support restriction holds (see the module)."""
    out = []
    for i in (0, 1):  # who trembles; the other's beliefs say how
        seen = likelihoods(automaton, 1 - i)
        before = np.broadcast_to(automaton.belief[1 - i][:, None], seen.shape)
        after = automaton.belief[1 - i][automaton.after]
        free = (before * seen).sum(axis=-1) <= SURE  # (S, O, T_j)
        ratio = np.divide(after, before, out=np.zeros_like(after), where=before > 0)
        first = free.argmax(axis=-1)[..., None, None]
        ratio = np.take_along_axis(ratio, np.broadcast_to(first, (*ratio.shape[:2], 1, ratio.shape[3])), axis=2)[:, :, 0]
        wanted = free.any(axis=-1)[..., None] & (ratio > 0)
        scale = np.where(wanted, ratio / np.maximum(ratio.max(axis=-1, keepdims=True), SURE), 1.0)
        out.append((scale, np.where(wanted, 1.0, depth + 2.0)))
    (a, k), (b, m) = out
    turn = (0, 2, 1)
    offers = ((a.transpose(turn), k.transpose(turn)), (b.transpose(turn), m.transpose(turn)))
    return Trembles(offers, ((a, k), (b, m)))


def _on_path(automaton: Automaton) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the profile reaches, from the prior and own type t, what player i sees when o is made from s: the responder the
    offer, the proposer its refusal. (S, O, T_i) by player."""
    agreed, refused = events(automaton)
    reached = np.zeros((*automaton.prior.shape, len(automaton.names)), dtype=bool)
    reached[..., automaton.start] = automaton.prior > 0
    while True:
        ahead = reached | (automaton.matrix(refused * reached[..., None]).sum(axis=-2) > 0)
        if (ahead == reached).all():
            break
        reached = ahead
    heard = ((agreed + refused) > 0) & reached[..., None]
    denied = (refused > 0) & reached[..., None]
    a = np.where((automaton.proposer == 0)[:, None], denied.any(axis=1), heard.any(axis=1))
    b = np.where((automaton.proposer == 1)[:, None], denied.any(axis=0), heard.any(axis=0))
    return a.transpose(1, 2, 0), b.transpose(1, 2, 0)


def _mixed(automaton: Automaton, trembles: Trembles, small: float) -> tuple[Floats, Floats]:
    """Logarithms of the probability, by type, of what player i does in s^small when o is made and refused: (S, O, T_i) each."""
    play, logs = automaton.play, []
    for i in (0, 1):
        scale, order = trembles.offer[i]
        offer = np.where(play.offer[i] > 0, play.offer[i], scale * small**order)
        offer = (offer / offer.sum(axis=-1, keepdims=True)).transpose(0, 2, 1)
        scale, order = trembles.refuse[i]
        refuse = np.where(play.accept[i] < 1, 1 - play.accept[i], scale * small**order)
        refuse = np.where(play.accept[i] > 0, refuse, 1 - small ** np.max(order))
        logs.append(np.log(np.where((automaton.proposer == i)[:, None, None], offer, refuse)))
    return logs[0], logs[1]


class Histories(NamedTuple):
    """Histories told apart by what matters: ``state`` (N,), and for each player the logarithms (N, T_i) of the likelihood of
    what was seen, by type, the most likely at 0."""

    state: NDArray[np.int64]
    likelihood: Pair


class Comparison(NamedTuple):
    """The largest distance, the states reached, the number of histories and their stages."""

    far: Discrepancy
    reached: NDArray[np.bool_]
    histories: int
    stages: int


def _distance(automaton: Automaton, trembles: Trembles, small: float, depth: int) -> Comparison:
    """Compare the beliefs of states with Bayes beliefs of s^small, along all histories of up to ``depth`` stages, or as many
    stages as have at most MOST_HISTORIES of them."""
    steps = _mixed(automaton, trembles, small)
    now = Histories(
        np.array([automaton.start]), (np.zeros((1, len(automaton.types[0]))), np.zeros((1, len(automaton.types[1]))))
    )
    far, reached, count, stage = Discrepancy(0.0), np.zeros(len(automaton.names), dtype=bool), 0, 0
    while True:
        reached[now.state] = True
        count += len(now.state)
        far = max(far, _worst(automaton, now, stage), key=lambda d: d.size)
        if stage == depth or len(now.state) * len(automaton.offers) > MOST_HISTORIES:
            return Comparison(far, reached, count, stage)
        now, stage = _refused(automaton, steps, now), stage + 1


def _refused(automaton: Automaton, steps: Pair, now: Histories) -> Histories:
    """The histories one stage on: every offer made and refused; equal ones once."""
    state = automaton.after[now.state].ravel()
    parts = [state[:, None].astype(float)]
    for likelihood, step in zip(now.likelihood, steps, strict=True):
        seen = (likelihood[:, None] + step[now.state]).reshape(len(state), -1)
        parts.append(seen - seen.max(axis=1, keepdims=True))
    rows = np.hstack(parts)
    _, first = np.unique(np.round(rows, 9), axis=0, return_index=True)
    sizes = [len(t) for t in automaton.types]
    kept = rows[first]
    return Histories(state[first], (kept[:, 1 : 1 + sizes[0]], kept[:, 1 + sizes[0] :]))


def _worst(automaton: Automaton, now: Histories, stage: int) -> Discrepancy:
    """The largest difference between Bayes beliefs at these histories and the beliefs that their states hold."""
    far = Discrepancy(0.0)
    for i in (0, 1):
        prior = automaton.prior if i == 0 else automaton.prior.T
        with np.errstate(divide="ignore"):
            logs = np.log(prior) + now.likelihood[1 - i][:, None, :]
        weight = np.exp(logs - logs.max(axis=-1, keepdims=True))
        off = np.abs(weight / weight.sum(axis=-1, keepdims=True) - automaton.belief[i][now.state]).max(axis=-1)
        n, t = (int(k) for k in np.unravel_index(off.argmax(), off.shape))
        if off[n, t] > far.size:
            at = f"{PLAYERS[i]} of type {automaton.types[i][t]}, state {automaton.names[now.state[n]]!r} at stage {stage}"
            far = Discrepancy(float(off[n, t]), at)
    return far


def _largest(automaton: Automaton, player: int, sizes: Floats, state: int | None = None) -> Discrepancy:
    """The largest of ``sizes`` (S, O, T_i), or (S, 1, T_i) where they are of states, or of one state."""
    s, o, t = (int(k) for k in np.unravel_index(sizes.argmax(), sizes.shape))
    if sizes[s, o, t] <= 0:
        return Discrepancy(0.0)
    at = f"{PLAYERS[player]} of type {automaton.types[player][t]}, state {automaton.names[s if state is None else state]!r}"
    refused = f", offer {automaton.offers[o]} refused" if sizes.shape[1] > 1 else ""
    return Discrepancy(float(sizes[s, o, t]), at + refused)
