"""The exchangeable game solved: demands and reserve payoffs by frequency.

The profile. Player i with frequency k announces the truth whenever it offers, and

- accepts an offer (m, v) iff S(k, m) - v >= c_i(k), whatever it knows;
- demands v_i(k) while it has heard nothing, and once it knows the other's frequency l the largest demand that l accepts,
  v_i(k | l) = floor(S(k, l) - c_j(l)) on the grid, but no less than a share (``floor``) of its own reserve payoff c_i(k);
- has *heard* m when the other made the offer that the profile has m make; any other offer it takes for a tremble and forgets.

So beliefs are the prior or concentrated on what was heard, and what is heard moves demands but not reserve payoffs: the proof
of Theorem 3 holds payoffs together by posteriors that stay near the prior, and if reserve payoffs rose with the surplus that an
announcement reveals, it would pay to announce less. The numbers solve, under the prior p and with all trembles included,

    c_i(k) = d_i sum_l p(l) W_i(k, l),
    v_i(k) in argmax_v of the payoff against c_j under p, when being refused is worth d_i Q_i(k, l),

with W_i the profile's payoff to a proposer who has heard and was heard, and Q_i that to a responder who was heard. Where types
are announced the responder sees the surplus S_J: it accepts iff S_J - v >= c_i(k), and who has heard demands
floor(S_J - c_j(l)).

What is approximate in it: reserve payoffs ignore what was heard (they should move by about (1 - d) of what it says of the
surplus) and what a refusal says. ``exchangeable_gain`` measures what that costs.   Source: file 004, Section 5.3.2, proof of
Theorem 3."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium.exchangeable import ExchangeableGame
from negotiation.equilibrium.exchangeable_deals import Averages, Deals, Offers
from negotiation.equilibrium.exchangeable_unseen import deals
from negotiation.errors import CannotPlay, InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEGLIGIBLE = 1e-13  # frequencies with a smaller prior are left out
MOST_PAIRS = 4_000_000  # of frequencies


@dataclass(frozen=True, eq=False)
class Setting:
    """A game with its offers, the frequencies kept, and the tremble."""

    game: ExchangeableGame
    kept: tuple[Ints, Ints]
    deals: tuple[Deals, Deals]
    tremble: float

    @property
    def prior(self) -> tuple[Floats, Floats]:
        """The prior of the frequencies kept, summing to 1."""
        return self.deals[1].prior, self.deals[0].prior

    def mean(self, values: Floats) -> float:
        """The prior's mean of values (Alice's frequency, Bob's, joint counts)."""
        return float(self.prior[0] @ self.deals[0].expect(values))


@dataclass(frozen=True, eq=False)
class Profile:
    """Demands before anything was heard (grid numbers) and reserve payoffs (utils) by kept frequency, (Alice's, Bob's);
    ``floor``: the share of its own reserve payoff below which a player who knows the other's frequency does not go."""

    demand: tuple[Ints, Ints]
    reserve: tuple[Floats, Floats]
    floor: float = 1.0


@dataclass(frozen=True, eq=False)
class Play:
    """What the profile does, worked out: i's demands (numbers, (k, l, J)) by whether it has heard, what they come to, and the
    averages of trembling offers."""

    demand: tuple[tuple[Ints, Ints], tuple[Ints, Ints]]
    offers: tuple[tuple[Offers, Offers], tuple[Offers, Offers]]
    mean: tuple[Averages, Averages]


def swapped(values: Floats) -> Floats:
    """Values (own, other's, J) seen from the other side."""
    return np.swapaxes(values, 0, 1)


# (player, has heard, was heard)
State = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Values:
    """The profile's payoffs (k, l, J), utils of the current stage, by state (player i, i has heard, i was heard): ``offer``
    when i is about to propose, ``reply`` when the other is."""

    offer: dict[State, Floats]
    reply: dict[State, Floats]


def setting(game: ExchangeableGame, tremble: float) -> Setting:
    """Prepare to solve. Raises InputError for a tremble outside [0, 1), CannotPlay where there are too many frequencies."""
    if isinstance(tremble, bool | str) or not 0 <= tremble < 1:
        raise InputError(f"tremble: expected a probability below 1, got {tremble!r}")
    kept = tuple(np.flatnonzero(p >= NEGLIGIBLE).astype(np.int64) for p in game.prior)
    pairs = max(len(kept[1 - i]) * len(game.prior[i]) for i in (0, 1))
    if pairs > MOST_PAIRS:
        raise CannotPlay(
            f"{game.name}: {pairs} pairs of frequencies, expected at most {MOST_PAIRS}; fewer items or types would do"
        )
    both = (kept[0], kept[1])
    return Setting(game, both, deals(game, both, tremble), tremble)


def work_out(at: Setting, profile: Profile, mean: tuple[Averages, Averages] | None = None) -> Play:
    """What a profile does. ``mean``: the averages of trembling offers, where they are worked out already."""
    demands, offers, means = [], [], []
    for i in (0, 1):
        deal, reserve = at.deals[i], profile.reserve[1 - i]
        least = deal.number_above(profile.floor * profile.reserve[i])
        known = np.maximum(deal.cutoffs(reserve), least[:, None, None])
        blind = np.broadcast_to(profile.demand[i][:, None, None], known.shape)
        demands.append((blind, known))
        offers.append((deal.truthful(blind, reserve), deal.truthful(known, reserve)))
        means.append(mean[i] if mean else deal.averages(reserve))
    return Play((demands[0], demands[1]), (offers[0], offers[1]), (means[0], means[1]))


def profile_values(at: Setting, play: Play) -> Values:
    """The payoffs of the profile, by two linear equations for each pair of frequencies, player and state.

    A trembling offer that happens to be one that some frequency makes is not taken for it here (an error of the order of the
    tremble over the number of demands)."""
    gamma, discount = at.tremble, at.game.discount
    offer: dict[State, Floats] = {}
    reply: dict[State, Floats] = {}
    for heard, was in itertools.product((1, 0), (1, 0)):  # of Alice; whoever was heard stays so
        for i in (0, 1):
            j = 1 - i
            mine, theirs = (heard, was) if i == 0 else (was, heard)
            d = discount[i]
            # i proposes: its intended offer is heard; a tremble is not.
            out, average = play.offers[i][mine], play.mean[i]
            f = (1 - gamma) * out.paid + gamma * average.proposer[:, :, None]
            on = (1 - gamma) * d * (1 - out.said)
            off = gamma * d * (1 - average.accept)[None, :, None]
            # j proposes.
            back, average = play.offers[j][theirs], play.mean[j]
            g = (1 - gamma) * swapped(back.left) + gamma * average.responder[:, None, None]
            stay = (1 - gamma) * d * swapped(1 - back.said)
            lost = gamma * d * (1 - average.accept)[:, None, None]
            if theirs == 1:
                off = off + on
            else:
                f = f + on * reply[i, mine, 1]
            if mine == 1:
                lost = lost + stay
            else:
                g = g + stay * offer[i, 1, theirs]
            value = (f + off * g) / (1 - off * lost)
            offer[i, mine, theirs] = value
            reply[i, mine, theirs] = g + lost * value
    return Values(offer, reply)


def solve_profile(at: Setting, *, floor: float = 1.0, tolerance: float = 1e-6, iterations: int = 200) -> tuple[Profile, int]:
    """The fixed point, and the iterations it took; stops once the prior-weighted ``residuals`` are at most ``tolerance`` utils.

    Players take turns; trembling offers are averaged anew after each ten turns and whenever the rest has settled. Demands lie
    on a grid, so reserve payoffs may circle within about a step of a fixed point instead of reaching one: then steps shrink,
    and the best profile met is returned."""
    d, prior = at.game.discount, at.prior
    share = rubinstein_shares(d)
    reserve = []
    for i in (0, 1):
        own = at.deals[i].surplus[at.kept[i]] @ prior[1 - i]
        reserve.append(np.maximum(d[i] * (own - float(own @ prior[i]) * (1 - share.offering[i])), 0.0))
    blind = (np.zeros(len(at.kept[0]), dtype=np.int64), np.zeros(len(at.kept[1]), dtype=np.int64))
    best, least, done, fresh = (reserve[0], reserve[1]), float("inf"), 0, 0
    mean: tuple[Averages, Averages] | None = None
    for done in range(1, iterations + 1):
        weight = min(1.0, 20 / max(1, done - iterations // 3))
        change = 0.0
        for i in (0, 1):
            play = work_out(at, Profile(blind, (reserve[0], reserve[1]), floor), mean)
            mean = play.mean
            wanted = np.maximum(d[i] * (at.deals[i].expect(profile_values(at, play).offer[i, 1, 1])), 0.0)
            change = max(change, float(prior[i] @ np.abs(wanted - reserve[i])))
            reserve[i] = reserve[i] + weight * (wanted - reserve[i])
        if fresh == 0 and change < least:
            best, least = (reserve[0], reserve[1]), change
            if change <= tolerance:
                break
        fresh += 1
        if fresh == 10 or change <= tolerance:
            mean, fresh = None, 0
    demand = blind
    for _ in range(3):  # what being refused is worth hardly depends on one's own blind demand
        play = work_out(at, Profile(demand, best, floor), mean)
        values = profile_values(at, play)
        found = [at.deals[i].best_truthful(best[1 - i], d[i] * values.reply[i, 0, 1]) for i in (0, 1)]
        demand = (found[0], found[1])
    return Profile(demand, best, floor), done


def residuals(at: Setting, profile: Profile, values: Values) -> tuple[float, float]:
    """How far reserve payoffs c_i(k) are from d_i E_l W_i(k, l), utils: the larger of the two players' prior-weighted means,
    and the largest over all frequencies kept."""
    wanted = [np.maximum(at.game.discount[i] * at.deals[i].expect(values.offer[i, 1, 1]), 0.0) for i in (0, 1)]
    off = [np.abs(wanted[i] - profile.reserve[i]) for i in (0, 1)]
    return max(float(at.prior[i] @ off[i]) for i in (0, 1)), max(float(o.max()) for o in off)
