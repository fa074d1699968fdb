"""The exchangeable solver against slow code that plays the same strategies on type vectors, for one to three items."""

import itertools
from functools import cache

import numpy as np
import pytest

from negotiation.equilibrium.exchangeable_gain import gains
from negotiation.equilibrium.exchangeable_solver import profile_values, setting, solve_profile, work_out
from negotiation.priors import iid
from negotiation.problem import exchange, from_tables
from negotiation.protocol import Grid
from protocols.frequency import Frequency

TIE = 1e-9


def rugs(n):
    return exchange(n, prior=iid((0.3, 0.7), (0.6, 0.4)), discount=(0.6, 0.7))


def three_types(n):
    """Trade of items with three types of the seller."""
    seller, buyer = np.array([0.0, 2.0, 4.0]), np.array([1.0, 5.0])
    tables = np.stack([0 * seller, -seller]), np.stack([0 * buyer, buyer])
    return from_tables(*tables, items=n, prior=iid((0.2, 0.5, 0.3), (0.5, 0.5)), discount=(0.7, 0.5), choices=("keep", "trade"))


def solved(problem, tremble, grid):
    at = setting(Frequency().exchangeable(problem, grid), tremble)
    profile, _ = solve_profile(at, iterations=30)
    play = work_out(at, profile)
    return at, profile, play, profile_values(at, play)


class Slow:
    """The game by type vectors: offers are (counts, demand), nothing is looked up that the solver computed but its
    strategies."""

    def __init__(self, at, profile):
        self.problem, self.grid, self.gamma = at.game.problem, at.game.grid, at.tremble
        self.n, self.d = self.problem.n, self.problem.discount
        self.demands = [self.grid.low + self.grid.step * q for q in range(self.grid.count)]
        sizes = [len(t) for t in self.problem.types]
        self.vectors = [list(itertools.product(range(s), repeat=self.n)) for s in sizes]
        self.counts = [sorted({self.count(i, v) for v in self.vectors[i]}) for i in (0, 1)]
        kept = [[tuple(row) for row in at.game.counts[i][at.kept[i]].tolist()] for i in (0, 1)]
        self.reserve = [dict(zip(kept[i], profile.reserve[i], strict=True)) for i in (0, 1)]
        self.blind = [dict(zip(kept[i], profile.demand[i], strict=True)) for i in (0, 1)]
        self.kept = kept

    def count(self, i, vector):
        return tuple(vector.count(t) for t in range(len(self.problem.types[i])))

    def item(self, i, said, own):
        """(surplus, efficient choice) of an item announced so by i and held so by the other."""
        a, b = (said, own) if i == 0 else (own, said)
        u = self.problem.utility[0][0][:, a] + self.problem.utility[1][0][:, b]
        return u.max(), int(np.argmax(u >= u.max() - 1e-12))

    @cache  # noqa: B019
    def mean_surplus(self, i, said, own):
        """Expected surplus of counts announced by i and counts of the other, by placing one against all orders of the other."""
        mine = [t for t, k in enumerate(said) for _ in range(k)]
        orders = set(itertools.permutations([t for t, k in enumerate(own) for _ in range(k)]))
        return float(np.mean([sum(self.item(i, a, b)[0] for a, b in zip(mine, order, strict=True)) for order in orders]))

    def accepts(self, i, own, said, v):
        """Whether the other of i, with counts own, means to accept i's offer (said, v)."""
        return self.mean_surplus(i, said, own) - v >= self.reserve[1 - i][own] - TIE * self.problem.largest_surplus

    def intended(self, i, own, heard):
        """The number of the demand of i with counts own, having heard counts or None."""
        if heard is None:
            return int(self.blind[i][own])
        good = [q for q, v in enumerate(self.demands) if self.accepts(i, heard, own, v)]
        least = [q for q, v in enumerate(self.demands) if v >= self.reserve[i][own] - TIE * self.problem.largest_surplus]
        return max(good[-1] if good else -1, least[0] if least else len(self.demands) - 1)

    @cache  # noqa: B019
    def deal(self, i, true, said, own):
        """The joint law of (surplus, change of i's payoff from lying): announced types meet the other's types in any order."""
        mine = list(self.announced(true, said))
        orders = list(itertools.permutations([t for t, k in enumerate(own) for _ in range(k)]))
        law = {}
        for order in orders:
            total, change = 0.0, 0.0
            for (t, h), b in zip(mine, order, strict=True):
                s, x = self.item(i, h, b)
                total += s
                change += self.problem.utility[i][0][x, t] - self.problem.utility[i][0][x, h]
            key = (round(total, 9), round(change, 9))
            law[key] = law.get(key, 0) + 1 / len(orders)
        return law

    def announced(self, true, said):
        """(true, announced) types of the items: the truth as far as possible, the rest in order."""
        left, spare = [], []
        for t, (k, m) in enumerate(zip(true, said, strict=True)):
            yield from [(t, t)] * min(k, m)
            left += [t] * (k - min(k, m))
            spare += [t] * (m - min(k, m))
        yield from zip(left, spare, strict=True)

    @cache  # noqa: B019
    def outcome(self, i, true, said, q, own):
        """(i's, the other's) payoff of an accepted offer; the other says No where it would lose."""
        v = self.demands[q]
        law = self.deal(i, true, said, own).items()
        kept = [(s, c, p) for (s, c), p in law if s - v >= -TIE * self.problem.largest_surplus]
        return sum(p * (v + c) for s, c, p in kept), sum(p * (s - v) for s, c, p in kept)

    @cache  # noqa: B019
    def trembling(self, i, mine, own):
        """Of a trembling offer of i answered by the other: (acceptance, i's payoff, the other's)."""
        total = np.zeros(3)
        for said in self.counts[i]:
            for q, v in enumerate(self.demands):
                yes = 1 - self.gamma / 2 if self.accepts(i, own, said, v) else self.gamma / 2
                total += yes * np.array([1, *self.outcome(i, mine, said, q, own)])
        return total / (len(self.counts[i]) * len(self.demands))

    @cache  # noqa: B019
    def value(self, i, mine, own, heard, was, left):
        """(i's, the other's) payoffs when i is about to propose with ``left`` stages to come."""
        if left == 0:
            return np.zeros(2)
        q = self.intended(i, mine, own if heard else None)
        yes = 1 - self.gamma / 2 if self.accepts(i, own, mine, self.demands[q]) else self.gamma / 2
        later = [self.value(1 - i, own, mine, seen, heard, left - 1)[::-1] * (self.d[i], self.d[1 - i]) for seen in (True, was)]
        on = yes * np.array(self.outcome(i, mine, mine, q, own)) + (1 - yes) * later[0]
        accept, one, two = self.trembling(i, mine, own)
        off = np.array([one, two]) + (1 - accept) * later[1]
        return (1 - self.gamma) * on + self.gamma * off

    # --- the best trembling reply of Alice, who sees offers and not what was intended

    def best_reply(self, k, prior, left):
        """Alice's value with counts k, after ``left`` more own offers the profile's value for good."""
        return self._propose(k, tuple(prior), None, None, left)

    @cache  # noqa: B019
    def _propose(self, k, belief, heard, told, left):
        """``heard``: what Alice heard last (counts); ``told``: what Bob has heard of her."""
        types = self.kept[1]
        if left == 0:
            rows = [self.value(0, k, own, heard is not None, told is not None, 40)[0] for own in types]
            if told in (None, k) and (heard is None or max(belief) > 1 - 1e-9):
                return float(np.dot(belief, rows))
            return 0.0  # whatever happens later is worth at least nothing
        offers = []
        for said in self.counts[0]:
            on = self.intended(0, said, heard)
            for q, v in enumerate(self.demands):
                now, no = 0.0, []
                for own, p in zip(types, belief, strict=True):
                    yes = 1 - self.gamma / 2 if self.accepts(0, own, said, v) else self.gamma / 2
                    now += p * yes * self.outcome(0, k, said, q, own)[0]
                    no.append(p * (1 - yes))
                offers.append((now, no, said if q == on else told, told))
        meant = max(now + self._wait(k, no, heard, seen, left) for now, no, seen, _ in offers)
        slips = np.mean([now + self._wait(k, no, heard, same, left) for now, no, _, same in offers])
        return float((1 - self.gamma) * meant + self.gamma * slips)

    def _wait(self, k, no, heard, told, left):
        total = sum(no)
        belief = tuple(round(p / total, 12) for p in no)
        return total * self.d[0] * self._respond(k, belief, heard, told, left)

    @cache  # noqa: B019
    def _respond(self, k, belief, heard, told, left):
        types, total = self.kept[1], 0.0
        slip = self.gamma / (len(self.counts[1]) * len(self.demands))
        waits = {}
        for said in self.counts[1]:
            on = self.intended(1, said, told)
            for q in range(len(self.demands)):
                weights = [
                    p * (slip + (1 - self.gamma) * (own == said and q == on)) for own, p in zip(types, belief, strict=True)
                ]
                chance = sum(weights)
                now = self.outcome(1, said, said, q, k)[1]
                key = (said, q == on)
                if key not in waits or q == on:
                    after = tuple(round(w / chance, 12) for w in weights)
                    waits[key] = self.d[0] * self._propose(k, after, said if q == on else heard, told, left - 1)
                wait = waits[key]
                total += chance * ((1 - self.gamma) * max(now, wait) + self.gamma / 2 * (now + wait))
        return total


CASES = [(rugs, 1, 0.1), (rugs, 2, 0.05), (rugs, 3, 0.2), (three_types, 2, 0.1)]


@pytest.mark.parametrize(("build", "n", "tremble"), CASES)
def test_payoffs_of_the_profile_equal_those_played_on_type_vectors(build, n, tremble):
    problem = build(n)
    at, profile, _, values = solved(problem, tremble, Grid(0.0, problem.largest_surplus, 1.0))
    slow = Slow(at, profile)
    for (a, k), (b, own) in itertools.product(enumerate(slow.kept[0]), enumerate(slow.kept[1])):
        expected = slow.value(0, k, own, False, False, 60)
        assert values.offer[0, 0, 0][a, b, 0] == pytest.approx(expected[0], abs=1e-7)
        assert values.reply[1, 0, 0][b, a, 0] == pytest.approx(expected[1], abs=1e-7)


@pytest.mark.parametrize(("build", "n", "step"), [(rugs, 1, 1.0), (rugs, 2, 2.0), (three_types, 1, 0.5)])
def test_the_best_reply_with_bayes_beliefs_lies_between_the_bounds(build, n, step):
    problem, tremble = build(n), 0.02
    grid = Grid(0.0, problem.largest_surplus, step)
    at, profile, play, values = solved(problem, tremble, grid)
    slow = Slow(at, profile)
    row = gains(at, profile, play, values, 0.0)[0][0]
    chance = tremble / grid.count  # of a tremble that looks intended, which the solver neglects; it is worth about a util
    base = at.deals[0].expect(values.offer[0, 0, 0])
    best = np.array([slow.best_reply(k, at.prior[1].tolist(), 3) for k in slow.kept[0]]) - base
    assert np.all(best <= row.by_frequency + chance)
    assert at.prior[0] @ best >= row.one_shot - chance
    assert row.mean - at.prior[0] @ best <= 0.01 * problem.surplus.mean  # and the upper bound is not much too high
