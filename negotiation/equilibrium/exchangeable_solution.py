"""Solve the exchangeable game of a protocol for many items, and say what the solution is worth and how far it is from
equilibrium.

    from negotiation import Grid, exchange
    from negotiation.equilibrium import solve_exchangeable
    from protocols import Frequency

    solution = solve_exchangeable(exchange(1024), Frequency(), tremble=0.1 / 1024, grid=Grid(0, 10240, 1))
    print(solution)

To play a solution, a player keeps two numbers in memory, -1 at the start: what it has ``heard``, and what it has ``said`` to
the other, numbers of frequencies. With own = solution.number(player, counts):

- its demand is solution.demand_of(player, own, heard), and it accepts what it expects to give solution.reserve_of(player, own);
- hearing an offer (counts, v):   heard = solution.hear(1 - player, counts, v, said, heard);
- after its own offer, trembled or not:   said = solution.hear(player, counts, v, heard, said).

Where types are announced, ``surplus`` is passed too: what the types that were heard come to together with one's own, and a
third number in memory holds it.

All are NumPy functions of arrays with a row for each negotiation.   Source: file 004, Theorem 3."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium.exchangeable import ExchangeableGame
from negotiation.equilibrium.exchangeable_gain import Gain, gains
from negotiation.equilibrium.exchangeable_seen import ListedDeals
from negotiation.equilibrium.exchangeable_solver import profile_values, residuals, setting, solve_profile, swapped, work_out
from negotiation.equilibrium.exchangeable_unseen import TableDeals
from negotiation.errors import CannotPlay, InputError
from negotiation.problem import PLAYERS, Problem
from negotiation.protocol import Grid, Protocol

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SMALL = 1e-3  # of the first best, a gain that asks for no other floor


@dataclass(frozen=True, eq=False)
class ExchangeableSolution:
    """A profile of simple strategies by frequencies, and what it does. Pairs are (Alice's, Bob's); payoffs are time-0 utils
    before types are drawn; only frequencies with prior at least 1e-13 are kept.

    ``counts`` (kept, classes * types), ``prior`` (kept,), ``demand`` (kept,): utils, before anything is heard, ``reserve``
    (kept,); ``payoff``, ``first_best``, ``efficiency`` = sum of payoffs / first best; ``agreement``: the probability of a deal
    at stage 0; ``ratios``: payoffs over Rubinstein shares of the expected first best (NaN for a share of 0). ``gain_first``:
    Alice's and Bob's gains (kept,) from the best reply at the start, before anything is heard, and ``gains`` those at the
    information sets on the path: upper bounds, utils. ``residual``: of the fixed point, prior-weighted and largest, utils.
    ``exact``: whether surplus laws were summed; if not, ``shortfall`` bounds the probability that the surplus of the first
    offer falls short of its demand, which is neglected. ``neglected``: a bound, utils, on the effect of trembling offers that
    by chance look intended."""

    game: ExchangeableGame
    tremble: float
    kept: tuple[Ints, Ints]
    counts: tuple[Ints, Ints]
    prior: tuple[Floats, Floats]
    demand: tuple[Floats, Floats]
    reserve: tuple[Floats, Floats]
    floor: float
    payoff: tuple[float, float]
    first_best: float
    agreement: float
    ratios: tuple[float, float]
    gain_first: tuple[Floats, Floats]
    gains: tuple[Gain, ...]
    iterations: int
    residual: tuple[float, float]
    exact: bool
    shortfall: float
    neglected: float

    @property
    def efficiency(self) -> float:
        return sum(self.payoff) / self.first_best

    @property
    def gain(self) -> float:
        """The larger of the players' gains from deviating at the start, prior-weighted, as a share of the expected first
        best."""
        return max(float(p @ g) for p, g in zip(self.prior, self.gain_first, strict=True)) / self.first_best

    def number(self, player: int, counts: NDArray[np.integer]) -> Ints:
        """The numbers (R,) of frequencies among those kept, of counts (R, classes * types); the nearest one for those left
        out."""
        kinds, width = len(self.game.sizes), self.game.frequencies_of(player).shape[2]
        flat = np.asarray(counts, dtype=np.int64).reshape(len(counts), kinds, -1)[:, :, :width].reshape(len(counts), -1)
        found, inverse = np.unique(flat, axis=0, return_inverse=True)
        place = [int(np.abs(self.counts[player] - row).sum(axis=1).argmin()) for row in found]
        return np.asarray(place, dtype=np.int64)[inverse.ravel()]

    def reserve_of(self, player: int, own: Ints) -> Floats:
        """The least expected payoffs (R,) at which to accept, utils."""
        return self.reserve[player][own]

    def demand_of(self, player: int, own: Ints, heard: Ints, surplus: Floats | None = None) -> Floats:
        """The demands (R,) with own frequencies numbers (R,), having heard those numbers (R,), -1 for nothing; utils.
        ``surplus`` (R,): what the types heard come to with one's own, where types are announced."""
        grid, game, other = self.game.grid, self.game, np.maximum(heard, 0)
        if surplus is None or not game.seen:
            surplus = self.expected(player, own, other)
        most = np.floor((surplus - self.reserve[1 - player][other] + game.slack - grid.low) / grid.step)
        least = np.ceil((self.floor * self.reserve[player][own] - game.slack - grid.low) / grid.step)
        known = grid.low + grid.step * np.clip(np.maximum(most, least), 0, grid.count - 1)
        return np.where(heard < 0, self.demand[player][own], known)

    def expected(self, player: int, own: Ints, other: Ints) -> Floats:
        """S (R,): the surplus to expect of own frequencies numbers (R,) and the other's (R,), utils."""
        game = self.game
        mine = game.frequencies_of(player)[self.kept[player][own]]
        theirs = game.frequencies_of(1 - player)[self.kept[1 - player][other]]
        per_item = game.best(player) / np.maximum(game.sizes, 1)[:, None, None]
        return np.asarray(np.einsum("rch,chl,rcl->r", mine, per_item, theirs, optimize=True), dtype=np.float64)

    def hear(
        self,
        proposer: int,
        counts: NDArray[np.integer],
        demand: Floats,
        heard: Ints,
        before: Ints,
        surplus: Floats | None = None,
    ) -> Ints:
        """What an offer of counts (R, classes * types) with a demand (R,) says (R,): the number of the announced frequency
        where a proposer with it, who has ``heard`` so much, makes this offer; elsewhere what was known ``before``. ``surplus``
        (R,): what the announced types come to with the responder's, where types are announced."""
        announced = self.number(proposer, counts)
        kinds, width = len(self.game.sizes), self.game.frequencies_of(proposer).shape[2]
        said = np.asarray(counts).reshape(len(counts), kinds, -1)[:, :, :width].reshape(len(counts), -1)
        kept = (self.counts[proposer][announced] == said).all(axis=1)
        close = np.abs(demand - self.demand_of(proposer, announced, heard, surplus)) <= self.game.grid.step / 2
        return np.where(kept & close, announced, before)

    def __str__(self) -> str:
        n, size = self.game.problem.n, 100 / self.first_best
        lines = [
            f"{self.game.name}, {self.game.problem.name}, {n} items, tremble {self.tremble:g}, demands in steps of "
            f"{self.game.grid.step:g}: simple strategies by frequency ({', '.join(str(len(k)) for k in self.kept)} kept)",
            f"  efficiency {self.efficiency:.6f} of {self.first_best:g} utils; agreement at stage 0 {self.agreement:.6f}",
        ]
        for i, player in enumerate(PLAYERS):
            at, gain = int(self.prior[i].argmax()), float(self.prior[i] @ self.gain_first[i])
            lines.append(
                f"  {player}: payoff {self.payoff[i]:.6g} utils, {self.ratios[i]:.6f} of the Rubinstein share; the likeliest "
                f"frequency demands {self.demand[i][at]:g} and accepts {self.reserve[i][at]:.6g}; gain from deviating at most "
                f"{gain:.3g} utils ({size * gain:.2g} %)"
            )
        lines.append(
            "  gains on the path, utils: at most, at least (one-shot), largest of likely frequencies; chance to get there"
        )
        for row in self.gains:
            lines.append(f"    {row.where:<24}{row.mean:10.4g}{row.one_shot:10.4g}{row.largest:10.4g}{row.reached:10.4g}")
        how = "exact"
        if self.game.seen and not self.exact:
            how = "taken as normal"
        elif not self.exact:
            how = f"at its mean (falls short of the first demand with probability at most {self.shortfall:.2g})"
        lines.append(
            f"  {self.iterations} iterations, residual {self.residual[0]:.2g} utils (largest {self.residual[1]:.2g}); surplus "
            f"given frequencies: {how}; trembles that look intended: neglected, at most {self.neglected:.2g} utils"
        )
        return "\n".join(lines)


@dataclass(frozen=True)
class Rate:
    """A power law c n^exponent fitted by least squares to logarithms; ``error``: the largest absolute residual of log10."""

    exponent: float
    constant: float
    error: float

    def __str__(self) -> str:
        return f"{self.constant:.3g} n^{self.exponent:.3f} (beside n^-0.5; off by a factor of at most {10**self.error:.3g})"


def solve_exchangeable(
    problem: Problem,
    protocol: Protocol,
    *,
    tremble: float,
    grid: Grid | None = None,
    floor: float | None = None,
    level: float = 1e-4,
    tolerance: float = 1e-6,
    iterations: int = 200,
) -> ExchangeableSolution:
    """Solve the exchangeable game that the protocol declares (``Protocol.exchangeable``), alternating offers without a horizon.

    ``grid``: the demands, by default the protocol's. ``floor``: see ``Profile``; by default 0.9, or 1 where that leaves less to
    gain (not tried where gains are below a thousandth of the first best, or the surplus is seen). ``level``: the prior from
    which frequencies count for the largest gain. ``tolerance``: of the fixed point, as a share of the expected first best.
    Raises CannotPlay where the protocol, the prior or the size does not fit, InputError for bad options."""
    if protocol.order != "alternating":
        raise CannotPlay(
            f"{protocol.name}: the exchangeable game is solved for alternating offers, not for order {protocol.order!r}"
        )
    game = protocol.exchangeable(problem, grid)
    if floor is None:
        first = _solve(game, tremble, 0.9, level, tolerance, iterations)
        if game.seen or first.gain <= SMALL:
            return first
        return min(first, _solve(game, tremble, 1.0, level, tolerance, iterations), key=lambda found: found.gain)
    if not 0 <= floor <= 1:
        raise InputError(f"floor: expected a share, got {floor!r}")
    return _solve(game, tremble, floor, level, tolerance, iterations)


def _solve(
    game: ExchangeableGame, tremble: float, floor: float, level: float, tolerance: float, iterations: int
) -> ExchangeableSolution:
    at = setting(game, tremble)
    best = float(at.prior[0] @ at.deals[0].surplus[at.kept[0]] @ at.prior[1])
    profile, done = solve_profile(at, floor=floor, tolerance=tolerance * best, iterations=iterations)
    play = work_out(at, profile)
    values = profile_values(at, play)
    rows, before = gains(at, profile, play, values, level)
    alice, bob = values.offer[0, 0, 0], swapped(values.reply[1, 0, 0])
    payoff = at.mean(alice), at.mean(bob)
    share = rubinstein_shares(game.discount)
    demand = at.deals[0].demand(profile.demand[0]), at.deals[1].demand(profile.demand[1])
    deal = (1 - tremble) * play.offers[0][0].sure + tremble * play.mean[0].sure[None, :, None]

    def ratio(paid: float, part: float) -> float:
        return paid / (float(part) * best) if part > 0 else float("nan")

    exact = isinstance(at.deals[0], TableDeals | ListedDeals)
    short = 0.0 if exact or game.seen else at.mean(game.shortfall(0, at.kept[0], at.kept[1], demand[0])[..., None])
    return ExchangeableSolution(
        game=game,
        tremble=tremble,
        kept=at.kept,
        counts=(game.counts[0][at.kept[0]], game.counts[1][at.kept[1]]),
        prior=at.prior,
        demand=demand,
        reserve=profile.reserve,
        floor=floor,
        payoff=payoff,
        first_best=best,
        agreement=at.mean(deal),
        ratios=(ratio(payoff[0], share.offering[0]), ratio(payoff[1], share.answering[1])),
        gain_first=(rows[0].by_frequency, before),
        gains=tuple(rows),
        iterations=done,
        residual=residuals(at, profile, values),
        exact=exact,
        shortfall=short,
        neglected=tremble / game.grid.count * game.problem.largest_surplus / (1 - max(game.discount)),
    )


def fitted_rate(items: Sequence[float], inefficiency: Sequence[float]) -> Rate:
    """The power of n with which inefficiency falls. Raises InputError unless there are two sizes or more, all numbers
    positive."""
    n, y = np.asarray(items, dtype=float), np.asarray(inefficiency, dtype=float)
    if n.shape != y.shape or n.ndim != 1 or len(set(n.tolist())) < 2 or n.min() <= 0 or not y.min() > 0:
        raise InputError("fitted_rate: expected at least two different sizes, and a positive inefficiency for each")
    slope, intercept = np.polyfit(np.log10(n), np.log10(y), 1)
    off = np.log10(y) - (slope * np.log10(n) + intercept)
    return Rate(float(slope), float(10**intercept), float(np.abs(off).max()))
