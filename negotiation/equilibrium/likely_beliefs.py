"""What an equilibrium in beliefs does along its likeliest path, stage by stage; see ``likely_path`` for game trees."""

import numpy as np

from negotiation.equilibrium.likely_path import StagePlay
from negotiation.equilibrium.markov import MarkovEquilibrium
from negotiation.table import Floats


def likely_beliefs(found: MarkovEquilibrium, stages: int) -> list[StagePlay]:
    """The first stages along the likeliest offers that are refused, trembles included, from the prior."""
    gamma, many = found.bargain.tremble, len(found.offers)
    names = tuple(f"{transfer:g}" for _, transfer in found.offers)
    belief: list[Floats] = [np.asarray(grid.prior, dtype=float) for grid in found.grids]
    path, reach = [], 1.0
    for stage in range(min(stages, found.horizon)):
        i = found.stages[stage].proposer
        at = found.policy(stage, (belief[0], belief[1]))
        offer = (gamma / many + (1 - gamma) * at.offers).T
        accept = (gamma / 2 + (1 - gamma) * at.accept).T
        refused = (offer @ belief[i]) * (1 - accept @ belief[1 - i])
        chosen = int(refused.argmax())
        path.append(StagePlay(stage, i, names, offer, accept, (belief[0], belief[1]), reach, chosen))
        reach *= float(refused[chosen])
        belief[i], belief[1 - i] = at.after_offer[chosen], at.after_rejection[chosen]
    return path
