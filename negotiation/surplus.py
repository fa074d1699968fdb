"""The law of a surplus: what a prior says of a sum of independent item surpluses.

A ``Law`` is a finite distribution with the method that gave it and, where it approximates, its error. ``sum_law`` adds up
groups of independent, identically distributed items: exactly on a lattice (by fast Fourier transform) or by listing the
support, and by a normal approximation with its Berry-Esseen bound where both would be too large."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Group = tuple[int, Floats, Floats]  # how many items, the values one of them can take, their probabilities

LATTICE_LIMIT = 2**17  # lattice points of an exact sum
SUPPORT_LIMIT = 2**14  # listed points of an exact sum
NORMAL_POINTS = 257
SAME = 1e-9  # of their scale: values closer than this are one point
ROUNDING = 1e-14  # probabilities that a Fourier transform cannot tell from 0
BERRY_ESSEEN = 0.5600  # Shevtsova 2010, for independent summands that need not be identical


@dataclass(frozen=True)
class Law:
    """A distribution of a surplus in utils: increasing ``points`` with ``probability``.

    ``method``: "known" (a single point), "exact", "normal" or "compressed"; ``error`` bounds the error of its distribution
    function (where exact, the probability dropped as too small to compute). ``highest`` is the largest value that has positive
    probability, however small."""

    points: Floats
    probability: Floats
    method: str = "exact"
    error: float = 0.0
    highest: float = np.nan

    def __post_init__(self) -> None:
        if np.isnan(self.highest):
            object.__setattr__(self, "highest", float(self.points[-1]))

    @property
    def known(self) -> bool:
        """Whether the surplus is commonly known (file 004, Section 4.1)."""
        return len(self.points) == 1

    @property
    def mean(self) -> float:
        return float(self.points @ self.probability)

    @property
    def sd(self) -> float:
        """The standard deviation, in utils."""
        return float(np.sqrt((self.points - self.mean) ** 2 @ self.probability))

    def compressed(self, size: int) -> "Law":
        """At most ``size`` points: groups of neighbouring points (of about equal probability) become their mean."""
        if len(self.points) <= size:
            return self
        middle = np.cumsum(self.probability) - self.probability / 2
        group = np.minimum((middle * size).astype(int), size - 1)
        weight: Floats = np.bincount(group, self.probability, size).astype(float)
        total: Floats = np.bincount(group, self.probability * self.points, size).astype(float)
        held = weight > 0
        return Law(total[held] / weight[held], weight[held], "compressed", max(self.error, 1 / size), self.highest)


def known(value: float) -> Law:
    """A commonly known surplus."""
    return Law(np.array([float(value)]), np.ones(1), "known")


def listed(values: Floats, probability: Floats) -> Law:
    """The law of listed values; values that agree to SAME of their scale are one point."""
    scale = max(1.0, float(np.abs(values).max(initial=0.0)))
    order = np.argsort(values, kind="stable")
    values, probability = values[order], probability[order]
    group = np.concatenate([[0], np.cumsum(np.diff(values) > SAME * scale)])
    mass = np.bincount(group, probability)
    first = np.searchsorted(group, np.arange(len(mass)))
    kept = mass > 0
    points = values[first][kept]
    return known(points[0]) if len(points) == 1 else Law(points, mass[kept] / mass.sum())


def mixture(laws: Sequence[Law], weights: Floats) -> Law:
    """One of the laws, drawn with the given weights."""
    parts = [w * law.probability for w, law in zip(weights, laws, strict=True)]
    law = listed(np.concatenate([law.points for law in laws]), np.concatenate(parts))
    error = float(sum(w * law.error for w, law in zip(weights, laws, strict=True)))
    highest = max(law.highest for law, w in zip(laws, weights, strict=True) if w > 0)
    method = "known" if law.known else "normal" if any(part.method == "normal" for part in laws) else "exact"
    return Law(law.points, law.probability, method, error, highest)


def sum_law(groups: Sequence[Group]) -> Law:
    """The law of the sum over all groups of ``count`` independent draws of the group's values."""
    groups = [(count, np.asarray(v, dtype=float), np.asarray(p, dtype=float)) for count, v, p in groups if count > 0]
    groups = [(count, v[p > 0], p[p > 0]) for count, v, p in groups]
    constant = sum(count * v[0] for count, v, _ in groups if _constant(v))
    groups = [g for g in groups if not _constant(g[1])]
    if not groups:
        return known(constant)
    highest = constant + sum(count * float(v.max()) for count, v, _ in groups)
    step = _lattice_step(groups)
    if step is not None and sum(c * _span(v) for c, v, _ in groups) / step < LATTICE_LIMIT:
        return _on_lattice(groups, step, constant, highest)
    sizes = [_multinomial_size(count, len(v)) for count, v, _ in groups]
    if np.prod([float(s) for s in sizes]) <= SUPPORT_LIMIT:
        return reduce(_plus, [_power(g) for g in groups], known(constant))
    return _normal(groups, constant, highest)


def _constant(values: Floats) -> bool:
    """Whether a few values are the same up to rounding."""
    few = values.tolist()
    return bool(max(few) - min(few) <= SAME * max(max(few), -min(few)))


def _span(values: Floats) -> float:
    """The largest less the smallest of a few values."""
    few = values.tolist()
    return float(max(few) - min(few))


def _lattice_step(groups: Sequence[Group]) -> float | None:
    """A step of a lattice that carries all differences: the smallest of them, or a multiple of 10^-4; None if neither does."""
    gaps = np.concatenate([v - v.min() for _, v, _ in groups])
    smallest = gaps[gaps > 0].min()
    ratios = np.rint(gaps / smallest)
    if np.all(np.abs(ratios * smallest - gaps) <= 1e-12 * gaps.max()):
        return float(smallest)
    for digits in range(5):
        whole = np.rint(gaps * 10**digits)
        if np.all(np.abs(whole - gaps * 10**digits) < 1e-9 * np.maximum(1, np.abs(whole))):
            return float(np.gcd.reduce(whole.astype(np.int64))) / 10**digits
    return None


def _on_lattice(groups: Sequence[Group], step: float, constant: float, highest: float) -> Law:
    """By fast Fourier transform; probabilities below ROUNDING, which it cannot tell from its own rounding, are dropped."""
    size = 1 + round(sum(c * _span(v) for c, v, _ in groups) / step)
    length = 1 << (size - 1).bit_length()
    spectrum = np.ones(length // 2 + 1, dtype=complex)
    for count, v, p in groups:
        spectrum *= _spectrum(v.tobytes(), p.tobytes(), step, length) ** count
    mass = np.fft.irfft(spectrum, length)[:size]
    low = constant + sum(c * v.min() for c, v, _ in groups)
    kept = mass > ROUNDING
    error = float(np.abs(mass[~kept]).sum())
    return Law((low + step * np.arange(size))[kept], mass[kept] / mass[kept].sum(), "exact", error, highest)


@lru_cache(maxsize=4096)
def _spectrum(values: bytes, probability: bytes, step: float, length: int) -> NDArray[np.complex128]:
    """The transform of one draw of a group on the lattice; many sums share their groups."""
    v = np.frombuffer(values)
    mass = np.zeros(length)
    np.add.at(mass, np.rint((v - v.min()) / step).astype(int), np.frombuffer(probability))
    transform: NDArray[np.complex128] = np.fft.rfft(mass)
    return transform


def _multinomial_size(count: int, kinds: int) -> int:
    size = 1
    for k in range(1, kinds):
        size = size * (count + k) // k
    return size


def _plus(one: Law, other: Law) -> Law:
    return listed(np.add.outer(one.points, other.points).ravel(), np.outer(one.probability, other.probability).ravel())


def _power(group: Group) -> Law:
    """The sum of ``count`` draws of one group, by repeated squaring."""
    count, v, p = group
    total, square = known(0.0), listed(v, p)
    while count:
        if count & 1:
            total = _plus(total, square)
        count >>= 1
        square = _plus(square, square) if count else square
    return total


def _normal(groups: Sequence[Group], constant: float, highest: float) -> Law:
    """Quantiles of the normal law with the sum's mean and variance; the error adds Berry-Esseen's bound to their own."""
    from scipy.special import ndtr, ndtri

    means = [float(v @ p) for _, v, p in groups]
    mean = constant + sum(c * m for (c, _, _), m in zip(groups, means, strict=True))
    variance = sum(c * float((v - m) ** 2 @ p) for (c, v, p), m in zip(groups, means, strict=True))
    third = sum(c * float(np.abs(v - m) ** 3 @ p) for (c, v, p), m in zip(groups, means, strict=True))
    z = ndtri((np.arange(NORMAL_POINTS) + 0.5) / NORMAL_POINTS)
    z /= np.sqrt(np.mean(z**2))
    ladder = np.arange(NORMAL_POINTS + 1) / NORMAL_POINTS
    own = max(np.abs(ladder[:-1] - ndtr(z)).max(), np.abs(ladder[1:] - ndtr(z)).max())
    error = float(BERRY_ESSEEN * third / variance**1.5 + own)
    return Law(mean + np.sqrt(variance) * z, np.full(NORMAL_POINTS, 1 / NORMAL_POINTS), "normal", error, highest)
