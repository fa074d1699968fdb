"""Small random Bayesian cooperative games, and solutions computed without the package's solvers."""

from itertools import combinations

import numpy as np

from negotiation.bargaining.incomplete import all_coalitions, cooperative_game


def random_game(seed, players=2, types=2, own=3, sizes=(2,)):
    """Every coalition of these sizes has ``own`` decisions of its own, with normal utilities around 0.5."""
    draws = np.random.default_rng(seed)
    said = {
        s: {f"d{k}": draws.normal(0.5, 1.0, (len(s), *[types] * len(s))) for k in range(own)}
        for s in all_coalitions(players)
        if len(s) in sizes
    }
    prior = [draws.dirichlet([3.0] * types) for _ in range(players)]
    return cooperative_game([str(i) for i in range(players)], [[str(t) for t in range(types)]] * players, prior, said)


def transferable_game(worth, players):
    """Complete information: coalition S can give its whole worth to any one of its members (or break up)."""
    said = {}
    for s in all_coalitions(players):
        if len(s) > 1:
            said[s] = {f"{i} of {s} gets all": [worth[s] if j == i else 0.0 for j in s] for i in s}
    types = [["only"]] * players
    return cooperative_game([str(i) for i in range(players)], types, [[1.0]] * players, said)


def consistent_value_hyperplanes(weights, level, players):
    """Maschler and Owen's value of a hyperplane game V(S) = {x: weights[S].x <= level[S]}: by recursion, the average over who
    is alone left out; x_i(S) w_i = (level - sum of the others' w_j x_j(S without i) + w_i sum_j x_i(S without j)) / s.
    Source: Maschler and Owen (1989); Hart (2004), equation (4)."""
    value = {(i,): np.array([level[(i,)] / weights[(i,)][0]]) for i in range(players)}
    for s in all_coalitions(players):
        if len(s) == 1:
            continue
        w = weights[s]
        x = np.zeros(len(s))
        for k, i in enumerate(s):
            without = tuple(j for j in s if j != i)
            marginal = level[s] - sum(w[s.index(j)] * value[without][without.index(j)] for j in without)
            for j in without:
                rest = tuple(q for q in s if q != j)
                marginal += w[k] * value[rest][rest.index(i)]
            x[k] = marginal / (len(s) * w[k])
        value[s] = x
    return value


def subsets(players):
    return [s for size in range(1, players + 1) for s in combinations(range(players), size)]
