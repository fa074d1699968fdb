"""Best replies to a profile of an exchangeable game, and the gains from deviating to them.

Told the other's frequency l, player i with frequency k faces a stationary decision problem with two states, about to propose and
about to respond, whose values solve, with a tremble of probability g at every decision,

    P = (1-g) max{(1-g/2) F+ + (g/2) d R, (g/2) F- + (1-g/2) d R} + g [T + (1-a) d R],
    R = (1-g) y(r*) + g E y(r),        y(r) = (1-g) max{r, d P} + (g/2) (r + d P),

F+ and F- the best of all offers that l accepts and refuses, announcements included, T and a the payoff and acceptance of a
trembling offer, E over the other's trembling offer, r the payoff of accepting, and r* that of accepting the lowest demand that l
makes, whatever it has heard. Two things are in the deviator's favour: it is told l once the other has made an offer, also when that
was a tremble, and beyond the next offer it can expect r*. So the gains that follow are upper bounds of what a player can gain with
Bayes's beliefs. The gain of the best *one-shot* deviation, followed by the profile, is a lower bound: the truth lies between.
Neglected is that a trembling offer may by chance be one that some frequency makes (see ``neglected`` of the solution).
Source: file 004, Section 5.3."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.exchangeable_solver import Play, Profile, Setting, State, Values
from negotiation.problem import PLAYERS

Floats = NDArray[np.float64]
LEVELS = 33  # of a continuation value, between which E max(r, value) is interpolated, from above as it is convex
PRECISION = 1e-12  # of the largest payoff
STEPS = 10_000


@dataclass(frozen=True, eq=False)
class Gain:
    """What a player can gain at an information set on the path, utils of its stage: ``mean`` over frequencies, weighted by the
    probability of getting there, and ``largest`` over the frequencies of both with prior at least ``level``; both upper bounds.
    ``one_shot``: the mean gain of the best one-shot deviation, a lower bound. ``reached``: the probability of getting there.
    ``by_frequency`` (k,): the upper bounds, averaged over the other's frequencies."""

    where: str
    mean: float
    one_shot: float
    largest: float
    level: float
    reached: float
    by_frequency: Floats


@dataclass(frozen=True, eq=False)
class Known:
    """Player i told l, arrays (k, l): P and R with r*, the values ``heard[h]`` of responding to the intended offer of an opponent
    who has heard i (h = 1) or not (h = 0) before seeing it, and ``trembled`` after a trembling offer, averaged."""

    offer: Floats
    reply: Floats
    heard: tuple[Floats, Floats]
    trembled: Floats


def gains(at: Setting, profile: Profile, play: Play, values: Values, level: float) -> list[Gain]:
    """The gains at the information sets in the order of the path: Alice offers, Bob replies, Bob offers, Alice replies, ..."""
    known = (_known(at, play, 0), _known(at, play, 1))
    p = at.prior
    first, single = _first(at, profile, play, values, known[0])
    base = values.offer[0, 0, 0] @ p[1]
    upper, lower = (first - base)[:, None], (single - base)[:, None]
    rows = [_row("stage 0: Alice offers", upper, lower, p[0][:, None], (p[0] >= level)[:, None], level)]
    reach = np.outer(p[0], p[1])  # (Alice's, Bob's)
    both = np.outer(p[0] >= level, p[1] >= level)
    knows = [0, 0]
    for stage in (0, 1, 2):
        i = stage % 2
        j = 1 - i
        if stage > 0:
            state = (i, knows[i], knows[j])
            upper = known[i].offer - values.offer[state]
            lower = _one_shot_offer(at, profile, play, values, state) - values.offer[state]
            rows.append(_row(f"stage {stage}: {PLAYERS[i]} offers", upper, lower, reach, both, level, i))
        said, r = play.said[i][knows[i]].T, play.left[i][knows[i]].T
        was, knows[j] = knows[i], 1
        wait = at.game.discount[j] * values.offer[j, 1, was]
        kept = said * r + (1 - said) * wait
        best = at.game.discount[j] * known[j].offer
        upper, lower = _answer(at.tremble, r, best) - kept, _answer(at.tremble, r, wait) - kept
        rows.append(_row(f"stage {stage}: {PLAYERS[j]} replies", upper, lower, reach, both, level, j))
        reach = reach * (1 - (said.T if i == 0 else said))
    return rows


def gain_before(at: Setting, play: Play, values: Values) -> Floats:
    """Bob's gain (l,) from the best reply before he hears anything, utils: an upper bound; told Alice's frequency at once."""
    known = _known(at, play, 1)
    told = (1 - at.tremble) * known.heard[0] + at.tremble * known.trembled
    gain: Floats = (told - values.reply[1, 0, 0]) @ at.prior[0]
    return gain


def _row(
    where: str, upper: Floats, lower: Floats, reach: Floats, shown: NDArray[np.bool_], level: float, player: int = 0
) -> Gain:
    """The row of gains (own, other's), where ``reach`` and ``shown`` are (Alice's, Bob's)."""
    weight, seen = (reach, shown) if player == 0 else (reach.T, shown.T)
    total = max(float(weight.sum()), 1e-300)
    mean, single = float((weight * upper).sum()) / total, float((weight * np.maximum(lower, 0)).sum()) / total
    each = (weight * upper).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-300)
    return Gain(where, mean, single, float(upper[seen].max()) if seen.any() else 0.0, level, float(weight.sum()), each)


def _answer(gamma: float, gain: Floats, wait: Floats) -> Floats:
    return (1 - gamma) * np.maximum(gain, wait) + gamma / 2 * (gain + wait)


def _propose(gamma: float, accepted: Floats, refused: Floats, trembling: Floats, accept: Floats, wait: Floats) -> Floats:
    said = (1 - gamma / 2) * accepted + gamma / 2 * wait
    hidden = gamma / 2 * refused + (1 - gamma / 2) * wait
    return (1 - gamma) * np.fmax(said, hidden) + gamma * (trembling + (1 - accept) * wait)


def _known(at: Setting, play: Play, i: int) -> Known:
    gamma, d, j = at.tremble, at.game.discount[i], 1 - i
    mine, theirs = at.deals[i], at.deals[j]
    accepted, refused = mine.best_known(play.cutoff[i])
    mean = play.mean[i]
    lowest = np.minimum(play.demand[j][0].min(axis=1), play.demand[j][1].min(axis=1))
    offered = theirs.truthful(np.broadcast_to(lowest[:, None], play.demand[j][0].shape))[1].T
    most = np.maximum(theirs.surplus.max(axis=0), 0) + max(0.0, -at.game.grid.low)
    plain = theirs.averages(np.full(theirs.surplus.shape, theirs.demands - 1)).responder / max(1 - gamma / 2, 0.5)
    level = _levels(most, d * np.maximum(np.nan_to_num(accepted, neginf=0.0), 0.0))
    above = theirs.above(level)

    def after_tremble(wait: Floats) -> Floats:
        better = np.stack([np.interp(wait[k], level[k], above[k]) for k in range(len(wait))])
        return (1 - gamma) * better + gamma / 2 * (plain[:, None] + wait)

    reply = np.broadcast_to(most[:, None], offered.shape)
    for _ in range(STEPS):
        offer = _propose(gamma, accepted, refused, mean.proposer, mean.accept, d * reply)
        new = (1 - gamma) * _answer(gamma, offered, d * offer) + gamma * after_tremble(d * offer)
        change = float(np.abs(new - reply).max())
        reply = new
        if change <= PRECISION * float(most.max()):
            break
    wait = d * offer
    heard = [_answer(gamma, play.left[j][h].T, wait) for h in (0, 1)]
    return Known(offer, reply, (heard[0], heard[1]), after_tremble(wait))


def _levels(most: Floats, likely: Floats) -> Floats:
    """Continuation values (k, levels) between 0 and ``most``, most of them in the likely range."""
    low, high = likely.min(axis=1), likely.max(axis=1)
    inside = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, LEVELS)
    return np.sort(np.concatenate([np.zeros((len(low), 1)), np.minimum(inside, most[:, None]), most[:, None]], axis=1), axis=1)


def _first(at: Setting, profile: Profile, play: Play, values: Values, known: Known) -> tuple[Floats, Floats]:
    """Alice's best value at stage 0 (k,), an upper bound, and that of her best one-shot deviation."""
    gamma, d, deal, cutoff = at.tremble, at.game.discount[0], at.deals[0], play.cutoff[0]
    mean = play.mean[0]

    def value(offers: Floats, wait: Floats) -> Floats:
        blind: Floats = (mean.proposer + (1 - mean.accept) * wait) @ deal.prior
        return (1 - gamma) * offers + gamma * blind

    def heard(wait: Floats) -> Floats:
        said = play.said[0][0]
        told: Floats = (said * play.paid[0][0] + (1 - said) * wait) @ deal.prior
        return told

    # Refused, Bob offers as one who has heard nothing (after an offer that no frequency makes), or k, or another frequency.
    unheard, truth = (d * ((1 - gamma) * known.heard[h] + gamma * known.trembled) for h in (0, 1))
    lies = deal.listed(cutoff, deal.own, profile.demand[0], d * known.reply)
    best = np.maximum(np.maximum(deal.best(cutoff, profile.reserve[1], unheard), heard(truth)), lies)
    later = d * values.reply[0, 0, 0]
    single = np.maximum(deal.best(cutoff, profile.reserve[1], later), heard(d * values.reply[0, 0, 1]))
    return value(best, unheard), value(single, later)


def _one_shot_offer(at: Setting, profile: Profile, play: Play, values: Values, state: State) -> Floats:
    """The value of the best offer that no frequency makes, followed by the profile, or of the profile itself."""
    i = state[0]
    accepted, refused = at.deals[i].best_known(play.cutoff[i])
    wait = at.game.discount[i] * values.reply[state]
    mean = play.mean[i]
    best = _propose(at.tremble, accepted, refused, mean.proposer, mean.accept, wait)
    return np.maximum(best, values.offer[state])
