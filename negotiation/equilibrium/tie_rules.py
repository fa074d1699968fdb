"""How indifferent movers choose, and best replies under such a rule.

Equal prices and costs make exact ties, at the last stage above all, and each way to break them can have its own equilibrium. A
rule says what a responder does who is exactly indifferent: "accept", "refuse", or "uniform" (as it would in a tremble). An
indifferent proposer takes each of its best offers in proportion to the start."""

from collections.abc import Callable, Sequence

import numpy as np

from negotiation.equilibrium.tree_passes import LayerPasses, Passes, backward, forward, over_actions, played
from negotiation.equilibrium.trees import CHANCE, Floats, Profile
from negotiation.errors import InputError
from negotiation.table import Reply

TIES = ("uniform", "accept", "refuse")
SAME = 1e-10  # worth within which actions are equally good, in shares of the surplus
EXACT = 1e-12  # gain at which a profile counts as a best reply to itself: rounding


def check_tie(tie: str) -> str:
    if tie not in TIES:
        raise InputError(f"tie: expected one of {', '.join(TIES)}, got {tie!r}")
    return tie


def reluctance(p: Passes, tie: str) -> list[Floats]:
    """For each layer how little an indifferent mover likes each action, from 0 to 1 (histories or 1, actions, 1): under
    "accept" the share of units refused, under "refuse" the share accepted, 0 elsewhere."""
    found = []
    for part in p.layers:
        _, actions, _ = part.shape
        liking = np.zeros((1, actions, 1))
        if tie != "uniform" and isinstance(part.layer.moves, Reply):
            accepted = part.layer.moves.accept.mean(axis=1).reshape(-1, actions)[part.layer.block][:, :, None]
            liking = 1 - accepted if tie == "accept" else accepted
            if (liking == liking[:1]).all():
                liking = liking[:1]
        found.append(liking)
    return found


def best_actions(part: LayerPasses, q: Floats, dislike: Floats, weight: Floats) -> Floats:
    """The best actions (histories, actions, T), ties broken by the rule and then in proportion to ``weight``."""
    best = q >= q.max(axis=1, keepdims=True) - SAME
    if dislike.any():
        liking = np.where(best, dislike, np.inf)
        best &= liking <= liking.min(axis=1, keepdims=True)
    share = np.where(best, weight, 0.0)
    chosen: Floats = share / over_actions(share)[:, None]
    return chosen


def one_shot_gain(p: Passes, meant: Sequence[Floats], worth: Sequence[Floats]) -> float:
    """The largest gain from another action at one information set, in shares of the surplus at its stage."""
    most = 0.0
    for part, m, w in zip(p.layers, meant, worth, strict=True):
        if part.player != CHANCE:
            q = w[:, :, part.own]
            lost = (1 - part.tremble) * (q.max(axis=1) - np.einsum("nat,nat->nt", m, q))
            most = max(most, float(lost.max()) / part.unit)
    return most


def sharpener(p: Passes, weight: Sequence[Floats], tie: str, rounds: int = 2) -> Callable[[Profile], Profile | None]:
    """A function that takes best replies to a profile, and to those, and returns them once they are best replies to themselves
    (None if they are not within the rounds)."""
    dislike = reluctance(p, tie)

    def sharpen(meant: Profile) -> Profile | None:
        for turn in range(rounds + 1):
            sigma = played(p, meant)
            _, worth = backward(p, sigma, forward(p, sigma))
            if turn and one_shot_gain(p, meant, worth) <= EXACT:
                return meant
            meant = [
                m if part.player == CHANCE else best_actions(part, w[:, :, part.own] / part.unit, d, x)
                for part, m, w, d, x in zip(p.layers, meant, worth, dislike, weight, strict=True)
            ]
        return None

    return sharpen
