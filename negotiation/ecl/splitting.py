"""Splitting a type of a Bayesian bargaining game in two that differ by name only (Definition 69).

A player of type t becomes t' with probability ``share`` and t'' otherwise, independently of everything else:

    p(t' | s) = share p(t | s),     p(t'' | s) = (1 - share) p(t | s),     p(. | t') = p(. | t'') = p(. | t).

Both have the actions of t, and what type s gives to t it gives to t' and t'' alike: the actions of s are the image of A_s that
repeats the entry of t. The Nash solution with prior weights does not change (Axiom 70): at equal gains the weights of t' and
t'' add up to that of t. Uniform weights would count a type once for each name it has.

Source: file 000 (Treutlein), Definition 69, Axiom 70 (Harsanyi and Selten 1972).
"""

from __future__ import annotations

import numpy as np

from negotiation.ecl.action_sets import image
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame
from negotiation.errors import InputError


def split_type(game: BayesianBargainingGame, t: int, share: float = 0.5) -> BayesianBargainingGame:
    """``game`` with type number ``t`` split: t' takes its place with ``share`` of its prior, t'' follows it.

    Errors: InputError for a type that is not there or a share outside (0, 1).
    """
    if not 0 <= t < game.types or not 0.0 < share < 1.0:
        raise InputError(f"split: expected a type in 0..{game.types - 1} and a share in (0, 1), got {t} and {share}")
    source = np.insert(np.arange(game.types), t, t)  # the old type of each new one
    part = np.ones(game.types + 1)
    part[t], part[t + 1] = share, 1.0 - share
    repeat = np.eye(game.types)[source]
    names = [game.labels[s] for s in source]
    names[t], names[t + 1] = f"{names[t]}'", f"{names[t + 1]}''"
    return BayesianBargainingGame(
        tuple(image(game.actions[s], repeat) for s in source),
        prior=game.prior[source] * part,
        beliefs=game.beliefs[np.ix_(source, source)] * part,
        players=game.players,
        labels=names,
        common_prior=game.common_prior,
    )
