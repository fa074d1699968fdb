"""Equilibria in beliefs of alternating price offers for one item, with trembles: small type spaces, long horizons.

The state of play is the stage t and a public belief about each player's type; offers, replies, and what they are worth depend
on nothing else (Markov). Beliefs follow Bayes' rule from the policy with its trembles (Section 5.3.1 of file 004: an intended
action with probability 1 - gamma, else a uniform offer, or acceptance and rejection with 1/2 each). The game is solved
backwards from a horizon of T offers, after which nothing is agreed: by then payoffs are discounted by delta^T, which is what
a longer game could add to any payoff at the start, times the largest surplus (``truncation``). Where the policies repeat
every p stages (``repeats``) they are an equilibrium of the game without a horizon too.

What is approximate. Beliefs are held on a lattice (``belief_grid``); one that falls between its points is replaced by a
public lottery over the corners of its cell. Lotteries make payoffs continuous in beliefs, so that every stage game has an
equilibrium where values jump in beliefs, as they do; and they stand for mixing that a finer lattice would show. Two errors
remain: the gains in the stage games (``stage_gain``), and the difference between the lattice point played at and the belief
that Bayes' rule gives. ``unrolled`` measures both, by the gain from the best trembling reply at every history of the first
offers under exact Bayes beliefs. The second error adds up over stages: at histories that take unlikely lotteries several
times, deeper in the tree, gains are larger (for one rug with two types each, discount factors of 0.9 and 44 stages, 0.7% of
the largest surplus with four offers and 3% with five; with 43 stages 1.7% with four; ``unrolled_gain`` says how much). Play
that rounds beliefs to the nearest point instead of by lottery is no equilibrium: gains reach a sixth of the surplus.

Equilibria are many. Which one is found depends on who makes the last offer (the parity of ``horizon``), on ties (accepted),
and on the order in which the stage solver looks for profiles. With several items and independent priors, playing each item by
such an equilibrium is one equilibrium of item-by-item negotiation (the payoffs add and no item's play informs about another's
type); others, in which items are linked, may exist."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.belief_bargain import Bargain, bargain_of
from negotiation.equilibrium.belief_grid import BeliefGrid
from negotiation.equilibrium.belief_stage import StagePolicy, solve_stage
from negotiation.equilibrium.unrolled import UnrolledGain, unrolled_gain
from negotiation.errors import InputError
from negotiation.problem import PLAYERS, Problem
from negotiation.protocol import Grid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class PublicBelief(NamedTuple):
    """The state of play: the stage, and the lattice points (Alice's types, Bob's types) that stand for the public belief."""

    stage: int
    alice: int
    bob: int

    def moved(self, player: int, point: int, stage: int) -> "PublicBelief":
        return PublicBelief(stage, point, self.bob) if player == 0 else PublicBelief(stage, self.alice, point)


class PolicyAt(NamedTuple):
    """Play at a belief, averaged over its lottery: intended ``offers`` (T_i, m) and ``accept`` (T_j, m), trembles left out;
    beliefs ``after_offer`` (m, T_i) and ``after_rejection`` (m, T_j), trembles included; ``values`` by type, utils."""

    offers: Floats
    accept: Floats
    after_offer: Floats
    after_rejection: Floats
    values: tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class MarkovEquilibrium:
    """An approximate equilibrium in beliefs: the policy, what it is worth, and how far it is from an equilibrium.

    ``offers`` (m, 2): choice number and transfer of each offer; ``stages``: the policy of each stage (the first is 0);
    ``unrolled``: the gain on the tree of the first offers; ``stage_gain``: the largest gain in a stage game at any lattice
    point of any stage, utils; ``truncation``: delta^T times the largest surplus, utils; ``repeats``: the least even number p of
    stages after which values come back, 0 if none up to 12 does; ``residual``: how far values at stage p (2 if none) are
    from those at stage 0, the largest over lattice points, utils; ``scale``: the largest surplus."""

    problem: Problem
    bargain: Bargain
    offers: Floats
    stages: tuple[StagePolicy, ...]
    unrolled: UnrolledGain
    stage_gain: float
    truncation: float
    repeats: int
    residual: float
    scale: float

    @property
    def grids(self) -> tuple[BeliefGrid, BeliefGrid]:
        return self.bargain.grids

    @property
    def horizon(self) -> int:
        return len(self.stages)

    @property
    def start(self) -> PublicBelief:
        """The prior at stage 0."""
        return PublicBelief(0, self.grids[0].start, self.grids[1].start)

    def values_at_start(self) -> tuple[Floats, Floats]:
        """What the types of each player expect at the prior, utils, shapes (T_a,) and (T_b,)."""
        at = self.start
        return tuple(v[:, at.alice, at.bob] for v in self.stages[0].value)  # type: ignore[return-value]

    def values_over(self, player: int, stage: int = 0) -> tuple[Floats, Floats, Floats]:
        """Values over beliefs about ``player``'s type, the other's at the prior: beliefs (points, T) and what Alice's and Bob's
        types expect, (T_a, points) and (T_b, points), utils of the stage."""
        at, values = self.start, self._stage(PublicBelief(stage, 0, 0)).value
        cut = [v[:, :, at.bob] if player == 0 else v[:, at.alice] for v in values]
        return self.grids[player].beliefs, cut[0], cut[1]

    def propose(self, at: PublicBelief) -> Floats:
        """Intended probabilities of offers by type of the proposer of the stage, (T_i, m)."""
        stage = self._stage(at)
        own, their = self._points(at, stage.proposer)
        return stage.offers(their, own)

    def accept(self, at: PublicBelief, offer: int) -> Floats:
        """Intended probabilities of accepting by type of the responder, (T_j,); ``at`` is the belief after the offer."""
        stage = self._stage(at)
        own, their = self._points(at, stage.proposer)
        return stage.acceptance(offer, own, their)

    def after_offer(self, at: PublicBelief, offer: int) -> list[tuple[PublicBelief, float]]:
        """The public lottery over beliefs once ``offer`` is made: (state, probability)."""
        i = self._stage(at).proposer
        act = self.bargain.tremble / len(self.offers) + (1 - self.bargain.tremble) * self.propose(at)[:, offer]
        return self._lottery(at, i, act, at.stage)

    def after_rejection(self, at: PublicBelief, offer: int) -> list[tuple[PublicBelief, float]]:
        """The public lottery over the next stage's beliefs once ``offer`` is rejected; ``at`` is the belief after the offer."""
        j = 1 - self._stage(at).proposer
        act = self.bargain.tremble / 2 + (1 - self.bargain.tremble) * (1 - self.accept(at, offer))
        return self._lottery(at, j, act, at.stage + 1)

    def move(self, stage: int, points: tuple[Ints, Ints], offer: Ints, rejected: bool, lot: Floats) -> tuple[Ints, Ints]:
        """Lattice points after offers (R,), or after they were ``rejected``, in R negotiations at the same stage.

        ``points``: the lattice points (R,) of Alice's and Bob's types before; ``lot`` (R,): public uniforms in [0, 1)."""
        there = self._stage(PublicBelief(stage, 0, 0))
        i, gamma = there.proposer, self.bargain.tremble
        mover = 1 - i if rejected else i
        if rejected:
            act = gamma / 2 + (1 - gamma) * (1 - there.acceptance(offer, points[i], points[1 - i]))
        else:
            intended = there.offers(points[1 - i], points[i])
            act = gamma / len(self.offers) + (1 - gamma) * intended[:, np.arange(len(offer)), offer]
        grid = self.grids[mover]
        spot = grid.corners(grid.odds(grid.beliefs[points[mover]] * act.T))
        chosen = (np.cumsum(spot.weight, axis=0) <= lot).sum(axis=0)
        chosen = np.minimum(chosen, len(spot.points) - 1)
        to = np.take_along_axis(np.stack(spot.points), chosen[None], axis=0)[0]
        return (to, points[1]) if mover == 0 else (points[0], to)

    def policy(self, stage: int, beliefs: tuple[Floats, Floats]) -> PolicyAt:
        """Play at any beliefs (T_a,), (T_b,) about Alice's and Bob's types, on the lattice or between its points."""
        for name, grid, b in zip(PLAYERS, self.grids, beliefs, strict=True):
            if np.shape(b) != (grid.types,) or np.min(b) < 0 or abs(np.sum(b) - 1) > 1e-9:
                raise InputError(f"beliefs about {name}: expected {grid.types} probabilities that sum to 1, got {b}")
        there = self._stage(PublicBelief(stage, 0, 0))
        i, gamma = there.proposer, self.bargain.tremble
        j = 1 - i
        spots = [grid.corners(grid.odds(np.asarray(b, dtype=float))) for grid, b in zip(self.grids, beliefs, strict=True)]
        cells = [
            (int(a), int(b), float(u * w))
            for a, u in zip(spots[0].points, spots[0].weight, strict=True)
            for b, w in zip(spots[1].points, spots[1].weight, strict=True)
        ]
        pairs = [((a, b) if i == 0 else (b, a), w) for a, b, w in cells]
        offers = sum(w * there.offers(y, x) for (x, y), w in pairs)
        news = np.asarray(beliefs[i])[:, None] * (gamma / len(self.offers) + (1 - gamma) * np.asarray(offers))
        news = (news / news.sum(axis=0)).T
        accept = np.zeros((self.grids[j].types, len(self.offers)))
        spot = self.grids[i].corners(self.grids[i].odds(news))
        numbers = np.arange(len(self.offers))
        for x, u in zip(spot.points, spot.weight, strict=True):
            for y, w in zip(spots[j].points, spots[j].weight, strict=True):
                accept += u * w * there.acceptance(numbers, x, np.full(len(numbers), y))
        left = np.asarray(beliefs[j])[:, None] * (gamma / 2 + (1 - gamma) * (1 - accept))
        values = tuple(np.asarray(sum(w * v[:, a, b] for a, b, w in cells)) for v in there.value)
        return PolicyAt(np.asarray(offers), accept, news, (left / left.sum(axis=0)).T, (values[0], values[1]))

    def _stage(self, at: PublicBelief) -> StagePolicy:
        if at.stage < len(self.stages):
            return self.stages[at.stage]
        if self.repeats:
            return self.stages[at.stage % self.repeats]
        raise InputError(f"stage: expected one of 0 to {len(self.stages) - 1}, the horizon of the solution, got {at.stage}")

    def _points(self, at: PublicBelief, i: int) -> tuple[int, int]:
        return (at.alice, at.bob) if i == 0 else (at.bob, at.alice)

    def _lottery(self, at: PublicBelief, player: int, act: Floats, stage: int) -> list[tuple[PublicBelief, float]]:
        grid = self.grids[player]
        belief = grid.beliefs[at[1 + player]] * act
        spot = grid.corners(grid.odds(belief))
        found = zip(spot.points, spot.weight, strict=True)
        return [(at.moved(player, int(k), stage), float(w)) for k, w in found if w > 0]

    def __str__(self) -> str:
        values = [", ".join(f"{t}: {v:.3f}" for t, v in zip(labels, row, strict=True)) for labels, row in self._by_type()]
        share = 100 * self.unrolled.gain / self.scale
        lines = [
            f"Markov equilibrium in beliefs: {self.problem.name}, {len(self.offers)} offers, tremble {self.bargain.tremble:g}",
            f"  Alice expects {values[0]}; Bob expects {values[1]} (by type, utils)",
            f"  gain from deviating, tree of {len(self.unrolled.by_stage)} offers ({self.unrolled.nodes:,} histories): at most "
            f"{self.unrolled.gain:.4f} utils, {share:.2f}% of the largest surplus; in a stage game {self.stage_gain:.4f}",
            f"  {self.horizon} stages; a longer game adds at most {self.truncation:.4f} utils; "
            + (f"repeats every {self.repeats} stages" if self.repeats else "does not repeat")
            + f" (values differ by {self.residual:.4f})",
            f"  approximate: {self.grids[0].points} x {self.grids[1].points} lattice of beliefs, public lotteries between them",
        ]
        return "\n".join(lines)

    def _by_type(self) -> list[tuple[tuple[float | str, ...], Floats]]:
        return list(zip(self.problem.types, self.values_at_start(), strict=True))


def markov_equilibrium(
    problem: Problem,
    grid: Grid,
    tremble: float,
    *,
    horizon: int | None = None,
    first: int = 0,
    fineness: float | None = None,
    widest: float | None = None,
    reach: float | None = None,
    tol: float = 5e-4,
    steps: int | None = None,
    unroll: int = 4,
) -> MarkovEquilibrium:
    """An approximate Markov equilibrium in beliefs of one item, with the gain from deviating from it.

    ``grid``: the transfers that offers may name, each with every choice but the null one; ``horizon``: the number of offers
    (default: until the more patient player discounts by 1%); ``first``: who offers first. ``fineness``, ``widest`` and
    ``reach`` (log odds) set the lattice of beliefs, see ``belief_grid``; ``tol``: stage games whose gain is within this
    share of the largest surplus are not improved further; ``steps`` of fictitious play at most (default 300, or 120 for more
    than two types against one); ``unroll``: offers in the tree that certifies the gain. Raises CannotPlay for more than one
    item, dependent types, types of probability 0, or more types than 3 against 1 or 2 against 2."""
    bargain, offers = bargain_of(problem, grid, tremble, fineness, widest, reach)
    patience = max(problem.discount)
    count = horizon if horizon is not None else max(unroll + 1, int(np.ceil(np.log(0.01) / np.log(max(patience, 1e-9)))))
    if count <= unroll or unroll < 1:
        raise InputError(f"horizon: expected more than the {unroll} offers that are unrolled, got {count}")
    if first not in (0, 1):
        raise InputError(f"first: expected 0 (Alice) or 1 (Bob), got {first}")
    scale = problem.largest_surplus
    budget = steps if steps is not None else 300 if sum(g.types for g in bargain.grids) <= 3 else 120
    shape = (bargain.grids[0].points, bargain.grids[1].points)
    after = (np.zeros((bargain.grids[0].types, *shape)), np.zeros((bargain.grids[1].types, *shape)))
    found: list[StagePolicy] = []
    for t in range(count - 1, -1, -1):
        stage = solve_stage(bargain, (t + first) % 2, after, found[-2] if len(found) > 1 else None, tol * scale, budget)
        found.append(stage)
        after = stage.value
    stages = tuple(reversed(found))
    apart = {p: _apart(stages[0], stages[p]) for p in range(2, min(13, count), 2)}
    repeats = next((p for p, d in apart.items() if d <= tol * scale), 0)
    return MarkovEquilibrium(
        problem,
        bargain,
        offers,
        stages,
        unrolled_gain(bargain, stages, unroll),
        max(max(float(s.offer_gain.max()), s.reply_gain) for s in stages),
        patience**count * scale,
        repeats,
        apart.get(repeats or 2, np.inf),
        scale,
    )


def _apart(one: StagePolicy, other: StagePolicy) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(one.value, other.value, strict=True))
