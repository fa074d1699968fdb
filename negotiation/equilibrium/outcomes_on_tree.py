"""What a profile brings about on a game tree: payoffs, agreements with their probabilities, and the likeliest course of play.

A negotiation is over where an edge of the tree ends it within the horizon; edges cut at the horizon are "still open". An
agreement is a response that accepts at least one thing; where items are agreed one after another, a negotiation has several."""

from dataclasses import dataclass

import numpy as np

from negotiation.equilibrium.trees import CHANCE, Floats, GameTree, Layer, Profile
from negotiation.equilibrium.values import evaluate
from negotiation.problem import PLAYERS
from negotiation.table import Reply

RARE = 1e-3  # agreements less likely than this are not printed


@dataclass(frozen=True, eq=False)
class Agreement:
    """What was accepted: ``words``, at a stage, offered by ``proposer``; its probability, and given each pair of types
    (T_a, T_b), 0 for impossible pairs."""

    stage: int
    proposer: int
    words: str
    probability: float
    given_types: Floats


@dataclass(frozen=True, eq=False)
class Moment:
    """A move on the likeliest course: in words, how probable at that history, and what an observer then believes of Alice's and
    of Bob's types."""

    words: str
    probability: float
    about_alice: Floats
    about_bob: Floats


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a profile brings about; time-0 utils.

    ``payoff[i]`` (T_i,) is player i's by own type; ``welfare`` the expected sum, ``first_best`` what could be had,
    ``efficiency`` their ratio (unequal discounting of transfers can bring it above 1). ``over`` (horizon,) is the probability
    that the negotiation ends at each stage, ``still_open`` that it reaches the horizon. ``agreements`` are sorted, likeliest
    first; ``course`` is the likeliest course of play."""

    tree: GameTree
    payoff: tuple[Floats, Floats]
    welfare: float
    first_best: float
    efficiency: float
    over: Floats
    still_open: float
    agreements: tuple[Agreement, ...]
    course: tuple[Moment, ...]

    def distance(self, other: "Outcome") -> float:
        """The largest difference in the probability of an agreement given types."""
        mine, theirs = ({(a.stage, a.proposer, a.words): a.given_types for a in o.agreements} for o in (self, other))
        none = np.zeros(self.tree.prior.shape)
        return max((float(np.abs(mine.get(k, none) - theirs.get(k, none)).max()) for k in mine | theirs), default=0.0)

    def __str__(self) -> str:
        tree = self.tree
        lines = [f"welfare {self.welfare:.4f} of {self.first_best:.4f} ({self.efficiency:.1%})"]
        for i in (0, 1):
            each = (f"{tree.describe_type(i, t)}: {u:.4f}" for t, u in enumerate(self.payoff[i]))
            lines.append(f"{PLAYERS[i]}'s payoff by type: " + ", ".join(each))
        ends = ", ".join(f"stage {t} {x:.4f}" for t, x in enumerate(self.over))
        lines.append(f"over at {ends}; still open at the horizon {self.still_open:.4f}")
        for a in self.agreements:
            if a.given_types.max() >= RARE:
                lines.append(f"  {a.probability:8.4f}  stage {a.stage}: {PLAYERS[a.proposer]} {a.words}{self._by_types(a)}")
        lines.append("likeliest course: " + ("; ".join(f"{m.words} ({m.probability:.3f})" for m in self.course)))
        return "\n".join(lines)

    def _by_types(self, agreement: Agreement) -> str:
        rows, columns = agreement.given_types.shape
        if rows * columns == 1 or rows * columns > 9:
            return ""
        pairs = []
        for a, b in np.argwhere(self.tree.prior > 0):
            names = [self.tree.describe_type(i, int(t)) for i, t in ((0, a), (1, b)) if len(self.tree.types[i]) > 1]
            pairs.append(f"{'/'.join(names)}: {agreement.given_types[a, b]:.4f}")
        return "   (" + ", ".join(pairs) + ")"


def outcome(tree: GameTree, profile: Profile) -> Outcome:
    """What ``profile`` (as played, trembles included) brings about on ``tree``; exact."""
    alice, bob, chance = _reach(tree, profile)
    horizon = tree.horizon
    over, found = np.zeros(horizon), []
    still = 0.0
    cut = np.zeros(len(tree.child), dtype=bool)
    cut[tree.cut] = True
    for number, layer in enumerate(tree.layers):
        a, b, c = _edges(layer, profile[number], alice, bob, chance)
        ending = (layer.per_action(tree.child) < 0).ravel()
        if ending.any():
            within, beyond = ending & ~cut[layer.edges], ending & cut[layer.edges]
            over[layer.stage] += float((c[within] * _joint(tree, a[within], b[within])).sum())
            still += float((c[beyond] * _joint(tree, a[beyond], b[beyond])).sum())
        if layer.kind == "reply":
            found += _agreements(tree, number, a, b, c)
    values = evaluate(tree, profile)
    payoff = (values.value[0][0], values.value[1][0])
    welfare = float(sum(m @ v for m, v in zip(tree.marginal, payoff, strict=True)))
    pairs = np.argwhere(tree.prior > 0)
    types = np.stack([tree.types[0][pairs[:, 0]], tree.types[1][pairs[:, 1]]], axis=1)
    best = float(tree.prior[tree.prior > 0] @ tree.problem.first_best(types))
    found.sort(key=lambda agreement: -agreement.probability)
    course = _course(tree, profile)
    return Outcome(tree, payoff, welfare, best, welfare / best if best > 0 else 1.0, over, still, tuple(found), course)


def _reach(tree: GameTree, profile: Profile) -> tuple[Floats, Floats, Floats]:
    """The probability of each player's moves up to each history, by type, and of chance's."""
    own = [np.ones((tree.histories, len(t))) for t in tree.types]
    chance = np.ones(tree.histories)
    for layer, sigma in zip(tree.layers, profile, strict=True):
        child = layer.per_action(tree.child).ravel()
        on = child >= 0
        a, b, c = _edges(layer, sigma, own[0], own[1], chance)
        own[0][child[on]], own[1][child[on]], chance[child[on]] = a[on], b[on], c[on]
    return own[0], own[1], chance


def _edges(layer: Layer, sigma: Floats, alice: Floats, bob: Floats, chance: Floats) -> tuple[Floats, Floats, Floats]:
    """The same up to each edge of a layer."""
    parts = []
    for i, part in enumerate((alice, bob, chance[:, None])):
        here = part[layer.histories][:, None]
        moved = here * sigma if i == layer.player else np.repeat(here, layer.actions, axis=1)
        parts.append(moved.reshape(layer.count * layer.actions, -1))
    return parts[0], parts[1], parts[2][:, 0]


def _joint(tree: GameTree, alice: Floats, bob: Floats) -> Floats:
    weight: Floats = np.einsum("ei,ij,ej->e", alice, tree.prior, bob, optimize=True)
    return weight


def _agreements(tree: GameTree, number: int, alice: Floats, bob: Floats, chance: Floats) -> list[Agreement]:
    """The agreements of a layer of replies, histories with the same offer together."""
    layer = tree.layers[number]
    assert isinstance(layer.moves, Reply)
    child = layer.per_action(tree.child)
    rows = np.arange(len(layer.moves.accept)).reshape(-1, layer.actions)[layer.block]
    goes_on = np.zeros(child.shape, dtype=bool)  # to a second phase
    leading = child >= 0
    goes_on[leading] = tree.stages[child[leading]] == layer.stage
    accepts = np.asarray(layer.moves.accept.any(axis=1))
    counts = (accepts[rows] & ~goes_on).ravel()
    key, first, inverse = np.unique(rows.ravel()[counts], return_index=True, return_inverse=True)
    given = np.zeros((len(key), alice.shape[1], bob.shape[1]))
    picked = np.flatnonzero(counts)
    np.add.at(given, inverse.ravel(), chance[counts, None, None] * alice[counts][:, :, None] * bob[counts][:, None])
    given *= tree.prior > 0
    found = []
    for at, each in zip(picked[first], given, strict=True):
        history, action = layer.first + int(at) // layer.actions, int(at) % layer.actions
        offer, before, offered = tree.path(history)[-1]
        said = tree.describe_action(offer, before, offered)
        answer = tree.describe_action(layer, history, action)
        words = f"{said}; {PLAYERS[layer.player]} {answer}"
        found.append(Agreement(layer.stage, offer.player, words, float((tree.prior * each).sum()), each))
    return found


def _course(tree: GameTree, profile: Profile) -> tuple[Moment, ...]:
    """The likeliest move at each history, from the start."""
    history, moments = 0, []
    joint = tree.prior
    while history >= 0:
        layer = tree.layer_of(history)
        sigma = profile[_number(tree, layer)][history - layer.first]
        if layer.player == CHANCE:
            chances = sigma[:, 0]
        else:
            marginal = joint.sum(axis=1 - layer.player)
            chances = sigma @ marginal
        action = int(chances.argmax())
        who = "chance: " if layer.player == CHANCE else f"{PLAYERS[layer.player]} "
        words = f"stage {layer.stage}: {who}{tree.describe_action(layer, history, action)}"
        if layer.player != CHANCE:
            factor = sigma[action][:, None] if layer.player == 0 else sigma[action][None]
            joint = joint * factor
            if joint.sum() > 0:
                joint = joint / joint.sum()
        moments.append(Moment(words, float(chances[action]), joint.sum(axis=1), joint.sum(axis=0)))
        history = int(tree.child[layer.edge + (history - layer.first) * layer.actions + action])
    return tuple(moments)


def _number(tree: GameTree, layer: Layer) -> int:
    return next(k for k, each in enumerate(tree.layers) if each is layer)
