"""Regret matching+ in the trembling game, with conditional values and simultaneous updates; the last iterate.

Every information set has a regret for each action, R <- max(0, R + Q(a) - U), with Q and U conditional on being there under the
current profile, and means to play actions in proportion to their regrets; trembles are added. No theorem says that this
converges in these games: when it does, it is to a profile that is a best reply to itself, and a pass shows it. Regrets as in
Tammelin's CFR+ (2014), there with values weighted by the probability of reaching, and averages of iterates."""

from collections.abc import Sequence

import numpy as np

from negotiation.equilibrium.tree_passes import Passes, backward_layer, forward
from negotiation.equilibrium.trees import CHANCE, Floats, Profile

SURE = 0.5


def one_shot_gains(p: Passes, meant: Sequence[Floats], bonus: Sequence[Floats | None]) -> tuple[float, Profile]:
    pass
