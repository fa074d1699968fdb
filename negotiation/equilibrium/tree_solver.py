"""Equilibria of the trembling game on a tree (file 004, Section 5.3).

Every action has at least its part of the trembles, so every history is reached and Bayes' rule applies everywhere: a profile is
an equilibrium when no information set has a better action, and the gain of a whole new strategy, from any information set on,
is measured and reported, whatever the method. Methods, tried in turn until the gain is within the tolerance:

1. regret matching, 30 iterations, with best replies taken from time to time (``regret_matching``, ``tie_rules``): finds
   equilibria in pure strategies in a moment;
2. the path of smoothed equilibria from the start (``tree_path``): finds mixed ones, to any precision;
3. regret matching for long, then the path from where it ended.

Equilibria are many: which one is found depends on the start and on how ties are broken. ``equilibria`` lists those found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from negotiation.equilibrium.outcomes_on_tree import Outcome, outcome
from negotiation.equilibrium.profiles import checked, random, uniform
from negotiation.equilibrium.regret_matching import match_regrets
from negotiation.equilibrium.tie_rules import TIES, check_tie, reluctance, sharpener
from negotiation.equilibrium.tree_newton import newton_size
from negotiation.equilibrium.tree_passes import Passes, passes, played
from negotiation.equilibrium.tree_path import follow
from negotiation.equilibrium.trees import CHANCE, Floats, GameTree, Profile
from negotiation.equilibrium.values import evaluate
from negotiation.errors import CannotPlay, InputError
from negotiation.problem import PLAYERS

Start = str | int | Sequence[Floats]
METHODS = ("auto", "regret matching", "path")
TOLERANCE = 1e-7  # gain at which a method is done, as a share of the surplus
SHORT, LONG = 30, 100_000  # iterations of regret matching to begin with, and at most
MIXED_IN = 0.05  # part of the uniform profile in a start that is a profile
FAVOUR = 0.5  # indifferent movers' odds of the disfavoured action fall like the square root of mu
NEWTON_LIMIT = 30_000_000  # numbers in the largest array of a Newton step


@dataclass(frozen=True, eq=False)
class TreeSolution:
    """The best profile found, as played (trembles included), and how far from equilibrium it is.

    ``gains[i]`` (T_i,) is the most that player i of each type gains by a new strategy from any of its information sets on,
    reached or not, under Bayes' beliefs: utils of the stage at which the information set stands (0 at later stages where the
    discount factor is 0), as a share of the largest surplus. ``iterations`` counts those of all methods tried, ``method`` names
    the one that found the profile. ``found_by`` lists the (start, tie rule) pairs that led to this outcome, where several were
    tried. Rules for ties hold in what sharpening and the path find; long regret matching leaves indifferent movers as they
    are."""

    tree: GameTree
    profile: Profile
    gains: tuple[Floats, Floats]
    method: str
    iterations: int
    seconds: float
    tie: str
    start: str
    outcome: Outcome
    found_by: tuple[tuple[str, str], ...]

    @property
    def gain(self) -> float:
        """The largest gain of any player, type and information set, as a share of the largest surplus."""
        return float(max(g.max() for g in self.gains))

    def __str__(self) -> str:
        gains = ", ".join(
            f"{PLAYERS[i]} {self.tree.describe_type(i, t)}: {g:.1e}" for i in (0, 1) for t, g in enumerate(self.gains[i])
        )
        found = "; ".join(f"start {start}, ties {tie}" for start, tie in self.found_by)
        return (
            f"found by {self.method} in {self.iterations} iterations, {self.seconds:.2f} s (from: {found})\n"
            f"largest gain {self.gain:.1e} of the surplus ({gains}); beyond the horizon: {self.tree.continuation.name}\n"
            f"{self.outcome}"
        )


def largest_gains(tree: GameTree, profile: Profile) -> tuple[Floats, Floats]:
    """The largest gain of each player's types over all their information sets, (T_a,) and (T_b,): see ``TreeSolution``."""
    values = evaluate(tree, profile)
    gains = [np.zeros(len(t)) for t in tree.types]
    for layer in tree.layers:
        if layer.player != CHANCE:
            i = layer.player
            gain = (values.best[i][layer.histories] - values.value[i][layer.histories]).max(axis=0)
            unit = tree.problem.discount[i] ** layer.stage or 1.0
            gains[i] = np.maximum(gains[i], gain / (unit * tree.scale))
    return gains[0], gains[1]


def solve_tree(
    tree: GameTree,
    *,
    start: Start = "uniform",
    seed: int = 0,
    tie: str = "uniform",
    method: str = "auto",
    tolerance: float = TOLERANCE,
    seconds: float = 60.0,
) -> TreeSolution:
    """An equilibrium of the trembling game on ``tree``, or the best profile found, with its gains.

    ``start`` is "uniform", "random" (by ``seed``; an integer means random with that seed) or a profile. ``tie`` says how
    indifferent responders choose: "uniform", "accept" or "refuse". ``method`` is one of METHODS; "auto" stops at the first
    whose gain is at most ``tolerance`` (share of the surplus), or after about ``seconds``. Decisions that do not tremble are
    solved with trembles of 1e-10, which sets the beliefs there. Raises InputError for an unknown start, rule or method,
    CannotPlay where the path is asked for and the tree is too large for it."""
    if method not in METHODS:
        raise InputError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
    check_tie(tie)
    begun = perf_counter()
    name, weight = _start(tree, start, seed)
    run = _Run(passes(tree), tie, tolerance, begun + seconds)
    if method == "auto":
        small = newton_size(run.p) <= NEWTON_LIMIT
        if small:
            run.regret_matching(weight, "regret matching", seconds / 4, SHORT, ruled=tie != "uniform")
        else:
            run.regret_matching(weight, "regret matching", seconds, LONG)
        if small and not (run.done and run.meant):
            run.path(weight, "path", 0.75 * seconds)
        if small and not run.done:
            run.regret_matching(weight, "long regret matching", seconds / 8, LONG)
            run.path(_mixed(tree, run.meant), "path from regret matching", seconds)
    elif method == "path":
        run.path(weight, "path", seconds)
    else:
        run.regret_matching(weight, "regret matching", seconds, LONG)
    return TreeSolution(
        tree=tree,
        profile=run.profile,
        gains=run.gains,
        method=run.method,
        iterations=run.iterations,
        seconds=perf_counter() - begun,
        tie=tie,
        start=name,
        outcome=outcome(tree, run.profile),
        found_by=((name, tie),),
    )


def equilibria(
    tree: GameTree,
    *,
    starts: Sequence[Start] = ("uniform", 0, 1, 2),
    ties: Sequence[str] = TIES,
    method: str = "auto",
    tolerance: float = TOLERANCE,
    seconds: float = 60.0,
    apart: float = 1e-3,
) -> list[TreeSolution]:
    """What several starts and tie rules lead to, one solution for each outcome, those with the smallest gains within the
    tolerance first; the others follow, by their gains: they are not equilibria to that precision.

    Outcomes are the same where no agreement's probability, given types, differs by more than ``apart``. ``seconds`` is for
    each run. Each is the first within the tolerance, and says in ``found_by`` which starts and rules select it. There may be
    others that no start led to."""
    found: list[TreeSolution] = []
    for tie in ties:
        for start in starts:
            new = solve_tree(tree, start=start, tie=tie, method=method, tolerance=tolerance, seconds=seconds)
            same = next((k for k, old in enumerate(found) if old.outcome.distance(new.outcome) <= apart), None)
            if same is None:
                found.append(new)
            else:
                old = found[same]
                best = new if new.gain < old.gain and old.gain > tolerance else old
                found[same] = replace(best, found_by=old.found_by + new.found_by)
    return sorted(found, key=lambda solution: max(solution.gain, tolerance))


def _start(tree: GameTree, start: Start, seed: int) -> tuple[str, Profile]:
    """The name of a start and its profile, all of whose probabilities are positive."""
    if isinstance(start, str):
        if start == "uniform":
            return start, uniform(tree)
        if start != "random":
            raise InputError(f'start: expected "uniform", "random", a seed or a profile, got {start!r}')
        start = seed
    if isinstance(start, int | np.integer):
        return f"random {start}", _mixed(tree, random(tree, np.random.default_rng(int(start))))
    return "profile", _mixed(tree, checked(tree, start))


def _mixed(tree: GameTree, profile: Profile) -> Profile:
    return [(1 - MIXED_IN) * s + MIXED_IN * u for s, u in zip(profile, uniform(tree), strict=True)]


class _Run:
    """The best profile so far, and the methods that may better it."""

    def __init__(self, p: Passes, tie: str, tolerance: float, until: float) -> None:
        self.p, self.tie, self.tolerance, self.until = p, tie, tolerance, until
        self.iterations, self.method, self.best = 0, "none", np.inf
        self.meant: Profile = []
        self.profile: Profile = []
        self.gains: tuple[Floats, Floats] = (np.zeros(0), np.zeros(0))

    @property
    def done(self) -> bool:
        return self.best <= self.tolerance or perf_counter() >= self.until

    def left(self, seconds: float) -> float:
        return max(min(seconds, self.until - perf_counter()), 0.0)

    def regret_matching(self, weight: Profile, name: str, seconds: float, iterations: int, ruled: bool = False) -> None:
        """With ``ruled`` what was not sharpened, hence need not follow the tie rule, is passed over."""
        probe = sharpener(self.p, weight, self.tie)
        found = match_regrets(self.p, weight, probe=probe, iterations=iterations, seconds=self.left(seconds))
        self.iterations += found.iterations
        if found.sharp or not ruled:
            self.offer(found.meant, name)

    def path(self, weight: Profile, name: str, seconds: float) -> None:
        if newton_size(self.p) > NEWTON_LIMIT:
            raise CannotPlay(f"path: the tree is too large, a step needs arrays of {newton_size(self.p):,} numbers")
        probe = sharpener(self.p, weight, self.tie)
        favour = [FAVOUR * dislike for dislike in reluctance(self.p, self.tie)]
        found = follow(self.p, weight, favour, probe=probe, seconds=self.left(seconds))
        self.iterations += found.steps
        self.offer(found.meant, name)

    def offer(self, meant: Profile, name: str) -> None:
        """Keep the profile if its largest gain is the least so far; decisions that do not tremble are also tried without the
        trembles that the solver gave them."""
        tree, sigma = self.p.tree, [s.copy() for s in played(self.p, meant)]
        for exact in (False, True):
            if exact:
                if all(layer.tremble > 0 or layer.player == CHANCE for layer in tree.layers):
                    return
                sigma = [s if layer.tremble > 0 else _rounded(m) for layer, s, m in zip(tree.layers, sigma, meant, strict=True)]
            gains = largest_gains(tree, sigma)
            largest = max(float(g.max()) for g in gains)
            if largest < self.best:
                self.best, self.gains, self.method = largest, gains, name
                self.meant, self.profile = list(meant), sigma


def _rounded(meant: Floats) -> Floats:
    kept = np.where(meant < 1e-6, 0.0, meant)
    rounded: Floats = kept / kept.sum(axis=1, keepdims=True)
    return rounded
