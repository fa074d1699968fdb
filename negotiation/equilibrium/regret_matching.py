"""Regret matching+ in the trembling game: conditional values, simultaneous updates, and the last iterate, not the average.

Every information set has a regret for each action, R(a) <- max(0, R(a) + Q(a) - U), with Q and U conditional on being there
under the current profile, and means to play actions in proportion to their regrets; trembles are added. No theorem says that
this converges here; where it does, it is to a profile that is a best reply to itself, and the pass that follows shows it.
Regrets are those of CFR+ (Tammelin 2014), which weights them with the probability that others reach the information set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from negotiation.equilibrium.tie_rules import EXACT, one_shot_gain
from negotiation.equilibrium.tree_passes import Passes, backward, forward, over_actions, played
from negotiation.equilibrium.trees import CHANCE, Floats, Profile

EVERY = 10  # iterations between tries to sharpen


@dataclass(frozen=True)
class Matching:
    """The best iterate: the probabilities meant, the largest one-shot gain (share of the surplus), the iterations done, and
    whether it was ``sharp``, found by the probe."""

    meant: Profile
    gain: float
    iterations: int
    sharp: bool


def match_regrets(
    p: Passes,
    weight: Sequence[Floats],
    *,
    probe: Callable[[Profile], Profile | None],
    iterations: int = 2000,
    seconds: float = 60.0,
) -> Matching:
    """Iterate from the profile ``weight`` until the gain is nothing but rounding, ``probe`` finds an equilibrium nearby, or
    iterations or seconds are used up."""
    until = perf_counter() + seconds
    meant = [w.copy() for w in weight]
    regret = [np.zeros(part.shape) for part in p.layers]
    best, least, count = meant, np.inf, 0
    fore = None
    while count < iterations and (count == 0 or perf_counter() < until):
        sigma = played(p, meant)
        fore = forward(p, sigma, fore)
        value, worth = backward(p, sigma, fore)
        count += 1
        gain = one_shot_gain(p, meant, worth)
        if gain < least:
            best, least = [m.copy() for m in meant], gain
        if least <= EXACT or count % EVERY == 0:
            sharp = probe(meant)
            if sharp is not None:
                return Matching(sharp, 0.0, count, True)
        if least <= EXACT:
            break
        for part, r, m, w, x in zip(p.layers, regret, meant, worth, weight, strict=True):
            if part.player == CHANCE:
                continue
            r += w[:, :, part.own] - value[part.rows, None, part.own]
            np.maximum(r, 0.0, out=r)
            sums = over_actions(r)[:, None]
            np.divide(r, sums, out=m, where=sums > 0)
            if not sums.all():
                np.copyto(m, x, where=sums <= 0)
    return Matching(best, least, count, False)
