"""Beliefs, values and best replies on an extensive form of two players.

This is a second method, which shares nothing with that for game trees but the conventions, and works on any game of perfect
recall. Values and beliefs go node by node, all nodes of one depth at a time. Best replies use the sequence form (von Stengel
1996): with w(z) the probability that chance and the other player let the play come to end z, and g(c) the sum of w(z) u(z) over
the ends whose last own choice is c,

    Q(c) = g(c) + sum of V(s) over the own information sets s that follow c,
    V(s) = sum_a floor(a) Q(s, a) + (1 - sum_a floor(a)) max_a Q(s, a),

and V(s) / W(s), with W(s) the sum of w over the nodes of s, is what the best reply is worth once s is reached: under perfect
recall Bayes' beliefs at s do not depend on the owner's own strategy. ``floor`` is the least probability of each choice, what
trembles give it. Payoffs are those of the form (time-0 utils where it is a game tree's)."""

from dataclasses import dataclass

import numpy as np

from negotiation.equilibrium.extensive_forms import ExtensiveForm, ranges
from negotiation.equilibrium.trees import Floats, Ints
from negotiation.errors import InputError


def move_probabilities(form: ExtensiveForm, profile: Floats) -> Floats:
    """The probability (N,) of the move that leads to each node; 1 at the root."""
    made = form.choice >= 0
    moves = form.chance.copy()
    moves[0] = 1.0
    moves[made] = form.check_profile(profile)[form.choice[made]]
    return moves


def reach_probabilities(form: ExtensiveForm, profile: Floats, without: int | None = None) -> Floats:
    """The probability (N,) of reaching each node; ``without`` a player: what chance and the other contribute to it."""
    moves = move_probabilities(form, profile)
    if without is not None:
        moves[(form.parent >= 0) & (form.mover[form.parent] == without)] = 1.0
    reach = np.ones(form.nodes)
    for level in form.levels[1:]:
        reach[level] = reach[form.parent[level]] * moves[level]
    return reach


def node_beliefs(form: ExtensiveForm, profile: Floats) -> Floats:
    """The probability (N,) of each node given its information set, 0 where no player moves. Raises InputError where an
    information set is not reached: then Bayes' rule says nothing."""
    reach, at = reach_probabilities(form, profile), form.infoset[form.deciding]
    total: Floats = np.bincount(at, reach[form.deciding], len(form.owner)).astype(float)
    _check_reached(form, total)
    belief = np.zeros(form.nodes)
    belief[form.deciding] = reach[form.deciding] / total[at]
    return belief


def node_values(form: ExtensiveForm, profile: Floats) -> Floats:
    """What the profile is worth to each player (N, 2) once a node is reached."""
    moves = move_probabilities(form, profile)
    value = np.zeros((form.nodes, 2))
    value[form.ends] = form.payoff
    for level in form.levels[:0:-1]:
        parent = form.parent[level]
        start = np.flatnonzero(np.concatenate([[True], parent[1:] != parent[:-1]]))
        value[parent[start]] = np.add.reduceat(moves[level, None] * value[level], start, axis=0)
    return value


def action_values(form: ExtensiveForm, profile: Floats) -> Floats:
    """What each choice (C,) is worth to its owner, under Bayes' beliefs, if the profile is played afterwards."""
    belief, value = node_beliefs(form, profile), node_values(form, profile)
    made = np.flatnonzero(form.choice >= 0)
    above = form.parent[made]
    worth = belief[above] * value[made, form.mover[above]]
    return np.bincount(form.choice[made], worth, form.choices).astype(float)


@dataclass(frozen=True, eq=False)
class Gains:
    """What could be gained against a profile, in the form's payoffs. By player (2,): ``value`` of the profile and ``best``, of
    the best reply. By information set (S,), given that it is reached: ``value_at`` of the profile, ``best_at`` of the best
    reply from there on, and ``once_at`` of the best action here, the profile afterwards. By choice (C,): ``action`` and, with
    best replies afterwards, ``best_action``."""

    value: Floats
    best: Floats
    value_at: Floats
    best_at: Floats
    once_at: Floats
    action: Floats
    best_action: Floats

    @property
    def nash(self) -> Floats:
        """The gain (2,) of each player's best reply before the play begins; their sum is called NashConv."""
        return self.best - self.value

    @property
    def conditional(self) -> Floats:
        """The gain (S,) of the best reply from each information set on, given that it is reached."""
        return self.best_at - self.value_at

    @property
    def one_step(self) -> Floats:
        """The gain (S,) of the best action at each information set, if the profile is played afterwards."""
        return self.once_at - self.value_at


def gains(form: ExtensiveForm, profile: Floats, floor: Floats | None = None) -> Gains:
    """Gains of the best replies to a totally mixed profile, each choice having at least probability ``floor`` (C,) in them.

    Raises InputError where the floor is no such thing, or an information set is not reached whatever its owner does."""
    value, best, at, action, weight = _best_replies(form, profile, floor)
    _check_reached(form, weight)
    at /= weight
    action /= weight[form.set_of]
    return Gains(value, best, at[0], at[1], at[2], action[0], action[1])


def nash_gains(form: ExtensiveForm, profile: Floats, floor: Floats | None = None) -> Floats:
    """The gain (2,) of each player's best reply before the play begins; any profile, whatever it leaves unreached."""
    value, best, *_ = _best_replies(form, profile, floor)
    return best - value


def _best_replies(form: ExtensiveForm, profile: Floats, floor: Floats | None) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """By player: value and best; by information set, times its weight: value, best and best once (3, S); by choice, times
    that: playing the profile and best replies afterwards (2, C); and the weights W (S,)."""
    played = form.check_profile(profile)
    least = np.zeros(form.choices) if floor is None else np.asarray(floor, dtype=float)
    if least.shape != played.shape or (least < 0).any() or (np.bincount(form.set_of, least) > 1 + 1e-12).any():
        raise InputError(
            f"floor: expected least probabilities of {form.choices} choices, at most 1 in all at an information set"
        )
    sets = len(form.owner)
    value, best = np.zeros(2), np.zeros(2)
    at = np.zeros((3, sets))
    action = np.zeros((2, form.choices))
    weight = np.zeros(sets)
    for i in (0, 1):
        others = reach_probabilities(form, played, without=i)
        here = form.deciding[form.mover[form.deciding] == i]
        weight += np.bincount(form.infoset[here], others[here], sets)
        g = np.bincount(form.last_choice[i][form.ends] + 1, others[form.ends] * form.payoff[:, i], form.choices + 1)
        worth = np.stack([g, g])  # playing the profile; the best reply. Place 0 is for no own choice yet
        mine, rank, before = _own_sets(form, i)
        for r in range(int(rank.max(initial=-1)), -1, -1):
            which = mine[rank == r]
            choice = ranges(form.first[which], form.actions[which])
            start = np.cumsum(form.actions[which]) - form.actions[which]
            q = worth[:, choice + 1]
            free = 1 - np.add.reduceat(least[choice], start)
            top = free * np.maximum.reduceat(q, start, axis=1) + np.add.reduceat(least[choice] * q, start, axis=1)
            mean = np.add.reduceat(played[choice] * q[0], start)
            at[:, which] = mean, top[1], top[0]
            action[:, choice] = q
            for way, v in enumerate((mean, top[1])):
                worth[way] += np.bincount(before[rank == r] + 1, v, form.choices + 1)
        value[i], best[i] = worth[:, 0]
    return value, best, at, action, weight


def _own_sets(form: ExtensiveForm, player: int) -> tuple[Ints, Ints, Ints]:
    """A player's information sets, how many moves it made before each, and its last choice before (-1: none)."""
    here = form.deciding[form.mover[form.deciding] == player]
    rank, before = (np.zeros(len(form.owner), dtype=np.int64) for _ in (0, 1))
    rank[form.infoset[here]] = form.moves_before[player][here]
    before[form.infoset[here]] = form.last_choice[player][here]
    mine = np.flatnonzero(form.owner == player)
    return mine, rank[mine], before[mine]


def _check_reached(form: ExtensiveForm, weight: Floats) -> None:
    if (weight <= 0).any():
        where = form.name_set(int((weight <= 0).argmax()))
        raise InputError(
            f"profile: Bayes' rule gives no beliefs {where}, which is not reached; expected a totally mixed profile"
        )
