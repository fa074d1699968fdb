"""Rubinstein's shares of a known surplus, certified as an equilibrium without listing what could be offered.

Let S be known, x_i player i's share as proposer and y_j = 1 - x_i the other's as responder (``rubinstein_shares``, any order of
offers). The profile, after every history without agreement and whatever is believed: the proposer i makes the
share-demanding offer of x_i S (Definition 1); the responder j accepts, in the best way, iff that gives at least y_j S.

- No offer does better, be it a price table or anything else. Accepted, it leaves j at least y_j S, and nobody can share more
  than S, so it earns at most S - y_j S = x_i S; refused, at most the value of waiting. That holds for each of j's types that
  have positive probability with i's own, so for every belief over them (Section 3.6).
- No response does better: refusing is worth d_j times what j expects at the next stage, which is y_j S.

By the one-shot deviation principle (payoffs are bounded and discounted) these two are all gains, at every information set. The
profile lasts for ever: a protocol's horizon is not used. Its payoffs are the only ones of any weak perfect Bayesian equilibrium
(Theorems 1 and 2); with one side making all offers that side takes S (footnote 11). Utilities over whole decisions are covered
as they are (Section 4.4).

With reopening, an agreement may leave items open. Then the bound S on what both share holds for any continuation after a part
has been agreed if the players discount alike: parts agreed later are only worth less, and each gets at least 0 there, since it
can refuse for ever. The certificate takes such continuations to be sequentially rational and does not construct them. With
unequal discounting transfers at different stages are worth something by themselves, so that case is refused.
Source: file 004, Theorems 1 and 2 (the proof prints 1 + d_a d_b for 1 - d_a d_b), Example 1 (3), Section 4.4."""

from dataclasses import dataclass

import numpy as np

from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium.share_demanding_offers import ShareDemandingOffers, has_share_demanding_offers
from negotiation.equilibrium.trees import Floats
from negotiation.errors import CannotPlay
from negotiation.problem import PLAYERS, Problem
from negotiation.protocol import Protocol


@dataclass(frozen=True, eq=False)
class RubinsteinCertificate:
    """What any deviation from the profile gains at most. Arrays are (Alice's, Bob's), in utils.

    - ``payoffs``: expected at stage 0, before the proposer is known where the order is random; ``surplus`` is their sum;
    - ``offering``, ``answering``: where a player proposes, and where it responds, which is also the least that it accepts;
    - ``gain_offer``, ``gain_reply``: bounds over all offers and responses, at any information set, all types and beliefs;
    - ``offers``: the share-demanding offers that the profile makes, with their slacks; ``assumes``: what is taken for
      granted."""

    problem: str
    protocol: str
    surplus: float
    payoffs: Floats
    offering: Floats
    answering: Floats
    gain_offer: Floats
    gain_reply: Floats
    offers: ShareDemandingOffers
    assumes: tuple[str, ...]

    @property
    def largest_gain(self) -> float:
        """The largest of the bounds, plus by how much an offer misses its demand, utils."""
        return float(max(self.gain_offer.max(), self.gain_reply.max())) + self.offers.shortfall

    def __str__(self) -> str:
        shares = ", ".join(f"{who} {share:.6f}" for who, share in zip(PLAYERS, self.payoffs, strict=True))
        told = f"{self.protocol} on {self.problem}: {shares} of {self.surplus:g}; no deviation gains "
        told += f"more than {self.largest_gain:.2g}"
        return "\n  if ".join((told, *self.assumes))


def rubinstein_certificate(problem: Problem, protocol: Protocol) -> RubinsteinCertificate:
    """Certify the profile above for a protocol with share-demanding offers on a problem with a known surplus.

    Raises InputError where the surplus is not known; CannotPlay where the protocol has no share-demanding offer (item-by-item),
    where types or responses are too many to list, and for reopening with unequal discount factors."""
    if protocol.reopen and problem.discount[0] != problem.discount[1]:
        raise CannotPlay(
            "certificate: with reopening it needs equal discount factors, or transfers over time are worth something"
        )
    shares = rubinstein_shares(problem.discount, protocol.order, protocol.recognition)
    surplus = problem.surplus.mean
    offering, answering, waiting = (surplus * part for part in (shares.offering, shares.answering, shares.waiting))
    offers = has_share_demanding_offers(protocol, problem, np.clip(offering, 0.0, surplus).tolist())
    if not offers:
        raise CannotPlay(f"certificate: {protocol.name} has no share-demanding offers: {str(offers).splitlines()[1].strip()}")
    accepted = surplus - answering[::-1]  # the most that is left of the surplus
    gain_offer = np.maximum(0.0, np.maximum(accepted, waiting) - offering)
    assumes = ["the negotiation may last for ever"]
    if offers.condition:
        assumes.append("Phase 2 is played truthfully and efficiently (footnote 16)")
    if protocol.reopen:
        assumes.append("play is sequentially rational after an agreement on a part")
    return RubinsteinCertificate(
        problem=problem.name,
        protocol=protocol.name,
        surplus=surplus,
        payoffs=surplus * shares.expected,
        offering=offering,
        answering=answering,
        gain_offer=gain_offer,
        gain_reply=np.full(2, shares.residual * surplus),
        offers=offers,
        assumes=tuple(assumes),
    )
