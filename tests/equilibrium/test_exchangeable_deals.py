"""What offers are worth in exchangeable games, by loops over announcements, demands, the responder's frequencies and joint
counts; and the gains of deviating, by repeating the equations at the head of ``exchangeable_gain`` one frequency at a time."""

import itertools

import numpy as np
import pytest

from agents import RubinsteinDemand
from negotiation.equilibrium import exchangeable, exchangeable_gain, exchangeable_seen, exchangeable_unseen, fitted_rate
from negotiation.equilibrium.exchangeable_deals import by_demand, worthwhile
from negotiation.equilibrium.exchangeable_gain import gains
from negotiation.equilibrium.exchangeable_seen import COARSE, ListedDeals, NormalDeals
from negotiation.equilibrium.exchangeable_solver import Profile, profile_values, residuals, setting, work_out
from negotiation.equilibrium.exchangeable_unseen import MeanDeals, TableDeals
from negotiation.play import Session
from negotiation.priors import iid
from negotiation.problem import exchange, from_tables
from negotiation.protocol import Grid
from protocols import Frequency, ShareDemanding
from protocols.frequency import announce_near

TREMBLE = 0.3
LOW = -1.0


def rugs():
    return exchange(3, prior=iid((0.3, 0.7), (0.6, 0.4)), discount=(0.6, 0.7))


def three_types():
    seller, buyer = np.array([0.0, 2.0, 4.0]), np.array([1.0, 5.0])
    tables = np.stack([0 * seller, -seller]), np.stack([0 * buyer, buyer])
    return from_tables(*tables, items=2, prior=iid((0.2, 0.5, 0.3), (0.5, 0.5)), discount=(0.7, 0.5))


CASES = list(itertools.product([rugs, three_types], ["tables", "means", "listed"], [0, 1]))


def built(build, kind, monkeypatch, tremble=TREMBLE):
    problem = build()
    if kind == "means":
        monkeypatch.setattr(exchangeable_unseen, "MOST_CELLS", 0)
    protocol = ShareDemanding() if kind == "listed" else Frequency()
    at = setting(
        protocol.exchangeable(problem, Grid(LOW, LOW + 1.5 * np.ceil(problem.largest_surplus / 1.5 + 2), 1.5)), tremble
    )
    expected = {"tables": TableDeals, "means": MeanDeals, "listed": ListedDeals}[kind]
    assert all(isinstance(deal, expected) for deal in at.deals)
    return at


class Loops:
    """One proposer's offers one by one. ``node``: (probability, surplus, surplus of uniform choices, what lies add) by m, l."""

    def __init__(self, deal, kind):
        self.deal, self.kind, game = deal, kind, deal.game
        self.demands = [game.grid.low + game.grid.step * q for q in range(game.grid.count)]
        self.own, self.other = range(len(deal.own)), range(len(deal.other))
        self.said = range(len(deal.announced))
        law = game.law(deal.proposer, deal.other)
        mean_worth = game.worth(deal.proposer, deal.other)
        self.nodes = {}
        for m, other in itertools.product(self.said, self.other):
            if kind == "means":
                self.nodes[m, other] = [(1.0, deal.surplus[m, other], 0.0, mean_worth[:, other])]
            else:
                kept = [j for j in range(law.weight.shape[2]) if law.weight[m, other, j] > 0]
                self.nodes[m, other] = [
                    (law.weight[m, other, j], law.surplus[m, other, j], law.random[m, other, j], law.worth[:, m, other, j])
                    for j in kept
                ]

    def accepts(self, m, other, v, reserve, surplus):
        seen = surplus if self.kind == "listed" else self.deal.surplus[m, other]
        return seen - v >= reserve[other] - 1e-9

    def deal_of(self, m, other, v, reserve, k=None, shown=None):
        """(probability of yes, of yes and no "No", what the proposer of true frequency k gets, what the responder gets): in
        expectation over the joint counts and the trembles of the answer."""
        low, total = TREMBLE / 2, np.zeros(4)
        for p, surplus, random, worth in self.nodes[m, other]:
            meant = self.accepts(m, other, v, reserve, surplus if shown is None else shown)
            lie = 0.0 if k is None else float(self.deal.moved[:, k, m] @ worth)
            slip_lie = 0.0 if k is None else float(self.deal.moved[:, k, m] @ self.deal.game.random_worth(self.deal.proposer))
            yes = 1 - low if meant else low
            if self.kind == "listed":  # whoever accepts by a tremble picks choices uniformly
                chosen = yes - low
                gets = chosen * (surplus - v) + low * (random - v)
                total += p * np.array([yes, yes, yes * v + chosen * lie + low * slip_lie, gets])
            else:
                stands = surplus - v >= -1e-9
                total += p * np.array([yes, yes * stands, yes * stands * (v + lie), yes * stands * (surplus - v)])
        return total

    def every(self):
        """The trembling offers with their probabilities."""
        for m, v in itertools.product(self.said, self.demands):
            yield m, v, self.deal.announced[m] / len(self.demands)


def reserves(deal):
    """Some reserve payoffs, off the grid, some too high for any deal."""
    return np.random.default_rng(2).uniform(-1, 1.1 * deal.game.problem.largest_surplus, len(deal.other)) * 0.7


def waits(deal):
    return np.random.default_rng(3).uniform(0, deal.game.problem.largest_surplus / 2, deal.weight.shape)


def test_numbers_of_demands(monkeypatch):
    """The largest demand up to a payoff, -1 for none; the least from a payoff on, the highest where none is."""
    deal = built(rugs, "tables", monkeypatch).deals[0]
    demands = [LOW + 1.5 * q for q in range(deal.demands)]
    for payoff in [*np.linspace(LOW - 4, demands[-1] + 4, 57), *demands]:
        upto = [q for q, v in enumerate(demands) if v <= payoff + 1e-12]
        above = [q for q, v in enumerate(demands) if v >= payoff - 1e-12]
        assert deal.number(np.array(payoff)) == (upto[-1] if upto else -1)
        assert deal.number_above(np.array(payoff)) == (above[0] if above else len(demands) - 1)
    assert [float(v) for v in deal.demand(np.arange(deal.demands))] == demands


@pytest.mark.parametrize(("build", "kind", "proposer"), CASES)
def test_averages_of_trembling_offers(build, kind, proposer, monkeypatch):
    deal = built(build, kind, monkeypatch).deals[proposer]
    loops, reserve = Loops(deal, kind), reserves(deal)
    found = deal.averages(reserve)
    for other in loops.other:
        plain = sum(p * loops.deal_of(m, other, v, reserve) for m, v, p in loops.every())
        assert found.accept[other] == pytest.approx(plain[0])
        assert found.sure[other] == pytest.approx(plain[1])
        assert found.responder[other] == pytest.approx(plain[3])
        for k in loops.own:
            paid = sum(p * loops.deal_of(m, other, v, reserve, k)[2] for m, v, p in loops.every())
            assert found.proposer[k, other] == pytest.approx(paid)


@pytest.mark.parametrize(("build", "kind", "proposer"), CASES)
def test_truthful_offers_and_cutoffs(build, kind, proposer, monkeypatch):
    deal = built(build, kind, monkeypatch).deals[proposer]
    loops, reserve = Loops(deal, kind), reserves(deal)
    cutoffs = deal.cutoffs(reserve)
    rng = np.random.default_rng(4)
    q = rng.integers(0, len(loops.demands), deal.weight.shape)
    found = deal.truthful(q, reserve)
    for k, other, j in np.ndindex(deal.weight.shape):
        if kind == "listed" and deal.weight[k, other, j] < 1e-12:
            continue
        m, v = int(deal.own[k]), loops.demands[q[k, other, j]]
        shown = deal.pair[k, other, j]
        taken = [n for n, w in enumerate(loops.demands) if shown - w >= reserve[other] - 1e-9]
        assert cutoffs[k, other, j] == (taken[-1] if taken else -1)
        yes = 1 - TREMBLE / 2 if shown - v >= reserve[other] - 1e-9 else TREMBLE / 2
        assert found.said[k, other, j] == pytest.approx(yes)
        assert deal.demand(q[k, other, j]) == pytest.approx(v)
        if kind == "listed":
            slip = deal.true.random[k, other, j] - v
            assert found.gain[k, other, j] == pytest.approx(shown - v)
            assert found.slip[k, other, j] == pytest.approx(slip)
            meant = yes - TREMBLE / 2
            assert found.left[k, other, j] == pytest.approx(meant * (shown - v) + TREMBLE / 2 * slip)
            assert found.paid[k, other, j] == pytest.approx(yes * v) and found.sure[k, other, j] == pytest.approx(yes)
        else:
            expected = loops.deal_of(m, other, v, reserve)
            parts = (found.said, found.sure, found.paid, found.left)
            np.testing.assert_allclose([part[k, other, j] for part in parts], expected, atol=1e-9)
            assert found.gain[k, other, j] == found.slip[k, other, j] == pytest.approx(expected[3] / yes)


@pytest.mark.parametrize(("build", "kind", "proposer"), CASES)
def test_offers_that_the_responder_trembles_into(build, kind, proposer, monkeypatch):
    """E max(gain, level) over a trembling offer, and what accepting it by a tremble gives."""
    deal = built(build, kind, monkeypatch).deals[proposer]
    loops = Loops(deal, kind)
    level = np.array([[0.0, 0.3, 2.2, 100.0]] * len(deal.other))
    above, slips = deal.above(level), deal.slips()
    for other in loops.other:
        best, slip = np.zeros(4), 0.0
        for m, v, p in loops.every():
            cells = loops.nodes[m, other]
            if kind == "listed":
                best += p * sum(w * np.maximum(s - v, level[other]) for w, s, _, _ in cells)
                slip += p * sum(w * (r - v) for w, _, r, _ in cells)
            else:
                gain = sum(w * max(0.0, s - v) for w, s, _, _ in cells)
                best += p * np.maximum(gain, level[other])
                slip += p * gain
        np.testing.assert_allclose(above[other], best, atol=1e-9)
        assert slips[other] == pytest.approx(slip)


@pytest.mark.parametrize(("build", "kind", "proposer"), CASES)
def test_the_best_of_all_offers(build, kind, proposer, monkeypatch):
    """Under the prior of the responder's frequency: of truthful offers, of lies, and of both."""
    deal = built(build, kind, monkeypatch).deals[proposer]
    loops, reserve, waiting = Loops(deal, kind), reserves(deal), waits(deal)
    mean = (deal.weight * waiting).sum(axis=2)  # after a lie: over the joint counts of the truth
    truthful, best = deal.best_truthful(reserve, waiting), deal.best(reserve, waiting)

    def worth(k, m, v):
        return sum(
            deal.prior[other] * (d[2] + (1 - d[0]) * mean[k, other])
            for other in loops.other
            for d in [loops.deal_of(m, other, v, reserve, k)]
        )

    def truth(k, q):
        v, total = loops.demands[q], 0.0
        for other, j in np.ndindex(deal.weight.shape[1:]):
            yes = 1 - TREMBLE / 2 if deal.pair[k, other, j] - v >= reserve[other] - 1e-9 else TREMBLE / 2
            stands = kind == "listed" or yes > TREMBLE / 2 or deal.pair[k, other, j] >= v - 1e-9
            total += deal.prior[other] * deal.weight[k, other, j] * (yes * stands * v + (1 - yes) * waiting[k, other, j])
        return total

    for k in loops.own:
        m = int(deal.own[k])
        offers = {(said, q): worth(k, said, v) for said in loops.said for q, v in enumerate(loops.demands)}
        if kind == "tables":
            assert best[k] == pytest.approx(max(offers.values()))
            assert offers[m, int(truthful[k])] == pytest.approx(max(offers[m, q] for q in range(len(loops.demands))))
            for (said, q), value in offers.items():
                assert deal.lie(reserve, said, q, waiting)[k] == pytest.approx(value)
        else:
            honest = [truth(k, q) for q in range(len(loops.demands))]
            lies = [value for (said, _), value in offers.items() if said != m]
            if kind == "listed":
                assert truth(k, int(truthful[k])) == pytest.approx(max(honest))
                assert best[k] == pytest.approx(max([*honest, *lies]))
            else:  # "No" to what was accepted by a tremble is neglected, in the proposer's favour
                assert best[k] >= max([*honest, *lies]) - 1e-9
                for said, q in offers:
                    value = offers[said, q]
                    assert deal.lie(reserve, said, q, waiting)[k] == pytest.approx(value)


@pytest.mark.parametrize(("build", "proposer"), list(itertools.product([rugs, three_types], [0, 1])))
def test_what_means_neglect_is_in_the_proposers_favour(build, proposer, monkeypatch):
    """With means: the best offer's value where nobody who trembled into accepting says No, demands at cutoffs."""
    deal = built(build, "means", monkeypatch).deals[proposer]
    loops, reserve, waiting = Loops(deal, "means"), reserves(deal), waits(deal)
    cutoff, low, high = deal.cutoff(reserve), TREMBLE / 2, 1 - TREMBLE / 2
    best, truthful = deal.best(reserve, waiting), deal.best_truthful(reserve, waiting)
    for k in loops.own:
        m = int(deal.own[k])
        values = {}
        for said in loops.said:
            extra = [float(deal.moved[:, k, said] @ deal.worth[:, other]) for other in loops.other]
            for q in {int(c) for c in cutoff[said] if c >= 0}:
                yes = [high if q <= cutoff[said, other] else low for other in loops.other]
                values[said, q] = sum(
                    p * (y * (loops.demands[q] + x) + (1 - y) * w)
                    for p, y, x, w in zip(deal.prior, yes, extra, waiting[k, :, 0], strict=True)
                )
        refused = sum(
            p * (low * deal.surplus[m, other] + high * waiting[k, other, 0])
            for other, p in zip(loops.other, deal.prior, strict=True)
        )
        assert best[k] == pytest.approx(max([refused, *values.values()]))
        honest = {q: value for (said, q), value in values.items() if said == m}
        if honest:
            assert honest[int(truthful[k])] == pytest.approx(max(honest.values()))


@pytest.mark.parametrize(("build", "kind", "proposer"), CASES)
def test_the_best_offers_to_a_known_responder(build, kind, proposer, monkeypatch):
    deal = built(build, kind, monkeypatch).deals[proposer]
    loops, reserve = Loops(deal, kind), reserves(deal)
    accepted, refused = deal.best_known(reserve)
    again = deal.best_known(reserve)  # also where the last answer is remembered
    low, high = TREMBLE / 2, 1 - TREMBLE / 2
    for found in (again, deal.best_known(reserve.copy())):
        np.testing.assert_array_equal(found[0], accepted)
        np.testing.assert_array_equal(found[1], refused)
    for k, other in itertools.product(loops.own, loops.other):
        yes, no = -np.inf, -np.inf
        for m, v in itertools.product(loops.said, loops.demands):
            value = sum(
                w * (loops.kind == "means" or s >= v - 1e-9) * (v + float(deal.moved[:, k, m] @ worth))
                for w, s, _, worth in loops.nodes[m, other]
            )
            if deal.surplus[m, other] - v >= reserve[other] - 1e-9:
                yes = max(yes, high * value)
            else:
                no = max(no, low * value)
        if kind == "tables":
            assert accepted[k, other, 0] == pytest.approx(yes) and refused[k, other, 0] == pytest.approx(no)
        elif kind == "means":
            assert accepted[k, other, 0] == pytest.approx(yes)
            assert refused[k, other, 0] == pytest.approx(low * max(deal.surplus[deal.own[k], other], 0.0))
        else:  # upper bounds: all that is left over the reserve payoff, and the highest demand with the best uniform lie
            lies = [float(deal.moved[:, k, m] @ deal.game.random_worth(proposer)) for m in loops.said]
            slip = low * (loops.demands[-1] + max(lies))
            np.testing.assert_allclose(refused[k, other], slip)
            np.testing.assert_allclose(
                accepted[k, other], (1 - TREMBLE) * (deal.pair[k, other] - reserve[other]) + slip, atol=1e-6
            )


def test_normal_joint_counts_have_the_moments_of_the_exact_ones(monkeypatch):
    """Means, variances and covariances of the surplus, of uniform choices, and of what lies change, given frequencies."""
    rng = np.random.default_rng(5)
    tables = rng.uniform(0, 4, (2, 2, 2))
    problem = from_tables(*tables, items=9, prior=iid((0.4, 0.6), (0.5, 0.5)))
    game = ShareDemanding().exchangeable(problem, Grid(0.0, 30.0, 1.0))
    kept = tuple(np.arange(len(p)) for p in game.prior)
    for proposer in (0, 1):
        exact, normal = ListedDeals(game, proposer, kept, 0.1), NormalDeals(game, proposer, kept, 0.1)
        said = np.arange(1, 9)
        for coarse in (False, True):
            one, other = exact.nodes(said), normal.nodes(said, coarse=coarse)
            shapes = [("surplus", one.surplus, other.surplus), ("random", one.random, other.random)]
            shapes += [(f"worth {r}", one.worth[r], other.worth[r]) for r in range(len(one.worth))]
            centred = {}
            for name, a, b in shapes:
                means = [(nodes.weight * x).sum(axis=2) for nodes, x in ((one, a), (other, b))]
                np.testing.assert_allclose(means[1], means[0], atol=1e-9)
                centred[name] = a - means[0][..., None], b - means[1][..., None]
            rows = other.weight[0, 0] if other.weight.ndim == 3 else other.weight
            unit = float(
                (rows * np.array(COARSE if coarse else exchangeable_seen.CELLS) ** 2).sum()
            )  # near 1: cells cut the tails
            assert unit == pytest.approx(1.0, abs=0.1)
            for name in centred:
                for again in centred:
                    truth = (one.weight * centred[name][0] * centred[again][0]).sum(axis=2)
                    found = (other.weight * centred[name][1] * centred[again][1]).sum(axis=2) / unit
                    np.testing.assert_allclose(found, truth, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_demands_at_cutoffs_and_losses_worth_trying(seed, monkeypatch):
    deal = built(rugs, "tables", monkeypatch).deals[0]
    rng = np.random.default_rng(seed)
    cutoff = rng.integers(-1, deal.demands, (4, 6))
    p, extra, slip, wait = rng.dirichlet(np.ones(6), 4), *rng.normal(size=(3, 4, 6))
    top, chosen = by_demand(deal, cutoff, p, extra, slip, wait)
    low, high = TREMBLE / 2, 1 - TREMBLE / 2
    for row in range(4):
        values = {}
        for q in {int(c) for c in cutoff[row] if c >= 0}:
            v = float(deal.demand(np.array(q)))
            values[q] = sum(
                p[row, i] * (high * v + (1 - TREMBLE) * extra[row, i] + low * slip[row, i] + low * wait[row, i])
                if q <= cutoff[row, i]
                else p[row, i] * (low * (v + slip[row, i]) + high * wait[row, i])
                for i in range(6)
            )
        assert top[row] == pytest.approx(max(values.values()))
        assert values[int(chosen[row])] == pytest.approx(max(values.values()))
    nothing, last = by_demand(deal, np.full((1, 6), -1), p[:1], extra[:1], slip[:1], wait[:1])
    assert nothing[0] == -np.inf and last[0] == deal.demands - 1
    margin, chance = rng.uniform(0, 3, 8), rng.dirichlet(np.ones(8))
    for rent in (0.1, 0.5, float(chance @ margin) - 1e-6):
        loss = worthwhile(margin, chance, rent)
        assert float(chance @ np.minimum(loss, margin)) == pytest.approx(rent)
    assert worthwhile(margin, chance, float(chance @ margin) + 0.01) == float("inf")


# --- gains


def told(at, profile, play, i):
    """P and R of player i told l: for each frequency and joint count by itself, repeated until nothing moves."""
    j, gamma, d = 1 - i, at.tremble, at.game.discount[i]
    mine, theirs = at.deals[i], at.deals[j]
    accepted, refused = mine.best_known(profile.reserve[j])
    lowest = np.minimum(play.demand[j][1].min(axis=(1, 2)), profile.demand[j])
    offer, reply, slipped = np.zeros(mine.weight.shape), np.zeros(mine.weight.shape), theirs.slips()
    average = play.mean[i]
    for k, other, cell in np.ndindex(mine.weight.shape):
        q = np.full(theirs.weight.shape, lowest[other])
        cheap = theirs.truthful(q, profile.reserve[i])
        gain, slip = cheap.gain[other, k, cell], cheap.slip[other, k, cell]
        p, r = 0.0, 0.0
        for _ in range(400):
            meant = max(accepted[k, other, cell] + gamma / 2 * d * r, refused[k, other, cell] + (1 - gamma / 2) * d * r)
            blind = average.proposer[k, other] + (1 - average.accept[other]) * d * r
            p = (1 - gamma) * meant + gamma * blind
            above = theirs.above(np.full((len(theirs.other), 1), max(d * p, 0.0)))[k, 0]  # levels are from 0 on
            trembled = (1 - gamma) * above + gamma / 2 * (slipped[k] + d * p)
            answered = (1 - gamma) * max(gain, d * p) + gamma / 2 * (slip + d * p)
            new = (1 - gamma) * answered + gamma * trembled
            if abs(new - r) < 1e-11:
                break
            r = new
        offer[k, other, cell], reply[k, other, cell] = p, r
    return offer, reply


@pytest.mark.parametrize("seed", range(6, 10))
@pytest.mark.parametrize(("kind", "low"), [("tables", 0.0), ("means", 0.0), ("listed", 0.0), ("tables", -2.0)])
def test_gains_by_repeating_the_equations(kind, low, seed, monkeypatch):
    """The values told the other's frequency, and the gains at every information set on the path, one by one."""

    def dense(most, likely):  # so many levels that what lies between them does not count
        return most[:, None] * np.linspace(0, 1, 4001)

    monkeypatch.setattr(exchangeable_gain, "_levels", dense)
    problem = exchange(1, prior=iid((0.3, 0.7), (0.6, 0.4)), discount=(0.6, 0.7))
    if kind == "means":
        monkeypatch.setattr(exchangeable_unseen, "MOST_CELLS", 0)
    protocol = ShareDemanding() if kind == "listed" else Frequency()
    at = setting(protocol.exchangeable(problem, Grid(low, 10.0, 1.0)), TREMBLE)
    rng = np.random.default_rng(seed)
    demand = tuple(rng.integers(0, 6, len(k)) for k in at.kept)
    profile = Profile(demand, tuple(rng.uniform(0, 2, len(k)) for k in at.kept), 1.0)
    play = work_out(at, profile)
    values = profile_values(at, play)
    rows, bob = gains(at, profile, play, values, 0.0)
    gamma, d = at.tremble, at.game.discount
    known = [told(at, profile, play, i) for i in (0, 1)]
    swap = [lambda x: x, lambda x: np.swapaxes(x, 0, 1)]
    weight = at.deals[0].weight
    reach = at.prior[0][:, None, None] * at.prior[1][None, :, None] * weight
    heard = [0, 0]
    named = {row.where: row for row in rows}
    assert len(named) == 6

    def answered(offers, wait):
        gain, slip = np.swapaxes(offers.gain, 0, 1), np.swapaxes(offers.slip, 0, 1)
        return (1 - gamma) * np.maximum(gain, wait) + gamma / 2 * (slip + wait)

    for stage in (0, 1, 2):
        i, j = stage % 2, 1 - stage % 2
        if stage > 0:
            row, state = named[f"stage {stage}: {('Alice', 'Bob')[i]} offers"], (i, heard[i], heard[j])
            upper = known[i][0] - values.offer[state]
            chance = swap[i](reach)
            assert row.mean == pytest.approx((chance * upper).sum() / chance.sum(), abs=1e-6)
            assert row.largest == pytest.approx(upper.max(), abs=1e-6) and row.reached == pytest.approx(chance.sum())
            by_frequency = (chance * upper).sum(axis=(1, 2)) / chance.sum(axis=(1, 2))
            np.testing.assert_allclose(row.by_frequency, by_frequency, atol=1e-6)
            single = one_offer(at, profile, play, values, state)
            lower = np.maximum(single - values.offer[state], 0)
            assert row.one_shot == pytest.approx((chance * lower).sum() / chance.sum(), abs=1e-9)
        offers = play.offers[i][heard[i]]
        was, heard[j] = heard[i], 1
        wait, best = d[j] * values.offer[j, 1, was], d[j] * known[j][0]
        kept = np.swapaxes(offers.left + (1 - offers.said) * np.swapaxes(wait, 0, 1), 0, 1)
        row, chance = named[f"stage {stage}: {('Alice', 'Bob')[j]} replies"], swap[j](reach)
        upper, lower = answered(offers, best) - kept, answered(offers, wait) - kept
        assert row.mean == pytest.approx((chance * upper).sum() / chance.sum(), abs=1e-6)
        assert row.one_shot == pytest.approx((chance * np.maximum(lower, 0)).sum() / chance.sum(), abs=1e-9)
        reach = reach * (1 - swap[i](offers.said))
    # Alice at stage 0, who may offer anything: the truth that is heard, a demand of the best, or as another frequency would
    row, chance = named["stage 0: Alice offers"], at.prior[0]
    base, (offer, _) = at.deals[0].expect(values.offer[0, 0, 0]), known[0]
    first, single, lies = openings(at, profile, play, values, offer)
    np.testing.assert_allclose(exchangeable_gain._lies(at, profile, play, exchangeable_gain._known(at, profile, play, 0)), lies)
    np.testing.assert_allclose(row.by_frequency, first - base, atol=1e-5)
    assert row.one_shot == pytest.approx(float(chance @ np.maximum(single - base, 0)), abs=1e-9)
    assert row.mean == pytest.approx(float(chance @ (first - base)), abs=1e-5)
    # Bob before he hears anything, told Alice's frequency at once
    level = d[1] * known[1][0]
    trembled = trembled_at(at, 1, level)
    first = (1 - gamma) * answered(play.offers[0][0], level) + gamma * trembled
    np.testing.assert_allclose(bob, at.deals[1].expect(first - values.reply[1, 0, 0]), atol=1e-5)


def trembled_at(at, i, level):
    """What replying to a trembling offer is worth to i (k, l, J) when going on is worth ``level``."""
    theirs, gamma = at.deals[1 - i], at.tremble
    found = np.empty(level.shape)
    for k, other, cell in np.ndindex(level.shape):
        above = theirs.above(np.full((len(theirs.other), 1), max(level[k, other, cell], 0.0)))[k, 0]
        found[k, other, cell] = (1 - gamma) * above + gamma / 2 * (theirs.slips()[k] + level[k, other, cell])
    return found


def openings(at, profile, play, values, offer):
    """Alice's best first offers, told Bob's frequency once he has answered, and her best one-shot deviation (k,)."""
    gamma, d, deal, bob = at.tremble, at.game.discount[0], at.deals[0], at.deals[1]
    reserve, mean = profile.reserve[1], play.mean[0]
    trembled = trembled_at(at, 0, d * offer)

    def answers(offers):
        gain, slip = np.swapaxes(offers.gain, 0, 1), np.swapaxes(offers.slip, 0, 1)
        meant = (1 - gamma) * np.maximum(gain, d * offer) + gamma / 2 * (slip + d * offer)
        return d * ((1 - gamma) * meant + gamma * trembled)

    waits = [answers(play.offers[1][heard]) for heard in (0, 1)]
    own = play.offers[0][0]
    best = np.maximum(deal.best(reserve, waits[0]), deal.expect(own.paid + (1 - own.said) * waits[1]))
    lies = np.full(len(at.kept[0]), -np.inf)
    for m, said in enumerate(at.kept[0].tolist()):  # Bob believes m, and demands what is left to it
        demand = np.empty(bob.weight.shape, dtype=int)
        for other, k, cell in np.ndindex(demand.shape):
            shown = bob.pair[other, k, cell] + bob.surplus[bob.own[other], m] - bob.surplus[bob.own[other], k]
            least = int(bob.number_above(np.array(reserve[other])))
            demand[other, k, cell] = max(int(bob.number(np.array(shown - profile.reserve[0][m] + 1e-12))), least)
        lie = deal.lie(reserve, said, int(profile.demand[0][m]), answers(bob.truthful(demand, profile.reserve[0])))
        lies = np.maximum(lies, lie)
    best = np.maximum(best, lies)
    later = d * values.reply[0, 0, 0]
    q = deal.best_truthful(reserve, later)
    honest = deal.truthful(np.broadcast_to(q[:, None, None], later.shape), reserve)
    single = np.maximum(
        deal.expect(honest.paid + (1 - honest.said) * later),
        deal.expect(own.paid + (1 - own.said) * d * values.reply[0, 0, 1]),
    )

    def with_trembles(meant, wait):
        blind = deal.expect(mean.proposer[:, :, None] + (1 - mean.accept)[None, :, None] * wait)
        return (1 - gamma) * meant + gamma * blind

    return with_trembles(best, waits[0]), with_trembles(single, later), lies


def test_levels_are_dense_where_values_are_likely():
    most, likely = np.array([9.0, 8.0]), np.array([[[2.0], [3.0]], [[4.0], [9.5]]])
    levels = exchangeable_gain._levels(most, likely)
    for row, (low, high, top) in zip(levels, [(2, 3, 9), (4, 9.5, 8)], strict=True):
        inside = np.minimum(np.linspace(low, high, exchangeable_gain.LEVELS), top)
        np.testing.assert_allclose(row, [0.0, *inside, top])


def one_offer(at, profile, play, values, state):
    """What the best demand that is accepted is worth now, the profile after: truthful, or the profile's own offer."""
    i = state[0]
    deal, reserve = at.deals[i], profile.reserve[1 - state[0]]
    wait = at.game.discount[i] * values.reply[state]
    offers = deal.truthful(np.maximum(deal.cutoffs(reserve), 0), reserve)
    on = offers.paid + (1 - offers.said) * wait
    off = play.mean[i].proposer[:, :, None] + (1 - play.mean[i].accept)[None, :, None] * wait
    return np.maximum((1 - at.tremble) * on + at.tremble * off, values.offer[state])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("types", [2, 3])
def test_moments_of_the_surplus_and_bounds_on_its_shortfall(seed, types):
    """Mean, variance and tails against the listed joint counts; Cantelli's bound, for two types Hoeffding's if lower."""
    rng = np.random.default_rng(seed)
    problem = from_tables(*rng.uniform(0, 4, (2, 2, types)), items=4)
    game = Frequency().exchangeable(problem, Grid(0.0, 30.0, 1.0))
    for proposer in (0, 1):
        own, other = (np.arange(len(game.prior[k])) for k in (proposer, 1 - proposer))
        law = game.law(proposer, other)
        mean = (law.weight * law.surplus).sum(axis=2)
        variance = (law.weight * (law.surplus - mean[..., None]) ** 2).sum(axis=2)
        np.testing.assert_allclose(game.surplus(proposer, other), mean, atol=1e-9)
        np.testing.assert_allclose(game.variance(proposer, own, other), variance, atol=1e-9)
        demand = mean.mean(axis=1) - rng.uniform(0, 2, len(own))
        bound = game.shortfall(proposer, own, other, demand)
        best = game.best(proposer)[0]
        for k, r in np.ndindex(bound.shape):
            room = mean[k, r] - demand[k]
            exact = law.weight[k, r][law.surplus[k, r] < demand[k] - 1e-9].sum()
            assert exact <= bound[k, r] + 1e-9
            if room <= 0:
                assert bound[k, r] == 1
                continue
            expected = variance[k, r] / (variance[k, r] + room**2)
            if types == 2:
                swing = abs(best[0, 0] - best[0, 1] - best[1, 0] + best[1, 1])
                draws = max(game.frequencies_of(proposer)[k, 0].min(), 1)
                expected = min(expected, np.exp(-2 * (room / swing) ** 2 / draws))
            assert bound[k, r] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("build", "kind", "proposer"), [case for case in CASES if case[1] != "tables"])
def test_which_lies_are_not_tried(build, kind, proposer, monkeypatch):
    """Those that lose more joint surplus than the responder's rent: no lie is worth more than the best truth and that rent."""
    deal = built(build, kind, monkeypatch).deals[proposer]
    loops, waiting = Loops(deal, kind), waits(deal)
    reserve, low, high = np.abs(reserves(deal)), TREMBLE / 2, 1 - TREMBLE / 2
    told = []

    def record(margin, p, rent):
        told.append((margin, p, rent))
        return worthwhile(margin, p, rent)

    module = exchangeable_seen if kind == "listed" else exchangeable_unseen
    monkeypatch.setattr(module, "worthwhile", record)
    deal.best(reserve, waiting)
    for k, (margin, p, rent) in zip(loops.own, told, strict=True):
        over, chance, stay, bound = [], [], 0.0, 0.0
        for other, j in np.ndindex(deal.weight.shape[1:]):
            q, wait = deal.prior[other] * deal.weight[k, other, j], waiting[k, other, j]
            true = deal.pair[k, other, j]
            gains = max(0.0, true - reserve[other] - wait)
            if kind == "listed":
                stay += q * high * wait
                bound += q * (1 - TREMBLE) * gains
            else:
                gains = max(0.0, high * (true - reserve[other]) + low * wait - low * true - high * wait) / high
                stay += q * (low * true + high * wait)
                bound += q * high * gains
            over.append(gains)
            chance.append(q)
        np.testing.assert_allclose(margin, over, atol=1e-9)
        np.testing.assert_allclose(p, chance, atol=1e-12)
        if kind == "listed":
            truth = deal._truth(reserve, waiting)[0][k]
            bonus = max(float(deal.moved[:, k, m] @ deal.game.random_worth(proposer)) for m in loops.said)
            bound += low * (loops.demands[-1] + max(bonus, 0.0))
            assert rent * (1 - TREMBLE) == pytest.approx(stay + bound - truth, abs=1e-9)
        else:
            cutoffs, still = deal.cutoffs(reserve)[..., 0], np.zeros(deal.true.shape)
            truth = max(stay, deal._by_demand(cutoffs, still, waiting[..., 0])[0][k])
            assert rent * high == pytest.approx(stay + bound - truth, abs=1e-9)


def test_joint_counts_are_listed_only_where_they_are_few(monkeypatch):
    game = Frequency().exchangeable(exchange(6), Grid(0.0, 10.0, 1.0))
    everybody = np.arange(len(game.prior[1]))
    law = game.law(0, everybody)
    tables = int((law.weight > 0).sum())
    for most, listed in ((tables, True), (tables - 1, False), (len(everybody) * len(game.prior[0]), False)):
        monkeypatch.setattr(exchangeable, "MOST_TABLES", most)
        assert (game.law(0, everybody) is not None) == listed


def test_residuals_by_loops(monkeypatch):
    """How far reserve payoffs are from what the profile pays in expectation, discounted."""
    at = built(rugs, "tables", monkeypatch, 0.1)
    rng = np.random.default_rng(8)
    profile = Profile(
        tuple(rng.integers(0, 6, len(k)) for k in at.kept), tuple(rng.uniform(0, 6, len(k)) for k in at.kept), 1.0
    )
    values = profile_values(at, work_out(at, profile))
    means, largest = [], 0.0
    for i in (0, 1):
        total = 0.0
        for k, p in enumerate(at.prior[i]):
            paid = sum(q * float(values.offer[i, 1, 1][k, other, 0]) for other, q in enumerate(at.prior[1 - i]))
            off = abs(max(0.0, at.game.discount[i] * paid) - profile.reserve[i][k])
            total, largest = total + p * off, max(largest, off)
        means.append(total)
    assert residuals(at, profile, values) == pytest.approx((max(means), largest))


def test_a_power_of_the_number_of_items_is_fitted():
    """Exactly where it is one; else the largest distance of logarithms from the line of least squares."""
    n = np.array([4.0, 16.0, 64.0])
    exact = fitted_rate(n, 3 * n**-0.5)
    assert (exact.exponent, exact.constant, exact.error) == pytest.approx((-0.5, 3.0, 0.0), abs=1e-9)
    bent = fitted_rate(n, 3 * n**-0.5 * np.array([1.0, 10.0, 1.0]))  # 1/3, -2/3, 1/3 off
    assert bent.exponent == pytest.approx(-0.5) and bent.error == pytest.approx(2 / 3)


@pytest.mark.parametrize("classes", [(0, 0, 0, 0), (0, 1, 0, 1)])
def test_announcements_near_the_truth(classes):
    """Item by item: the truth while the frequencies permit it, then in the other items what is left over, lowest first."""
    rng = np.random.default_rng(3)
    kinds = max(classes) + 1
    problem = from_tables(*rng.uniform(0, 4, (2, kinds, 2, 3)), classes=classes, items=4)
    session = Session(problem, Frequency(), (RubinsteinDemand(), RubinsteinDemand()))
    view = session.table(1, np.arange(60)).view(session.situations[0], slice(None))
    counts = np.stack([np.bincount(3 * np.array(classes) + rng.integers(0, 3, 4), minlength=3 * kinds) for _ in range(60)])
    for own, row, told in zip(view.types, counts, announce_near(view, counts), strict=True):
        expected, left = [None] * 4, row.copy()
        for k, t in enumerate(own):
            if left[3 * classes[k] + t] > 0:
                left[3 * classes[k] + t] -= 1
                expected[k] = int(t)
        for k in range(4):
            if expected[k] is None:
                expected[k] = next(t for t in range(3) if left[3 * classes[k] + t] > 0)
                left[3 * classes[k] + expected[k]] -= 1
        assert told.tolist() == expected
