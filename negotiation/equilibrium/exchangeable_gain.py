"""Best replies to a profile of an exchangeable game, and the gains from deviating to them.

Told the other's frequency l, player i with frequency k faces a stationary decision problem with two states, about to propose
and about to respond, whose values solve, with a tremble of probability g at every decision,

    P = (1-g) max{F+ + (g/2) d R, F- + (1-g/2) d R} + g [T + (1-a) d R],
    R = (1-g) y(r*) + g E y(r),        y(r) = (1-g) max{r, d P} + (g/2) (r + d P),

F+ and F- what the best of all offers pays that l means to accept and to refuse, announcements included and l's trembles
averaged over, T and a the payoff and acceptance of a trembling offer, E over the other's trembling offer, r the payoff of
accepting, and r* that of accepting the lowest demand that l makes, whatever it has heard. Two things are in the deviator's
favour: it is told l once the other has made an offer, also when that was a tremble, and beyond the next offer it can expect r*.
So the gains that follow are upper bounds of what a player can gain with Bayes's beliefs. The gain of the best *one-shot*
deviation by truthful offers and by replies, followed by the profile, is a lower bound: the truth lies between.

Both hold up to what is approximate: the laws of the surplus (``exchangeable_unseen``, ``exchangeable_seen``), what was heard is
taken for certain, and a trembling offer is never taken for one that some frequency makes (``neglected`` of the solution). Phase
2 of the frequency protocol is played as in the proof of Theorem 3: types are announced truthfully as far as the accepted
frequency permits. Source: file 004, Section 5.3."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.exchangeable_deals import Averages, Deals
from negotiation.equilibrium.exchangeable_solver import Play, Profile, Setting, State, Values, swapped
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
    """Player i told l, arrays (k, l, J): P and R with r*, the values ``heard[h]`` of responding to the intended offer of an
    opponent who has heard i (h = 1) or not (h = 0) before seeing it, and ``trembled`` after a trembling offer, averaged."""

    offer: Floats
    reply: Floats
    heard: tuple[Floats, Floats]
    trembled: Floats


def gains(at: Setting, profile: Profile, play: Play, values: Values, level: float) -> tuple[list[Gain], Floats]:
    """The gains at the information sets in the order of the path: Alice offers, Bob replies, Bob offers, Alice replies, ...;
    and Bob's (l,) from the best reply before he hears anything, told Alice's frequency at once."""
    known = (_known(at, profile, play, 0), _known(at, profile, play, 1))
    p, weight = at.prior, at.deals[0].weight
    first, single = _first(at, profile, play, values, known[0])
    base = at.deals[0].expect(values.offer[0, 0, 0])
    upper, lower, chance = ((x)[:, None, None] for x in (first - base, single - base, p[0]))
    rows = [_row("stage 0: Alice offers", upper, lower, chance, chance >= level, level)]
    reach = p[0][:, None, None] * p[1][None, :, None] * weight  # (Alice's, Bob's, J)
    both = np.broadcast_to(np.outer(p[0] >= level, p[1] >= level)[..., None], reach.shape)
    knows = [0, 0]
    for stage in (0, 1, 2):
        i = stage % 2
        j = 1 - i
        if stage > 0:
            state = (i, knows[i], knows[j])
            upper = known[i].offer - values.offer[state]
            lower = _one_shot_offer(at, profile, play, values, state) - values.offer[state]
            rows.append(_row(f"stage {stage}: {PLAYERS[i]} offers", upper, lower, reach, both, level, i))
        offers = play.offers[i][knows[i]]
        was, knows[j] = knows[i], 1
        d = at.game.discount[j]
        wait, best = d * values.offer[j, 1, was], d * known[j].offer
        kept = swapped(offers.left) + swapped(1 - offers.said) * wait
        gain, slip = swapped(offers.gain), swapped(offers.slip)
        upper, lower = _answer(at.tremble, gain, slip, best) - kept, _answer(at.tremble, gain, slip, wait) - kept
        rows.append(_row(f"stage {stage}: {PLAYERS[j]} replies", upper, lower, reach, both, level, j))
        reach = reach * (1 - (offers.said if i == 0 else swapped(offers.said)))
    told = (1 - at.tremble) * known[1].heard[0] + at.tremble * known[1].trembled
    return rows, at.deals[1].expect(told - values.reply[1, 0, 0])


def _row(
    where: str, upper: Floats, lower: Floats, reach: Floats, shown: NDArray[np.bool_], level: float, player: int = 0
) -> Gain:
    """The row of gains (own, other's, J), where ``reach`` and ``shown`` are (Alice's, Bob's, J)."""
    weight, seen = (reach, shown) if player == 0 else (swapped(reach), np.swapaxes(shown, 0, 1))
    total = max(float(weight.sum()), 1e-300)
    mean, single = float((weight * upper).sum()) / total, float((weight * np.maximum(lower, 0)).sum()) / total
    each = (weight * upper).sum(axis=(1, 2)) / np.maximum(weight.sum(axis=(1, 2)), 1e-300)
    return Gain(where, mean, single, float(upper[seen].max()) if seen.any() else 0.0, level, float(weight.sum()), each)


def _answer(gamma: float, gain: Floats, slip: Floats, wait: Floats) -> Floats:
    return (1 - gamma) * np.maximum(gain, wait) + gamma / 2 * (slip + wait)


def _propose(gamma: float, accepted: Floats, refused: Floats, mean: Averages, wait: Floats) -> Floats:
    offered = np.fmax(accepted + gamma / 2 * wait, refused + (1 - gamma / 2) * wait)
    blind = mean.proposer[:, :, None] + (1 - mean.accept)[None, :, None] * wait
    return (1 - gamma) * offered + gamma * blind


def _known(at: Setting, profile: Profile, play: Play, i: int) -> Known:
    gamma, d, j = at.tremble, at.game.discount[i], 1 - i
    mine, theirs = at.deals[i], at.deals[j]
    accepted, refused = mine.best_known(profile.reserve[j])
    lowest = play.demand[j][1].min(axis=(1, 2))
    lowest = np.minimum(lowest, profile.demand[j])
    cheap = theirs.truthful(np.broadcast_to(lowest[:, None, None], play.demand[j][0].shape), profile.reserve[i])
    offered, slipped = swapped(cheap.gain), swapped(cheap.slip)
    most = np.maximum(np.maximum(theirs.surplus.max(axis=0), offered.max(axis=(1, 2))), 0) + max(0.0, -at.game.grid.low)
    level = _levels(most, d * np.maximum(np.nan_to_num(accepted, neginf=0.0), 0.0))
    above, slips = theirs.above(level), theirs.slips()

    def after_tremble(wait: Floats) -> Floats:
        better = np.stack([np.interp(wait[k], level[k], above[k]) for k in range(len(wait))])
        return (1 - gamma) * better + gamma / 2 * (slips[:, None, None] + wait)

    reply = np.broadcast_to(most[:, None, None], offered.shape)
    for _ in range(STEPS):
        offer = _propose(gamma, accepted, refused, play.mean[i], d * reply)
        new = (1 - gamma) * _answer(gamma, offered, slipped, d * offer) + gamma * after_tremble(d * offer)
        change = float(np.abs(new - reply).max())
        reply = new
        if change <= PRECISION * float(most.max()):
            break
    wait = d * offer
    heard = [_answer(gamma, swapped(play.offers[j][h].gain), swapped(play.offers[j][h].slip), wait) for h in (0, 1)]
    return Known(offer, reply, (heard[0], heard[1]), after_tremble(wait))


def _levels(most: Floats, likely: Floats) -> Floats:
    """Continuation values (k, levels) between 0 and ``most``, most of them in the likely range."""
    low, high = likely.min(axis=(1, 2)), likely.max(axis=(1, 2))
    inside = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, LEVELS)
    return np.sort(np.concatenate([np.zeros((len(low), 1)), np.minimum(inside, most[:, None]), most[:, None]], axis=1), axis=1)


def _first(at: Setting, profile: Profile, play: Play, values: Values, known: Known) -> tuple[Floats, Floats]:
    """Alice's best value at stage 0 (k,), an upper bound, and that of her best one-shot deviation."""
    gamma, d, deal, reserve = at.tremble, at.game.discount[0], at.deals[0], profile.reserve[1]
    mean, offers = play.mean[0], play.offers[0][0]

    def value(best: Floats, wait: Floats) -> Floats:
        blind = deal.expect(mean.proposer[:, :, None] + (1 - mean.accept)[None, :, None] * wait)
        return (1 - gamma) * best + gamma * blind

    def heard(wait: Floats) -> Floats:
        return deal.expect(offers.paid + (1 - offers.said) * wait)

    # Refused, Bob offers as one who has heard nothing (after an offer that no frequency makes), or k, or another frequency.
    unheard, truth = (d * ((1 - gamma) * known.heard[h] + gamma * known.trembled) for h in (0, 1))
    best = np.maximum(np.maximum(deal.best(reserve, unheard), heard(truth)), _lies(at, profile, play, known))
    later = d * values.reply[0, 0, 0]
    single = np.maximum(deal.expect(_demanding(deal, reserve, later)), heard(d * values.reply[0, 0, 1]))
    return value(best, unheard), value(single, later)


def _lies(at: Setting, profile: Profile, play: Play, known: Known) -> Floats:
    """What it pays Alice at most (k,) to offer at stage 0 what another frequency m would: refused, Bob demands v(l | m)."""
    gamma, d, bob = at.tremble, at.game.discount[0], at.deals[1]
    best = np.full(len(at.kept[0]), -np.inf)
    mean = bob.surplus[bob.own]
    least = bob.number_above(profile.floor * profile.reserve[1])[:, None, None]
    for m, said in enumerate(at.kept[0].tolist()):
        shown = bob.pair + (mean[:, m : m + 1] - mean)[..., None]
        demand = np.maximum(bob.number(shown - profile.reserve[0][m] + at.game.slack), least)
        offers = bob.truthful(demand, profile.reserve[0])
        told = _answer(gamma, swapped(offers.gain), swapped(offers.slip), d * known.offer)
        wait = d * ((1 - gamma) * told + gamma * known.trembled)
        best = np.maximum(best, at.deals[0].lie(profile.reserve[1], said, int(profile.demand[0][m]), wait))
    return best


def _demanding(deal: Deals, reserve: Floats, wait: Floats) -> Floats:
    """What the best truthful offer pays (k, l, J) under the prior when being refused is worth ``wait``."""
    q = deal.best_truthful(reserve, wait)
    offers = deal.truthful(np.broadcast_to(q[:, None, None], wait.shape), reserve)
    return offers.paid + (1 - offers.said) * wait


def _one_shot_offer(at: Setting, profile: Profile, play: Play, values: Values, state: State) -> Floats:
    """The value of demanding truthfully the most that a known responder accepts, followed by the profile, or of the profile."""
    i = state[0]
    wait = at.game.discount[i] * values.reply[state]
    offers = at.deals[i].truthful(np.maximum(at.deals[i].cutoffs(profile.reserve[1 - i]), 0), profile.reserve[1 - i])
    mean = play.mean[i]
    blind = mean.proposer[:, :, None] + (1 - mean.accept)[None, :, None] * wait
    best = (1 - at.tremble) * (offers.paid + (1 - offers.said) * wait) + at.tremble * blind
    return np.maximum(best, values.offer[state])
