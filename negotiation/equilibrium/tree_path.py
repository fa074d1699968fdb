"""The path of smoothed equilibria of the trembling game, followed from a start to an equilibrium.

At every information set pi(a) (v - Q(a)) = mu w(a): see ``smoothed_play``. For large mu the only solution is pi = w, the start;
from there a path leads, generically, to an equilibrium of the trembling game as mu falls to 0. It may turn, so it is followed
by arc length, a predictor along the tangent and Newton's corrector (Allgower and Georg 1990); on a path mu falls where the
Jacobian's determinant has one sign and rises where it has the other, which says which way to go and shows most jumps between
paths. On the way it is followed loosely, to 3% of mu: on trees with thousands of information sets the path has as many small
folds, and skipping over some is what makes it passable. So no theorem promises the end; what is found is measured.
Another action gains at most mu at any information set, so the point at mu = 1e-9 is as good as exact.

Where a mover is exactly indifferent the path tends to w restricted to the best actions. ``favour`` makes w itself depend on mu,
w(a) (mu / (1 + mu))^favour(a): then indifferent movers choose, in the limit, the actions with the least favour number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from negotiation.equilibrium.smoothed_play import Products, split, unknowns
from negotiation.equilibrium.tree_newton import Step, newton
from negotiation.equilibrium.tree_passes import Passes, backward, forward, played
from negotiation.equilibrium.trees import CHANCE, Floats, Profile

FIRST, NEAR, LAST = 2.0, 0.03, 1e-9  # of mu, in shares of the surplus
FINE, STALLED = 1e-7, 1e-2  # below this mu steps shorter than this are given up
TURN = 0.2  # least cosine between successive tangents
LOOSE, TIGHT = 1e-3, 1e-13  # residuals: on the way at most this and 3% of mu, and at the end


@dataclass(frozen=True)
class Path:
    """The lowest point of a path: the probabilities meant, the mu reached (0: a best reply to itself), Newton steps taken."""

    meant: Profile
    mu: float
    steps: int


@dataclass(frozen=True, eq=False)
class Barrier:
    p: Passes
    weight: Sequence[Floats]
    favour: Sequence[Floats]

    def products(self, log_mu: float) -> Products:
        mu = np.exp(log_mu)
        small = np.log(mu / (1 + mu))
        c = [mu * w * np.exp(f * small) for w, f in zip(self.weight, self.favour, strict=True)]
        return Products(c, [x * (1 + f / (1 + mu)) for x, f in zip(c, self.favour, strict=True)])

    def step(self, x: Floats, log_mu: float) -> Step:
        with np.errstate(all="ignore"):  # a step too far may overflow: its residual then tells
            return newton(self.p, unknowns(self.p, x), self.products(log_mu))

    def meant(self, x: Floats, log_mu: float) -> Profile:
        c = self.products(log_mu).c
        found = []
        for part, z, product in zip(self.p.layers, unknowns(self.p, x).z, c, strict=True):
            if part.player == CHANCE:
                found.append(np.broadcast_to(part.layer.weight[:, None], part.shape).copy())
            else:
                pi = split(z, product)[0]
                found.append(pi / pi.sum(axis=1, keepdims=True))
        return found


def follow(
    p: Passes,
    weight: Sequence[Floats],
    favour: Sequence[Floats],
    *,
    first: float = FIRST,
    last: float = LAST,
    probe: Callable[[Profile], Profile | None] | None = None,
    steps: int = 2000,
    seconds: float = 60.0,
) -> Path:
    """Follow the path from ``weight`` (positive, summing to 1 over actions) until mu <= ``last``, or until it takes more Newton
    steps or seconds than allowed: the Path says how low it got. ``probe`` is shown the points with mu <= NEAR and may return
    an equilibrium nearby, which ends the path there."""
    until = perf_counter() + seconds
    barrier = Barrier(p, weight, favour)
    begun = _begin(barrier, float(np.log(first)))
    x, at, step, count = begun.x, begun.at, begun.step, begun.steps
    if step is None:
        return Path([w.copy() for w in weight], np.inf, count)
    ceiling = at + 2
    forwards = step.sign  # of the determinant where mu falls along the path; the other where it rises
    direction, rate = _unit(step.along, -1.0)
    length = 1.0 / abs(rate)
    bottom = float(np.log(last))
    lowest = (x, at)
    while at > bottom + 1e-6 and count < steps and perf_counter() < until and length > 1e-9:
        if length < STALLED and at < np.log(FINE):
            break  # rounding rules the steps
        if rate < 0:
            length = min(length, (at - bottom) / -rate)
        found = _correct(barrier, x, at, direction, rate, length, ceiling)
        count += found.steps
        if found.step is None:
            length /= 4
            continue
        ahead, speed = _unit(found.step.along, -1.0 if found.step.sign == forwards else 1.0)
        if ahead @ direction + speed * rate < TURN and length > 1e-6:
            length /= 4
            continue
        x, at, step, direction, rate = found.x, found.at, found.step, ahead, speed
        if at < lowest[1]:
            lowest = (x, at)
        if probe is not None and at < np.log(NEAR):
            sharp = probe(barrier.meant(x, at))
            if sharp is not None:
                return Path(sharp, 0.0, count)
        length *= 2 if found.steps <= 3 else 0.6 if found.steps >= 6 else 1.0
    x, at = lowest
    return Path(barrier.meant(_settle(barrier, x, at), at), float(np.exp(at)), count)


def _begin(barrier: Barrier, at: float) -> "_Corrected":
    """The solution at a mu so large that Newton's method finds it from the start itself; step None if there is none."""
    count = 0
    for _ in range(8):
        x = first_point(barrier.p, barrier.weight, barrier.products(at))
        for _ in range(20):
            try:
                step = barrier.step(x, at)
            except np.linalg.LinAlgError:
                break
            count += 1
            if step.residual < 1e-9:
                return _Corrected(step, x, at, count)
            if not step.residual < 1e3:
                break
            x = x + step.to
        at += 1.5
    return _Corrected(None, x, at, count)


def _settle(barrier: Barrier, x: Floats, at: float) -> Floats:
    """The best of some Newton steps at the mu reached."""
    best, least = x, np.inf
    for _ in range(6):
        try:
            step = barrier.step(x, at)
        except np.linalg.LinAlgError:
            break
        if step.residual < least:
            best, least = x, step.residual
        if not step.residual <= 1.0 or least <= TIGHT:
            break
        x = x + step.to
    return best


def first_point(p: Passes, weight: Sequence[Floats], products: Products) -> Floats:
    """The point at which ``weight`` is meant and v is what it earns plus the sum of the products."""
    sigma = played(p, weight)
    _, worth = backward(p, sigma, forward(p, sigma))
    x = unknowns(p)
    for number, part in enumerate(p.layers):
        if part.player != CHANCE:
            q = worth[number][:, :, part.own] / part.unit
            x.v[number][...] = (weight[number] * q + products.c[number]).sum(axis=1)
            x.z[number][...] = weight[number] - (x.v[number][:, None] - q)
    return x.flat


def _unit(along: Floats, sign: float) -> tuple[Floats, float]:
    scale = sign / np.sqrt(along @ along + 1)
    return along * scale, float(scale)


@dataclass(frozen=True, eq=False)
class _Corrected:
    step: Step | None
    x: Floats
    at: float
    steps: int


def _correct(
    barrier: Barrier, x: Floats, at: float, direction: Floats, rate: float, length: float, ceiling: float
) -> _Corrected:
    """Newton's method across the path, from the point ``length`` ahead along the tangent; step None where it fails."""
    aim, goal = x + length * direction, at + length * rate
    y, now, before = aim, goal, np.inf
    for count in range(1, 9):
        if abs(now - at) > max(3.0, 3 * length) or now > ceiling:
            return _Corrected(None, x, at, count - 1)
        try:
            step = barrier.step(y, now)
        except np.linalg.LinAlgError:
            return _Corrected(None, x, at, count)
        if step.residual < max(min(LOOSE, 0.03 * float(np.exp(now))), 1e-12):
            return _Corrected(step, y, now, count)
        if not step.residual < max(4 * before, 1e-2) or step.residual > 5:
            return _Corrected(None, x, at, count)
        before = step.residual
        shift = -(direction @ (y + step.to - aim) + rate * (now - goal)) / (direction @ step.along + rate)
        y, now = y + step.to + step.along * shift, now + float(shift)
    return _Corrected(None, x, at, 8)
