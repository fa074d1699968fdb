"""Profiles of an infinite-horizon alternating-offer game given as finite automata, and what they lead to.

Public play moves between finitely many states s. In s the proposer i(s), of type t, makes offer o with probability
``offer[i][s, t, o]``; the other, of type t', accepts it with probability ``accept[j][s, o, t']``: the game ends and pays
``gain[i][o, t]`` to each (private values). A refusal leads to state ``after[s, o]``, one stage later. States hold beliefs:
in s, player i of type t believes ``belief[i][s, t]`` of the other's type. One's own reply tells nothing of the other, so what
the responder believes after offer o is what it believes in ``after[s, o]``.

With trembles (Section 5.3.1) a player's choices hold with probability 1 - gamma; else it offers uniformly, or accepts or
refuses with 1/2 each. Source: file 004, Sections 3.4, 3.6, 5.2 and 5.3."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.rubinstein import check_discount
from negotiation.errors import InputError
from negotiation.problem import PLAYERS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pair = tuple[Floats, Floats]
SUM = 1e-9  # probabilities sum to 1 within this much
LEFT, LONGEST = 1e-12, 2_000  # outcomes are listed until less than LEFT is open, for at most LONGEST stages


@dataclass(frozen=True, eq=False)
class Automaton:
    """A profile with beliefs. S states, O offers, T_i types of player i; pairs are (Alice's, Bob's).

    - ``names`` (S), ``offers`` (O), ``types`` (T_a, T_b): labels;
    - ``proposer`` (S,): 0 or 1; ``after`` (S, O): the next state after a refusal; ``start``: the first state;
    - ``belief[i]`` (S, T_i, T_j); ``offer[i]`` (S, T_i, O), read where i proposes; ``accept[i]`` (S, O, T_i), read where i
      responds: what players choose, before trembles;
    - ``gain[i]`` (O, T_i): utils of the stage of agreement; ``discount`` a stage; ``prior`` (T_a, T_b); ``tremble``: gamma.

    Raises InputError where these do not fit each other."""

    names: tuple[str, ...]
    offers: tuple[float | str, ...]
    types: tuple[tuple[float | str, ...], tuple[float | str, ...]]
    proposer: Ints
    belief: Pair
    offer: Pair
    accept: Pair
    after: Ints
    gain: Pair
    discount: tuple[float, float]
    prior: Floats
    start: int = 0
    tremble: float = 0.0
    name: str = "automaton"

    def __post_init__(self) -> None:
        S, O = len(self.names), len(self.offers)  # noqa: E741
        if not S or len(set(self.names)) < S:
            raise InputError(f"states: expected different names of at least one state, got {list(self.names)}")
        if not O:
            raise InputError("offers: expected at least one")
        proposer = _whole("proposer", self.proposer, (S,), 2, self.names)
        after = _whole("next state", self.after, (S, O), S, self.names)
        _whole("start", np.atleast_1d(self.start), (1,), S, ("the automaton",))
        check_discount(self.discount)
        if isinstance(self.tremble, bool | str) or not 0 <= self.tremble <= 1:
            raise InputError(f"tremble: expected a probability, got {self.tremble!r}")
        T = [len(t) for t in self.types]
        prior = _numbers("prior", self.prior, (T[0], T[1]))
        if (
            prior.min() < 0
            or abs(prior.sum() - 1) > SUM
            or not (prior.sum(axis=0) > 0).all()
            or not (prior.sum(axis=1) > 0).all()
        ):
            raise InputError(
                "prior: expected probabilities of pairs of types that sum to 1, and none to leave a type impossible"
            )
        pairs: dict[str, list[Floats]] = {"belief": [], "offer": [], "accept": [], "gain": []}
        for i, who in enumerate(PLAYERS):
            moves, waits = proposer == i, proposer != i
            belief = _numbers(f"belief of {who}", self.belief[i], (S, T[i], T[1 - i]))
            _sum_to_one(f"belief of {who}", belief, self.names)
            offer = _numbers(f"offer of {who}", self.offer[i], (S, T[i], O)) * moves[:, None, None]
            _sum_to_one(f"offer of {who}", offer, self.names, moves)
            accept = _numbers(f"acceptance of {who}", self.accept[i], (S, O, T[i])) * waits[:, None, None]
            bad = np.argwhere((accept < 0) | (accept > 1))
            if len(bad):
                s, o, t = bad[0]
                at = f"state {self.names[s]!r}, offer {self.offers[o]}, type {self.types[i][t]}"
                raise InputError(f"acceptance of {who}, {at}: expected a probability, got {accept[s, o, t]:g}")
            gain = _numbers(f"gain of {who}", self.gain[i], (O, T[i]))
            for part, array in zip(pairs, (belief, offer, accept, gain), strict=True):
                array.setflags(write=False)
                pairs[part].append(array)
        for part, (a, b) in pairs.items():
            object.__setattr__(self, part, (a, b))
        for part, array in (("proposer", proposer), ("after", after), ("prior", prior)):
            array.setflags(write=False)
            object.__setattr__(self, part, array)

    @property
    def scale(self) -> float:
        """The largest gain or loss of an accepted offer, utils (1 where there is none)."""
        return max(float(np.abs(g).max()) for g in self.gain) or 1.0

    @property
    def play(self) -> "Play":
        """What is played, trembles included."""
        share = self.tremble / len(self.offers)
        offer = [((1 - self.tremble) * x + share) * (self.proposer == i)[:, None, None] for i, x in enumerate(self.offer)]
        accept = [
            ((1 - self.tremble) * x + self.tremble / 2) * (self.proposer != i)[:, None, None] for i, x in enumerate(self.accept)
        ]
        return Play((offer[0], offer[1]), (accept[0], accept[1]))

    def matrix(self, weight: Floats) -> Floats:
        """Weights (..., S, O) of refused offers as weights (..., S, S) of the states they lead to."""
        out = np.zeros((*weight.shape[:-1], len(self.names)))
        rows = np.arange(len(self.names))
        for o in range(len(self.offers)):
            out[..., rows, self.after[:, o]] += weight[..., o]
        return out


class Play(NamedTuple):
    """Probabilities of offers and acceptances, shapes as in ``Automaton``."""

    offer: Pair
    accept: Pair


class Outcome(NamedTuple):
    """What an automaton leads to from its start. ``payoff[i]`` (T_i,): time-0 utils expected by each type; ``agreement``
    (T_a, T_b, stages, O): probability, given the types, of agreeing at each stage on each offer; ``open_`` (T_a, T_b): of
    no agreement at the stages listed; ``mean`` (stages, O): the probability of agreement under the prior."""

    payoff: Pair
    agreement: Floats
    open_: Floats
    mean: Floats


def events(automaton: Automaton) -> tuple[Floats, Floats]:
    """Probabilities, given the types, that an offer is made and accepted, and made and refused: (T_a, T_b, S, O) each."""
    offer, accept = automaton.play
    a = automaton.proposer == 0
    made = np.where(a[:, None], offer[0].transpose(1, 0, 2)[:, None], offer[1].transpose(1, 0, 2)[None])
    yes = np.where(a[:, None], accept[1].transpose(2, 0, 1)[None], accept[0].transpose(2, 0, 1)[:, None])
    return made * yes, made * (1 - yes)


def values(automaton: Automaton) -> Pair:
    """What both expect in each state if both follow the automaton, given both types: (T_a, T_b, S), utils of that stage.

    Solves V = r + d P V, with r what agreements at once pay and P the moves to next states."""
    agreed, refused = events(automaton)
    move, eye = automaton.matrix(refused), np.eye(len(automaton.names))
    a, b = (g.T for g in automaton.gain)
    pay = (np.einsum("abso,ao->abs", agreed, a), np.einsum("abso,bo->abs", agreed, b))
    out = [np.linalg.solve(eye - d * move, r[..., None])[..., 0] for d, r in zip(automaton.discount, pay, strict=True)]
    return out[0], out[1]


def outcome(automaton: Automaton) -> Outcome:
    """The expected outcome under the prior, from the start. Stages are listed until less than 1e-12 is open, at most 2,000."""
    agreed, refused = events(automaton)
    move = automaton.matrix(refused)
    at = np.zeros(move.shape[:-1])
    at[..., automaton.start] = 1.0
    rows: list[Floats] = []
    while len(rows) < LONGEST and at.sum(axis=-1).max() > LEFT:
        rows.append(np.einsum("abs,abso->abo", at, agreed))
        at = np.einsum("abs,absz->abz", at, move)
    agreement, prior = np.stack(rows, axis=2), automaton.prior
    expected = [prior * v[..., automaton.start] for v in values(automaton)]
    payoff = [(x.sum(axis=1 - i) / prior.sum(axis=1 - i)) for i, x in enumerate(expected)]
    return Outcome((payoff[0], payoff[1]), agreement, at.sum(axis=-1), np.einsum("ab,abko->ko", prior, agreement))


def _numbers(what: str, given: ArrayLike, shape: tuple[int, ...]) -> Floats:
    try:
        array = np.array(given, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{what}: expected numbers of shape {shape}") from None
    if array.shape != shape or not np.isfinite(array).all():
        raise InputError(f"{what}: expected finite numbers of shape {shape}, got shape {array.shape}")
    return array


def _whole(what: str, given: ArrayLike, shape: tuple[int, ...], below: int, names: tuple[str, ...]) -> Ints:
    array = np.array(given)
    if array.shape != shape or not np.issubdtype(array.dtype, np.integer):
        raise InputError(f"{what}: expected whole numbers of shape {shape}, got {array.dtype} of shape {array.shape}")
    bad = np.argwhere((array < 0) | (array >= below))
    if len(bad):
        at = names[bad[0][0]]
        raise InputError(f"{what}, state {at!r}: expected a number from 0 to {below - 1}, got {array[tuple(bad[0])]}")
    return array.astype(np.int64)


def _sum_to_one(what: str, rows: Floats, names: tuple[str, ...], where: NDArray[np.bool_] | None = None) -> None:
    """Raise InputError for the first row (state, type) that is not a distribution, among the states ``where``."""
    bad = (rows.min(axis=-1) < 0) | (np.abs(rows.sum(axis=-1) - 1) > SUM)
    if where is not None:
        bad &= where[:, None]
    if bad.any():
        s, t = (int(k) for k in np.argwhere(bad)[0])
        row = ", ".join(f"{p:g}" for p in rows[s, t])
        raise InputError(f"{what}, state {names[s]!r}, type number {t}: expected probabilities that sum to 1, got {row}")
