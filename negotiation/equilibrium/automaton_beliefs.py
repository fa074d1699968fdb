"""Are the beliefs of an automaton those of Bayes' rule, and limits of those of totally mixed strategies?

1. Bayes' rule. From a state, the responder hears an offer, and the proposer a refusal: where the event has positive probability
   under the belief held in the state, the belief in the next state must be the posterior; the proposer learns nothing from its
   own offer. Checked from every state, also those that are never reached.
2. Support. Section 3.6: beliefs give types that the prior excludes no weight. Stronger: what a belief excludes stays excluded.
3. Sequential consistency (Kreps and Wilson 1982). Strategies s^e -> s, totally mixed, whose Bayes beliefs are computed along all
   histories of up to ``depth`` stages at e = 1e-3, 1e-5, 1e-7. Where an offer o has probability 0 in state s under belief b, and
   the next state holds belief c, the types with c_t > 0 make it with probability e (c_t / b_t) / max_u (c_u / b_u), all other
   types that do not choose it with probability e^(depth + 2); refusals likewise. A type that a belief excludes has then likelihood
   e^(depth + 2) or less, which fewer than depth + 1 trembles of the other types do not make up. Every depth has such a sequence,
   so by diagonalisation there is one sequence for all histories where the distance goes to 0 at every depth.

Source: file 004, Sections 3.6 and 5.2 (footnote 20)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.automata import Automaton, Floats, Pair, events
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
    along ``histories`` histories (equal ones counted once) of up to ``depth`` stages; ``unreached``: states that none reaches."""

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
    found: dict[str, Discrepancy] = dict.fromkeys(("on", "off", "outside", "revived"), Discrepancy(0.0))
    path = _on_path(automaton)
    for i in (0, 1):
        held = automaton.belief[i]
        prior = automaton.prior if i == 0 else automaton.prior.T
        start = prior / prior.sum(axis=1, keepdims=True)
        for t in range(len(automaton.types[i])):
            at = f"{PLAYERS[i]} of type {automaton.types[i][t]}, state {automaton.names[automaton.start]!r}"
            _keep(found, "on", np.abs(held[automaton.start, t] - start[t]).max(), at)
            for s in range(len(automaton.names)):
                at = f"{PLAYERS[i]} of type {automaton.types[i][t]}, state {automaton.names[s]!r}"
                _keep(found, "outside", held[s, t][prior[t] == 0].sum(), at)
        likely = likelihoods(automaton, i)
        for s, o, t in np.ndindex(likely.shape[:3]):
            before, after = held[s, t], held[automaton.after[s, o], t]
            at = f"{PLAYERS[i]} of type {automaton.types[i][t]}, state {automaton.names[s]!r}, offer {automaton.offers[o]} refused"
            _keep(found, "revived", after[before == 0].sum(), at)
            joint = before * likely[s, o, t]
            if joint.sum() > SURE:
                _keep(found, "on" if path[i][s, o, t] else "off", np.abs(joint / joint.sum() - after).max(), at)
    given = constructed(automaton, depth) if trembles is None else trembles
    distance = []
    for small in SMALL:
        far, reached, histories, deep = _distance(automaton, given, small, depth)
        distance.append(far)
    unreached = tuple(name for name, hit in zip(automaton.names, reached, strict=True) if not hit)
    return BeliefReport(*found.values(), SMALL, tuple(distance), deep, histories, unreached)


def likelihoods(automaton: Automaton, player: int) -> Floats:
    """The probability, by the other's type, of what a player sees the other do from s when o is made and refused (S, O, T_i, T_j):
    the offer where the other makes it, the refusal where the other refuses. The same for all own types."""
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


def _distance(automaton: Automaton, trembles: Trembles, small: float, depth: int) -> "Comparison":
    """Compare the beliefs of states with Bayes beliefs of s^small, along all histories of up to ``depth`` stages, or as many
    stages as have at most MOST_HISTORIES of them."""
    steps = _mixed(automaton, trembles, small)
    now = Histories(np.array([automaton.start]), (np.zeros((1, len(automaton.types[0]))), np.zeros((1, len(automaton.types[1])))))
    far, reached, count, stage = Discrepancy(0.0), np.zeros(len(automaton.names), dtype=bool), 0, 0
    while True:
        reached[now.state] = True
        count += len(now.state)
        far = max(far, _worst(automaton, now, stage), key=lambda d: d.size)
        if stage == depth or len(now.state) * len(automaton.offers) > MOST_HISTORIES:
            return Comparison(far, reached, count, stage)
        now, stage = _refused(automaton, steps, now), stage + 1


class Comparison(NamedTuple):
    """The largest distance, the states reached, the number of histories and their stages."""

    far: Discrepancy
    reached: NDArray[np.bool_]
    histories: int
    stages: int


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


def _keep(found: dict[str, Discrepancy], key: str, size: float, where: str) -> None:
    if size > found[key].size:
        found[key] = Discrepancy(float(size), where)
