"""Does a protocol include share-demanding offers (Definition 1)?

With a known surplus S, an offer of player i of type theta_i is share-v-demanding if

1. after every response either nothing is agreed or i gets at least v;
2. for every type theta_j with f(theta_i, theta_j) > 0 some response gives i exactly v and j exactly S - v

in undiscounted utils of the stage. A protocol that has one for every v in [0, S] and every type, as long as nothing is agreed,
is efficient in all weak perfect Bayesian equilibria (Theorem 2). How far an offer is from it is a number for each condition,

    guarantee = min over responses that agree of u_i - v,     distance = max over theta_j of min over responses of
                                                              max(|u_i - v|, |u_j - (S - v)|)

and the offer's shortfall is max(0, -guarantee, distance). Here every response to an offer is listed; offers are either the one
that the protocol constructs (a witness) or all those of a finite grid. What may be offered while nothing is agreed does not
depend on the stage or on what was said before, so one stage stands for all; with ``reopen`` too, since what is left at the null
choice is worth nothing to either player.

A protocol with a second phase (frequency) has them only once Phase 2 is played truthfully and efficiently (footnote 16): there
an "offer" is the offer with the announcement that follows, and ``condition`` says so.   Source: file 004, Section 4.4."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from negotiation.equilibrium.tree_building import default_tree_grid, list_types
from negotiation.equilibrium.trees import Floats, Ints
from negotiation.errors import CannotPlay, InputError
from negotiation.problem import PLAYERS, Problem
from negotiation.protocol import Grid, Protocol, check_count, describe_types
from negotiation.strategy import Situation
from negotiation.table import Bools, Offer, Reply, View

EXACT = 1e-9  # of the surplus: below this a shortfall is rounding
ROWS, MOST = 200_000, 4_000_000  # responses looked at together, and in all
LATER = "once Phase 2 is played truthfully and efficiently (footnote 16)"


@dataclass(frozen=True, eq=False)
class DemandedShare:
    """The best offer found for a player of these types (n,) who demands v: ``said`` in words, with its ``guarantee`` and
    ``distance`` (utils); ``worst`` is the response after which the proposer gets the least. ``listed``: out of how many offers
    it was the best, 0 for a witness. ``exact`` is, where the shortfall is positive, the offer of highest guarantee among
    those of distance 0, None where there is none."""

    player: int
    types: Ints
    v: float
    offer: Offer
    said: str
    worst: str
    guarantee: float
    distance: float
    listed: int = 0
    exact: "DemandedShare | None" = None

    @property
    def shortfall(self) -> float:
        """max(0, -guarantee, distance), utils."""
        return max(0.0, -self.guarantee, self.distance)


@dataclass(frozen=True, eq=False)
class ShareDemandingOffers:
    """What was found for each player, type vector and demand. ``surplus`` in utils; ``condition`` is what must hold besides, in
    words. It is true in a boolean context if no shortfall exceeds rounding."""

    protocol: str
    problem: str
    surplus: float
    shares: tuple[DemandedShare, ...]
    condition: str = ""

    @property
    def shortfall(self) -> float:
        """The largest shortfall, utils."""
        return max(share.shortfall for share in self.shares)

    @property
    def missing(self) -> tuple[DemandedShare, ...]:
        """The demands that no offer found meets."""
        return tuple(s for s in self.shares if s.shortfall > EXACT * self.surplus)

    def __bool__(self) -> bool:
        return not self.missing

    def __str__(self) -> str:
        name = f"{self.protocol} on {self.problem}, surplus {self.surplus:g}"
        tried = f"{len(self.shares)} demands tried (player, types, v)"
        if not self.missing:
            return f"{name}: share-demanding offers for all of {tried}" + (f", {self.condition}" if self.condition else "")
        worst = max(self.missing, key=lambda s: s.shortfall)
        lines = [f"{name}: no share-demanding offer for {len(self.missing)} of {tried}"]
        who = f"{PLAYERS[worst.player]} of types {worst.types.tolist()} demanding {worst.v:g}"
        lines.append(f"  worst: {who}; best of {worst.listed} offers is short by {worst.shortfall:g}: {worst.said}")
        if worst.exact is not None:
            exact = worst.exact
            lines.append(
                f"  can split it so: {exact.said}; but the other {exact.worst}, which gives {exact.v + exact.guarantee:g} "
                f"instead of {exact.v:g}"
            )
        return "\n".join(lines)


def has_share_demanding_offers(
    protocol: Protocol,
    problem: Problem,
    demands: Sequence[float] | None = None,
    grid: Grid | tuple[float, float, float] | None = None,
) -> ShareDemandingOffers:
    """Look for a share-v-demanding offer for every type vector of positive probability and every v in ``demands`` (utils; by
    default 0, half and all of the surplus).

    Without a ``grid`` the protocol's witness is taken (``Protocol.share_demanding_offer``), and where it has none all offers
    of a coarse grid are listed; with one (a Grid or (low, high, step)) all offers of that grid are listed for every demand.
    Raises InputError where the surplus is not known or a demand is outside [0, S], CannotPlay where types, offers or responses
    are too many to list."""
    protocol.check_problem(problem)
    law = problem.surplus
    if not law.known:
        raise InputError(
            f"share-demanding offers: expected a problem with a known surplus (Definition 1); that of {problem.name} is from "
            f"{law.points[0]:g} to {law.highest:g}"
        )
    surplus = float(law.mean)
    asked = (0.0, surplus / 2, surplus) if demands is None else tuple(float(v) for v in demands)
    for v in asked:
        if not -EXACT * surplus <= v <= (1 + EXACT) * surplus:
            raise InputError(f"demands: expected numbers from 0 to the surplus {surplus:g}, got {v:g}")
    finite = replace(protocol, grid=default_tree_grid(problem, protocol, grid))
    types, joint = list_types(problem)
    shares = []
    for player in (0, 1):
        responses = None
        possible = joint > 0 if player == 0 else joint.T > 0
        for own, against in zip(types[player], possible, strict=True):
            others = types[1 - player][against]
            for v in asked:
                witness = protocol.share_demanding_offer(problem, player, own, v) if grid is None else None
                if witness is not None:
                    answers = next(_answers(protocol, problem, player, witness))
                    shares.append(_best(protocol, problem, player, own, others, v, surplus, [answers], 0))
                else:
                    responses = responses or list(_answers(finite, problem, player, _all_offers(finite, problem, player)))
                    listed = sum(len(r.offers.p) for r in responses)
                    shares.append(_best(finite, problem, player, own, others, v, surplus, responses, listed))
    condition = LATER if protocol.phases > 1 else ""
    return ShareDemandingOffers(protocol.name, problem.name, surplus, tuple(shares), condition)


class _Answered(NamedTuple):
    """Some offers (O rows) with all responses to each (P): choices x (O, P, n), which items are decided, the transfer (O, P),
    whether anything is agreed; ``replies`` (O x P rows)."""

    offers: Offer
    replies: Reply
    decided: Bools
    x: Ints
    transfer: Floats
    agreed: Bools


def _view(protocol: Protocol, problem: Problem, player: int, rows: int) -> View:
    """What a player sees before anything is agreed; its types do not matter to what may be offered or what that settles."""
    situation, n = Situation(problem, protocol, player, 0.0), problem.n
    types, none = np.zeros((rows, n), dtype=np.int64), np.zeros((rows, 0))
    stage, keys = np.zeros(rows, dtype=np.int32), np.zeros(rows, dtype=np.uint64)
    cells, opened = situation.lookup.cells(player, types), np.ones((rows, n), dtype=bool)
    return View(situation, player, stage, types, cells, opened, none, none, keys, keys)


def _all_offers(protocol: Protocol, problem: Problem, player: int) -> Offer:
    """All offers of the grid, with each announcement that may follow where there is a second phase."""
    view = _view(protocol, problem, player, 1)
    offers = protocol.every_offer(view)
    if protocol.phases > 1:
        said = [protocol.every_offer(view, 1, offers.at(slice(a, a + 1))) for a in range(len(offers.p))]
        offers = Offer(*(np.concatenate(part) for part in zip(*said, strict=True)))
    check_count(len(offers.p), "offers")
    return offers


def _answers(protocol: Protocol, problem: Problem, player: int, offers: Offer) -> Iterator[_Answered]:
    """Batches of the offers with all responses to them."""
    phase, you = int(protocol.phases > 1), _view(protocol, problem, 1 - player, 1)
    count = len(protocol.every_reply(you, offers.at(slice(0, 1)), phase)[1])
    if count > ROWS or count * len(offers.p) > MOST:
        raise CannotPlay(f"share-demanding offers: {len(offers.p)} offers with {count} responses each are too many to list")
    step = max(1, ROWS // count)
    for first in range(0, len(offers.p), step):
        some = offers.at(slice(first, first + step))
        each = [protocol.every_reply(you, some.at(slice(a, a + 1)), phase)[0] for a in range(len(some.p))]
        replies = Reply(*(np.concatenate(part) for part in zip(*each, strict=True)))
        rows = len(some.p) * count
        decided, x, paid = protocol.settlement(
            _view(protocol, problem, player, rows), some.at(np.repeat(np.arange(len(some.p)), count)), replies
        )
        paid = paid.sum(axis=1) if paid.ndim == 2 else paid
        if not protocol.itemwise:
            decided, paid = decided & replies.accept[:, :1], np.where(replies.accept[:, 0], paid, 0.0)
        if protocol.reopen:
            decided = decided & (x != problem.null)
        agreed = decided.any(axis=1) | (paid != 0)
        shape = (len(some.p), count)
        yield _Answered(
            some, replies, decided.reshape(*shape, -1), x.reshape(*shape, -1), paid.reshape(shape), agreed.reshape(shape)
        )


def _payoffs(problem: Problem, player: int, types: Ints, answered: _Answered) -> Floats:
    """What each response to each offer gives a player of these types (n,), (O, P) utils of the stage."""
    total = (1.0 if player == 0 else -1.0) * answered.transfer
    for k in range(problem.n):
        worth = problem.utility[player][problem.classes[k], :, types[k]]
        total = total + np.where(answered.decided[:, :, k], worth[answered.x[:, :, k]], 0.0)
    return total


def _best(
    protocol: Protocol,
    problem: Problem,
    player: int,
    own: Ints,
    others: Ints,
    v: float,
    surplus: float,
    batches: Sequence[_Answered],
    listed: int,
) -> DemandedShare:
    """The offer with the least shortfall, and the exact one with the highest guarantee; of equal ones the first."""
    best: DemandedShare | None = None
    exact: DemandedShare | None = None
    for answered in batches:
        mine = _payoffs(problem, player, own, answered)
        least = np.where(answered.agreed, mine, np.inf)
        guarantee, distance = least.min(axis=1) - v, np.zeros(len(mine))
        for other in others:
            theirs = _payoffs(problem, 1 - player, other, answered)
            gap = np.maximum(np.abs(mine - v), np.abs(theirs - (surplus - v))).min(axis=1)
            distance = np.maximum(distance, gap)

        def found(a: int, from_: _Answered, least: Floats, guarantee: Floats, distance: Floats) -> DemandedShare:
            offer, row = from_.offers.at(slice(a, a + 1)), a * least.shape[1] + int(least[a].argmin())
            phase = int(protocol.phases > 1)
            said = protocol.describe_offer(problem, player, offer, 0)
            if phase:
                said += f"; then {describe_types(problem, player, offer.x[0, -problem.n :])}"
            worst = protocol.describe_reply(problem, from_.replies.at(slice(row, row + 1)), phase)
            return DemandedShare(player, own, v, offer, said, worst, float(guarantee[a]), float(distance[a]), listed)

        shortfall = np.maximum(0.0, np.maximum(-guarantee, distance))
        a = int(shortfall.argmin())
        if best is None or shortfall[a] < best.shortfall:
            best = found(a, answered, least, guarantee, distance)
        split = np.where(distance <= EXACT * surplus, guarantee, -np.inf)
        a = int(split.argmax())
        if split[a] > -np.inf and (exact is None or split[a] > exact.guarantee):
            exact = found(a, answered, least, guarantee, distance)
    assert best is not None
    return replace(best, exact=exact) if best.shortfall > EXACT * surplus else best
