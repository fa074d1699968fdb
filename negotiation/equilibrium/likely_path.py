"""What a profile does along its likeliest path: stage by stage the offers, the responses and the beliefs, by type."""

from dataclasses import dataclass

import numpy as np

from negotiation.equilibrium.profiles import checked
from negotiation.equilibrium.trees import CHANCE, Floats, GameTree, Layer, Profile
from negotiation.equilibrium.values import Bayes, bayes
from negotiation.problem import PLAYERS
from negotiation.table import Reply


@dataclass(frozen=True, eq=False)
class StagePlay:
    """A stage of the likeliest path on which nobody agrees to everything.

    ``offers`` names the proposer's actions; ``offer`` (A, T_i) is their probability by its type, ``accept`` (A, T_j) the
    probability that the responder accepts something, by its type; ``belief[k]`` (T_k,) the belief about player k's type before
    the offer, ``reach`` the probability of getting here. ``chosen`` is the offer after which the next stage is shown, and
    ``value[k]`` (T_k,) what the rest is worth, in utils of the stage, where it is known."""

    stage: int
    proposer: int
    offers: tuple[str, ...]
    offer: Floats
    accept: Floats
    belief: tuple[Floats, Floats]
    reach: float
    chosen: int


def likely_path(tree: GameTree, profile: Profile) -> list[StagePlay]:
    """The stages along the likeliest offers that leave something open, from the start to the horizon."""
    profile = checked(tree, profile)
    system = bayes(tree, profile)
    reach = system.reach()
    history, path = 0, []
    while history >= 0:
        layer = tree.layer_of(history)
        if layer.player == CHANCE:
            history = int(tree.child[layer.edge + (history - layer.first) * layer.actions + int(layer.weight.argmax())])
            continue
        number = next(k for k, one in enumerate(tree.layers) if one is layer)
        offer = profile[number][history - layer.first]
        children = tree.child[_edges(layer, history)]
        answers, after = [], []
        belief = joint_beliefs(tree, system, history)
        for child in children:
            heard = tree.layer_of(int(child))
            k = next(k for k, one in enumerate(tree.layers) if one is heard)
            reply = profile[k][int(child) - heard.first]
            assert isinstance(heard.moves, Reply)
            accepting = heard.moves.accept.any(axis=1).reshape(-1, heard.actions)[heard.block[int(child) - heard.first]]
            answers.append(reply[accepting].sum(axis=0))
            on = tree.child[_edges(heard, int(child))]
            share = reply @ belief[heard.player]
            best = int(np.where(on >= 0, share, -1.0).argmax())
            after.append((float(share[best]) if on[best] >= 0 else -1.0, int(on[best])))
        made = offer @ belief[layer.player]
        going = [float(made[a]) * after[a][0] for a in range(layer.actions)]
        chosen = int(np.argmax(going))
        path.append(
            StagePlay(
                stage=layer.stage,
                proposer=layer.player,
                offers=tuple(short_name(tree, layer, history, a) for a in range(layer.actions)),
                offer=offer,
                accept=np.array(answers),
                belief=belief,
                reach=float(reach[history]),
                chosen=chosen,
            )
        )
        history = after[chosen][1] if going[chosen] >= 0 else -1
        if history >= 0 and tree.layer_of(history).phase > 0:
            break
    return path


def joint_beliefs(tree: GameTree, system: Bayes, history: int) -> tuple[Floats, Floats]:
    """The probability of each player's types at a history, to an onlooker."""
    weight = []
    for i in (0, 1):
        likelihood, order = system.likelihood[i][history], system.order[i][history]
        weight.append(np.where(order == order.min(), likelihood, 0.0))
    joint = tree.prior * np.outer(*weight)
    joint = joint / joint.sum()
    return joint.sum(axis=1), joint.sum(axis=0)


def short_name(tree: GameTree, layer: Layer, history: int, action: int) -> str:
    """An offer in few words: the price alone where a single item is traded or not."""
    said = tree.describe_action(layer, history, action).removeprefix("offers ").removeprefix(PLAYERS[layer.player] + "'s ")
    if tree.problem.n == 1 and len(tree.problem.proposals) == 1:
        return said.rpartition(" at ")[2]
    return said


def _edges(layer: Layer, history: int) -> slice:
    start = layer.edge + (history - layer.first) * layer.actions
    return slice(start, start + layer.actions)
