"""What a player can know of the other's type, stage by stage, when beliefs follow Bayes' rule.

Player i of type t starts from its conditional prior. After what the other did with probability l_u by type u, b_u becomes
b_u l_u / sum_v b_v l_v; its own actions tell it nothing. The pairs (state, belief) of each stage make a layer; those that agree
to within the width of their stage are merged."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.automata import Automaton, Floats
from negotiation.equilibrium.automaton_beliefs import likelihoods
from negotiation.equilibrium.automaton_decision import Ints
from negotiation.errors import CannotPlay

MOST_NODES = 2_000_000


class Layer(NamedTuple):
    """The information of one player of one type at one stage. ``state`` (N,), ``belief`` (N, T_j), ``reached`` (N,): the
    probability under the profile; ``seen`` (N, O): that the other makes o, or refuses it; ``child`` (N, O): in the next layer,
    -1 where ``seen`` is 0."""

    state: Ints
    belief: Floats
    reached: Floats
    seen: Floats
    child: Ints


class Choice(NamedTuple):
    """What a player of one type does in each state: ``offer`` and ``accept`` (S, O) before trembles, and as played; ``mine``
    (S,): whether it proposes."""

    mine: NDArray[np.bool_]
    offer: Floats
    accept: Floats
    played_offer: Floats
    played_accept: Floats


def choice_of(automaton: Automaton, player: int, own: int) -> Choice:
    play = automaton.play
    return Choice(
        automaton.proposer == player,
        automaton.offer[player][:, own],
        automaton.accept[player][:, :, own],
        play.offer[player][:, own],
        play.accept[player][:, :, own],
    )


def unroll(automaton: Automaton, player: int, own: int, widths: Floats) -> list[Layer]:
    """The pairs (state, belief) of each stage that a player of this type can meet, whatever it does itself.

    ``widths`` (horizon + 1,): beliefs at a stage that round to the same multiples of its width are merged, so that they
    differ by at most that. Raises CannotPlay for more than 2e6 pairs."""
    choice = choice_of(automaton, player, own)
    likely = likelihoods(automaton, player)[:, :, own]  # (S, O, T_j)
    prior = automaton.prior if player == 0 else automaton.prior.T
    state, belief = np.array([automaton.start]), (prior[own] / prior[own].sum())[None]
    reached: Floats = np.ones(1)
    own_part = np.where(choice.mine[:, None], choice.played_offer, 1 - choice.played_accept)  # what leads on, of one's own
    layers, count = [], 0
    horizon = len(widths) - 1
    for stage in range(horizon + 1):
        joint = belief[:, None] * likely[state]  # (N, O, T_j)
        seen = joint.sum(axis=-1)
        if stage == horizon:
            layers.append(Layer(state, belief, reached, seen, np.zeros(seen.shape, dtype=np.int64)))
            break
        possible = seen > 0
        posterior = joint[possible] / seen[possible][:, None]
        keys = np.column_stack([automaton.after[state][possible], np.round(posterior / widths[stage + 1])])
        _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        child = np.full(seen.shape, -1, dtype=np.int64)
        child[possible] = inverse.ravel()
        layers.append(Layer(state, belief, reached, seen, child))
        count += len(first)
        if count > MOST_NODES:
            raise CannotPlay(
                f"automaton: more than {MOST_NODES} pairs (state, belief) in {stage + 1} stages; raise the tolerance"
            )
        weight = (reached[:, None] * seen * own_part[state])[possible]
        state, belief = automaton.after[state][possible][first], posterior[first]
        reached = np.bincount(inverse.ravel(), weight, len(first)).astype(np.float64)
    return layers
