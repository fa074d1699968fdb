"""The decision problem that one player faces against an automaton, solved without a horizon.

In state s, player i of type t proposes (offer o is accepted with the probability a(o) that its belief in s gives) or answers
(offer o comes with the probability m(o) that its belief gives). With d = d_i, trembles gamma and s' = after(s, o), the value of
the best reply solves

    V(s) = (1 - gamma) max_o Q(o) + gamma mean_o Q(o),   Q(o) = a(o) g(o) + (1 - a(o)) d V(s')        where i proposes,
    V(s) = sum_o m(o) [(1 - gamma) max(g(o), d V(s')) + gamma / 2 (g(o) + d V(s'))]                   where it answers.

Policy iteration (Howard 1960) starts from what the automaton plays, solves one linear system of S equations for each type a
round, and ends when no change of an action at one information set gains more than 1e-12 of the scale. Arrays here have the own
type first: (T, S) and (T, S, O)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.automata import Automaton, Floats

Ints = NDArray[np.int64]
TIE = 1e-12  # of the scale: actions this close are equally good
MOST = 10_000  # rounds


class Decision(NamedTuple):
    """``mine`` (S,): whether the player proposes; ``chance`` (T, S, O): a(o) where it does, m(o) elsewhere; ``gain`` (T, 1, O):
    g; ``discount``, ``tremble``, ``tie`` (utils)."""

    automaton: Automaton
    mine: NDArray[np.bool_]
    chance: Floats
    gain: Floats
    discount: float
    tremble: float
    tie: float


class Policy(NamedTuple):
    """Choices before trembles: ``offer`` (T, S, O) probabilities, read where the player proposes, ``accept`` elsewhere."""

    offer: Floats
    accept: Floats


class BestReply(NamedTuple):
    """``value`` and ``follow`` (T, S): of the best reply and of the profile, before the offer; ``gain`` their difference;
    ``reply_gain`` (T, S, O): the same after each offer, NaN where the player proposes. ``best_offer`` (T, S) and ``best_reply``
    (T, S, O; 1 accept, 0 refuse): what earns it, -1 where the player does not move; ``here`` and ``reply_here``: what it earns
    at this move alone, given that what follows is optimal. ``residual`` bounds what ``value`` lacks. In utils of the stage."""

    value: Floats
    follow: Floats
    gain: Floats
    reply_gain: Floats
    best_offer: Ints
    best_reply: Ints
    here: Floats
    reply_here: Floats
    residual: float


def decision(automaton: Automaton, player: int) -> Decision:
    """The problem that this player faces, given its beliefs in each state."""
    other, mine = automaton.play, automaton.proposer == player
    belief = automaton.belief[player]
    accepts = np.einsum("stu,sou->tso", belief, other.accept[1 - player])
    makes = np.einsum("stu,suo->tso", belief, other.offer[1 - player])
    chance = np.where(mine[:, None], accepts, makes)
    gain = automaton.gain[player].T[:, None, :]
    return Decision(automaton, mine, chance, gain, automaton.discount[player], automaton.tremble, TIE * automaton.scale)


def prescribed(automaton: Automaton, player: int) -> Policy:
    """What the automaton says the player chooses."""
    return Policy(automaton.offer[player].transpose(1, 0, 2), automaton.accept[player].transpose(2, 0, 1))


def worth(problem: Decision, policy: Policy) -> Floats:
    """The value (T, S) of a policy: the solution of a linear system for each type."""
    hit, mine = problem.tremble, problem.mine[:, None]
    offer = (1 - hit) * policy.offer + hit / policy.offer.shape[-1]
    accept = (1 - hit) * policy.accept + hit / 2
    agreed = np.where(mine, offer * problem.chance, problem.chance * accept)
    refused = np.where(mine, offer * (1 - problem.chance), problem.chance * (1 - accept))
    system = np.eye(len(problem.mine)) - problem.discount * problem.automaton.matrix(refused)
    value: Floats = np.linalg.solve(system, (agreed * problem.gain).sum(axis=-1)[..., None])[..., 0]
    return value


def later(problem: Decision, value: Floats) -> Floats:
    """What a refusal is worth: d V(next state), (T, S, O)."""
    return problem.discount * value[:, problem.automaton.after]


def of_offers(problem: Decision, value: Floats) -> Floats:
    """What each offer is worth to make: Q, (T, S, O)."""
    return problem.chance * problem.gain + (1 - problem.chance) * later(problem, value)


def improved(problem: Decision, policy: Policy, value: Floats) -> Policy:
    """The policy with every choice that loses more than a tie at its information set replaced by the best one."""
    q = of_offers(problem, value)
    loses = q.max(axis=-1) > (policy.offer * q).sum(axis=-1) + problem.tie
    best = np.eye(q.shape[-1])[q.argmax(axis=-1)]
    offer = np.where((loses & problem.mine)[..., None], best, policy.offer)
    more = problem.gain - later(problem, value)
    accept = np.where(more > problem.tie, 1.0, np.where(more < -problem.tie, 0.0, policy.accept))
    return Policy(offer, np.where(problem.mine[:, None], policy.accept, accept))


def optimum(problem: Decision, start: Policy) -> tuple[Floats, float]:
    """The value of the best reply, and a bound on what it lacks: the largest one-step improvement over 1 - d, utils."""
    policy = start
    for _ in range(MOST):
        value = worth(problem, policy)
        better = improved(problem, policy, value)
        if all(np.array_equal(x, y) for x, y in zip(better, policy, strict=True)):
            break
        policy = better
    hit, wait = problem.tremble, later(problem, value)
    q = of_offers(problem, value)
    made = (1 - hit) * q.max(axis=-1) + hit * q.mean(axis=-1)
    answered = (1 - hit) * np.maximum(problem.gain, wait) + hit / 2 * (problem.gain + wait)
    once = np.where(problem.mine, made, (problem.chance * answered).sum(axis=-1))
    return value, float(np.abs(once - value).max()) / (1 - problem.discount)


def best_reply(automaton: Automaton, player: int) -> BestReply:
    """The player's best reply to an automaton, against following it, at every information set."""
    problem, policy = decision(automaton, player), prescribed(automaton, player)
    follow = worth(problem, policy)
    value, residual = optimum(problem, policy)
    still, mine, answers = 1 - problem.tremble, problem.mine, ~problem.mine[:, None]
    q, wait = of_offers(problem, value), later(problem, value)
    best = q.max(axis=-1, keepdims=True)
    liked = np.where(q >= best - problem.tie, 1 + policy.offer, 0.0)  # what the profile does is preferred among equals
    best_offer = np.where(mine, liked.argmax(axis=-1), -1)
    here = np.where(mine, still * (best[..., 0] - (policy.offer * q).sum(axis=-1)), 0.0)
    more = problem.gain - wait
    best_answer = np.where(np.abs(more) <= problem.tie, policy.accept >= 0.5, more > 0)
    reply_here = still * (np.maximum(more, 0) - policy.accept * more)
    refuse = still * (1 - policy.accept) + problem.tremble / 2
    reply_gain = reply_here + refuse * (wait - later(problem, follow))
    return BestReply(
        value,
        follow,
        value - follow,
        np.where(answers, reply_gain, np.nan),
        best_offer,
        np.where(answers, best_answer, -1),
        here,
        np.where(answers, reply_here, 0.0),
        residual,
    )
