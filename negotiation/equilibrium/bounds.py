"""Bounds on equilibrium payoffs: the sup/inf recursion of the proofs of Theorems 2 and 3 (file 004, equations 3 to 7).

Proposer i, responder j; "at stage t" means at its start, in utils of stage t. A *typical* pair of types has a surplus within
e of S; alpha_k bounds what the other can believe of k's being atypical. A player trembles with probability gamma at a
decision; trembling responders accept with 1/2, so no reply is surer than 1 - r, r = gamma / 2. An agreement gives k between
low_k and high_k. D is the discount factor. Let

    c_k = D_k times k's bounds at the next stage          (what a rejection is worth; from below c-, from above c+)
    F_k = low_k min(1, gamma / (1 - D_k))                 (reject everything, demand the most: k loses by trembles only)

    responder, below   L_j = (1 - r) c_j- + r min(low_j, c_j-)                                   (rejects, but trembles)
    proposer, below    L_i = (1 - gamma) max{A, c_i-} + gamma min(low_i, c_i-)                   (and trembles himself)
        A = a v + (1 - a) c_i-,  v = S - e - c_j+ - step,  a = (1 - alpha_j)(1 - r) + alpha_j r  (typical j accept v)
    proposer, above    M_i = S + e - L_j + alpha_j (high_i - S - e + L_j)+ + X                   (what j leaves)
    responder, above   M_j = S + e - L_i + alpha_i (high_j - S - e + L_i)+ + X                   (what i leaves)

from M = high, L = F at the horizon (the truncation); discounting makes its error vanish geometrically. X bounds how far
discounted payoffs can add up to more than the surplus, where discount factors differ and the less patient loses in an
agreement, by a tremble (nobody is taken to choose an offer that he expects to lose by; so it is where types are known). With
e = gamma = step = 0 these are Theorem 2's M_i = S - D_j L_j, L_i = S - D_j M_j, whose fixed point is Rubinstein's share.

What the upper bounds rest on. "Surplus less what the other secures" holds as it stands where types are known, and for a
player's payoff on average over its types. The paper uses it for each type (``upper="each type"``), but j secures L_j on
average over i's types, not against each of them: an offer may please a rare type. So with private types that reading is the
paper's premise, not proved here. ``upper="average type"`` is proved for types that are independent across players, with
Bayes' rule throughout: M_k bounds the payoff averaged over k's types (as the other believes), L_k that of each typical type,

    M_i = S + e + (alpha_i + alpha_j)(largest - S - e)+ - L_j + alpha_j (L_j - F_j)+ + X

and A is mended: leave typical responders o = D_j (M_j + k), k > 0. Types that choose to reject (mass q) expect at least
o / D_j after it; their mean with those who reject by tremble is at most M_j, hence

    q k <= r / (1 - r) (M_j - L_j) + alpha_j (M_j - F_j);   v = S - e - o - step, alpha_j + q for alpha_j, the best k.

Slips mended: an upper bound called lower before (4); no proposer's tremble in (4); (5)'s extra geometric term; no S in (10);
(12) and 1 + D_s D_b in Theorem 2's proof; (13): a stage's delay costs (1 - D) S or more, not D S."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.rubinstein import check_discount, rubinstein_shares
from negotiation.errors import InputError
from negotiation.problem import PLAYERS

Floats = NDArray[np.float64]
TRUNCATION = 1e-12  # share of the surplus at which the default horizon ends
LONGEST = 20_000
UPPER = ("each type", "average type")
PARTS = ("truncation", "grid", "distance", "trembles", "tails")  # the errors, in the order in which they are switched on


@dataclass(frozen=True)
class PayoffBounds:
    """Bounds on what players expect in every equilibrium. ``lower``, ``upper`` (stages + 1, 2): of player k at the start of
    stage t if nothing is agreed yet, utils of stage t; the last row is where the recursion starts. ``premise``: what they
    rest on.

    ``rubinstein`` (2,): Rubinstein's shares of S, utils, what both tend to. ``tails`` (stages, 2): alpha."""

    lower: Floats
    upper: Floats
    rubinstein: Floats
    game: "_Game"
    tails: Floats
    atypical: Floats
    premise: str

    @cached_property
    def errors(self) -> dict[str, Floats]:
        """For each of PARTS, (2 players, 2): how far the lower and the upper bound at stage 0 lie beyond the Rubinstein share
        because of it, utils. Parts are switched on one after the other, each measured by what it adds; they add up to all of
        it."""
        g, none = self.game, np.zeros_like(self.tails)
        exact = replace(g, step=0.0, distance=0.0, tremble=0.0, lapse=0.0, private=False)
        on_grid = replace(exact, step=g.step)
        near = replace(on_grid, distance=g.distance, private=g.private)
        runs = [_recursion(game, none) for game in (exact, on_grid, near, g)] + [(self.lower, self.upper)]
        beyond = [np.stack([self.rubinstein - lo[0], up[0] - self.rubinstein], axis=1) for lo, up in runs]
        return {part: now - before for part, now, before in zip(PARTS, beyond, [np.zeros((2, 2)), *beyond], strict=False)}

    def __str__(self) -> str:
        """Both players' bounds at stage 0, where their width comes from, and what they rest on."""
        who = "on average over types" if self.game.average else "of each typical type"
        lines = [f"payoffs expected at stage 0, {who}, in every equilibrium (utils):"]
        for k in (0, 1):
            low, high, share = self.lower[0, k], self.upper[0, k], self.rubinstein[k]
            lines.append(f"  {PLAYERS[k]}: from {low:.6g} to {high:.6g}; Rubinstein's share {share:.6g}")
        widths = ", ".join(f"{part} {both.sum():.3g}" for part, both in self.errors.items())
        return "\n".join([*lines, f"both widths together are made of: {widths}", f"premise: {self.premise}"])

    @property
    def width(self) -> Floats:
        """Upper less lower bound at stage 0, of each player (2,), utils."""
        return np.asarray(self.upper[0] - self.lower[0])

    def theorem(self) -> dict[str, float]:
        """The three statements of Theorems 3 to 5, as numbers that every equilibrium satisfies (file 004, (10) to (13)).

        - ``ratio``: largest |expected payoff / Rubinstein's share - 1|, of typical types (on average, if the upper bounds are
          so);
        - ``atypical``: prior probability that a pair is atypical; ``loss``: expected surplus missed, typical pairs, utils
          (with half the deviation: what a surplus that varies may exceed its mean by on average);
        - ``delay``: probability that nothing is agreed at stage 0: the loss over what one stage of delay costs;
        - ``epsilon``: the least e with payoffs within 1 -+ e of the shares, and, with probability 1 - e or more, agreement at
          stage 0 on at least (1 - e) S (by Markov's inequality); infinite where there is none."""
        g, share = self.game, self.rubinstein
        with np.errstate(divide="ignore", invalid="ignore"):
            beyond = np.maximum(self.upper[0] - share, share - self.lower[0])
            ratio = float(np.max(np.where(beyond <= 0, 0.0, beyond / share)))
        odd = float(np.min(self.atypical + self.tails[0, ::-1]))
        typical = (1 - self.atypical) * np.maximum(self.lower[0], 0) + np.minimum(self.lower[0], 0)
        sure = (typical - self.tails[0, ::-1] * g.high).sum()
        most = g.surplus + g.distance
        loss = max(0.0, float(most + g.excess(0) + g.excess(1) - sure)) + g.deviation / 2  # mean |Z| / 2 at most
        delay = min(1.0, odd + loss / ((1 - max(g.discount)) * most))
        # the least e with delay + loss / (e S + distance) <= e
        s, d = g.surplus, g.distance
        b = d - delay * s
        epsilon = max(ratio, (-b + math.sqrt(b * b + 4 * s * (delay * d + loss))) / (2 * s))
        return {"ratio": ratio, "atypical": odd, "loss": loss, "delay": delay, "epsilon": epsilon if delay < 1 else math.inf}


@dataclass(frozen=True)
class _Game:
    """What the recursion knows of a game (utils, undiscounted); see payoff_bounds."""

    surplus: float
    discount: tuple[float, float]
    order: str
    recognition: float
    step: float
    distance: float
    tremble: float
    low: tuple[float, float]
    high: tuple[float, float]
    largest: float
    lapse: float
    deviation: float
    average: bool
    private: bool

    def floor(self, k: int) -> float:
        """F_k."""
        return self.low[k] * min(1.0, self.tremble / (1 - self.discount[k]))

    def excess(self, gains: int) -> float:
        """X: the sup of sum of discounted payoffs less S, where ``gains`` is more patient than the other, who loses."""
        loses = 1 - gains
        patient, other = self.discount[gains], self.discount[loses]
        if patient <= other or self.low[loses] >= 0:
            return 0.0
        at = math.log(math.log(other) / math.log(patient)) / math.log(patient / other) if other > 0 else 1.0
        gap = patient**at - other**at  # the largest that D_p^s - D_l^s can be
        often = self.tremble * (1 / (1 - patient) - 1 / (1 - other))
        return -self.low[loses] * min(gap, often) - self.floor(loses) * gap


def payoff_bounds(
    surplus: float,
    discount: tuple[float, float],
    *,
    order: str = "alternating",
    recognition: float = 0.5,
    horizon: int | None = None,
    step: float = 0.0,
    distance: float = 0.0,
    tremble: float = 0.0,
    tails: ArrayLike | None = None,
    atypical: ArrayLike | None = None,
    lowest: Sequence[float] | None = None,
    highest: Sequence[float] | None = None,
    largest: float | None = None,
    lapse: float = 0.0,
    deviation: float = 0.0,
    upper: str = "each type",
) -> PayoffBounds:
    """Bounds on equilibrium payoffs in a negotiation with share-demanding offers (Definition 1), by the module's recursion.

    ``surplus`` S > 0: of a typical pair, up to ``distance`` (utils). ``order``, ``recognition``: who proposes
    (rubinstein_shares). ``horizon``: stages of the recursion, not of the game: any game at least as long is bounded; by
    default until 1e-12 of S. ``step``: the demands on the grid leave gaps of at most this. ``tremble``: gamma. ``lowest``,
    ``highest`` (2,): what an agreement can give a player at least and at most, over all offers and replies (default: highest
    is S, lowest what then remains). ``tails``: alpha, (2,) or (horizon, 2), [t, k]: what can be believed at stage t of player
    k's being atypical (default 0). ``atypical`` (2,): the prior probability of player k's being atypical (default: ``tails``
    at stage 0). ``largest``: surplus of an atypical pair at most (default: the largest ``highest``). ``lapse``: probability
    that an accepted share-demanding offer of a typical pair ends in nothing after all (a second phase's "No"); where it is
    positive an atypical responder may also say No. ``deviation``: where typical pairs' surplus varies about an expected one
    within ``distance``, its standard deviation (utils; used by PayoffBounds.theorem). ``upper``: "each type" or "average
    type", see the module. Random order: a row is what is expected before the stage's proposer is drawn. Raises InputError."""
    d = check_discount(discount)
    if not (math.isfinite(surplus) and surplus > 0):
        raise InputError(f"surplus: expected a positive number, got {surplus!r}")
    for name, value, top in (
        ("step", step, math.inf),
        ("distance", distance, math.inf),
        ("tremble", tremble, 1),
        ("lapse", lapse, 1),
    ):
        if not 0 <= value <= top:
            raise InputError(f"{name}: expected a number from 0 to {top:g}, got {value!r}")
    if upper not in UPPER:
        raise InputError(f"upper: expected one of {', '.join(UPPER)}, got {upper!r}")
    high = tuple(float(h) for h in (highest if highest is not None else (surplus, surplus)))
    low = tuple(float(x) for x in (lowest if lowest is not None else (surplus - max(high), surplus - max(high))))
    if len(high) != 2 or len(low) != 2 or min(high) < surplus or max(low) > 0:
        raise InputError(
            f"lowest, highest: expected two numbers each, lowest <= 0 and highest >= the surplus, got {low}, {high}"
        )
    shares = rubinstein_shares((d[0], d[1]), order, recognition)
    if horizon is None:
        rate = math.sqrt(d[0] * d[1]) if order == "alternating" else float(d.max())
        horizon = min(LONGEST, max(2, math.ceil(math.log(TRUNCATION) / math.log(rate)))) if rate > 0 else 2
    alpha = np.zeros(2) if tails is None else np.asarray(tails, dtype=float)
    if alpha.shape not in ((2,), (horizon, 2)) or not np.all((alpha >= 0) & (alpha <= 1)):
        raise InputError(f"tails: expected probabilities of shape (2,) or ({horizon}, 2), got shape {alpha.shape}")
    alpha = np.broadcast_to(alpha, (horizon, 2))
    odd = np.array(alpha[0] if atypical is None else atypical, dtype=float)
    game = _Game(
        surplus, (float(d[0]), float(d[1])), order, recognition, step, distance, tremble, (low[0], low[1]), (high[0], high[1]),
        max(high) if largest is None else largest, lapse, deviation, upper == "average type", bool(distance > 0 or alpha.any()),
    )  # fmt: skip
    premise = {
        (False, False): "types known, or a known surplus in Theorem 2's reading: upper bounds for each type",
        (False, True): "the paper's: what a player secures on average is taken to be secured against each type of the other",
        (True, False): "independent types and Bayes' rule: upper bounds on average over types, lower bounds for each",
        (
            True,
            True,
        ): "independent types and Bayes' rule: upper bounds on average over types, lower bounds for each typical type",
    }[game.average, game.private]
    return PayoffBounds(*_recursion(game, alpha), surplus * shares.expected, game, alpha, odd, premise)


def _recursion(g: _Game, tails: Floats) -> tuple[Floats, Floats]:
    """Lower and upper bounds (horizon + 1, 2), from the horizon back to stage 0."""
    horizon = len(tails)
    lower, upper = np.empty((horizon + 1, 2)), np.empty((horizon + 1, 2))
    lo, up = [g.floor(0), g.floor(1)], list(g.high)
    lower[horizon], upper[horizon] = lo, up
    chance = {"alice": (1.0, 0.0), "bob": (0.0, 1.0), "random": (g.recognition, 1 - g.recognition)}.get(g.order)
    excess = (g.excess(0), g.excess(1))
    for t in range(horizon - 1, -1, -1):
        weights = chance or ((1.0, 0.0) if t % 2 == 0 else (0.0, 1.0))
        alpha = tails[t].tolist()
        least, most = [0.0, 0.0], [0.0, 0.0]
        for i in (0, 1):
            if weights[i]:
                below, above = _stage(g, i, alpha, lo, up, excess)
                for k in (0, 1):
                    least[k] += weights[i] * max(below[k], g.floor(k))
                    most[k] += weights[i] * min(above[k], g.high[k])
        lo, up = least, most
        lower[t], upper[t] = lo, up
    return lower, upper


def _stage(
    g: _Game, i: int, alpha: list[float], lo: list[float], up: list[float], excess: tuple[float, float]
) -> tuple[list[float], list[float]]:
    """(L, M) of both players when i proposes, from the bounds ``lo``, ``up`` at the next stage; the module's equations."""
    j = 1 - i
    wait = [g.discount[k] * lo[k] for k in (0, 1)]
    r, top = g.tremble / 2, g.surplus + g.distance
    below, above = [0.0, 0.0], [0.0, 0.0]
    below[j] = (1 - r) * wait[j] + r * min(g.low[j], wait[j])
    best = max(wait[i], _demand(g, i, alpha[j], wait[i], lo[j], up[j]))
    below[i] = (1 - g.tremble) * best + g.tremble * min(g.low[i], wait[i])
    for k in (0, 1):
        other = 1 - k
        secured, left = max(below[other], g.floor(other)), 0.0
        if g.average:
            left = sum(alpha) * max(0.0, g.largest - top) + alpha[other] * max(0.0, secured - g.floor(other))
        else:
            left = alpha[other] * max(0.0, g.high[k] - top + secured)
        above[k] = top - secured + left + excess[k]
    return below, above


def _demand(g: _Game, i: int, alpha: float, wait: float, lo: float, up: float) -> float:
    """A: what the demand v that typical responders accept gives i at least. ``alpha``: of the responder's being atypical;
    ``wait``: what a rejection is worth to i; ``lo``, ``up``: the responder's bounds at the next stage."""
    r, patience = g.tremble / 2, g.discount[1 - i]
    v = min(g.surplus - g.distance - patience * up - g.step, g.high[i])
    odd = alpha
    if g.average:  # of typical responders a mass `spread` / k may reject all the same
        spread = r / (1 - r) * max(0.0, up - lo) + alpha * max(0.0, up - g.floor(1 - i))
        if spread > 0:
            sure = (1 - r) - (1 - 2 * r) * alpha
            if sure <= 0 or v <= wait:
                return wait
            k = math.sqrt((1 - 2 * r) * spread * (v - wait) / (sure * patience)) if patience > 0 else math.inf
            v -= patience * k if patience > 0 else 0.0
            odd += spread / k
    if v <= wait or v < g.low[i]:
        return wait
    accepted = max(0.0, (1 - r) - (1 - 2 * r) * min(1.0, odd))
    if g.lapse > 0:  # an accepted offer may end in nothing: with typical responders seldom, with others (and tremblers) always
        accepted = max(0.0, (1 - r) * (1 - min(1.0, odd)))
        return accepted * (1 - g.lapse) * v + max(0.0, r * (1 - odd) + r * alpha + (1 - r) * (odd - alpha)) * wait
    return accepted * v + (1 - accepted) * wait
