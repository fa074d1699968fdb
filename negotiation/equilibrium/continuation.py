"""What play is worth beyond the horizon of a game tree."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Continuation(ABC):
    """The value of the play that is cut off at the horizon, by own type and public beliefs. Every report names it."""

    name: ClassVar[str] = ""
    by_belief: ClassVar[bool] = True

    @abstractmethod
    def values(self, about_alice: Floats, about_bob: Floats) -> tuple[Floats, Floats]:
        """Values (R, T_a) to Alice and (R, T_b) to Bob, in utils of the stage at the horizon, for R ends at which the public
        beliefs about Alice's type are (R, T_a) and about Bob's (R, T_b)."""


@dataclass(frozen=True)
class Nothing(Continuation):
    """The negotiation ends without agreement: worth 0 to everybody."""

    name = "nothing"
    by_belief = False

    def values(self, about_alice: Floats, about_bob: Floats) -> tuple[Floats, Floats]:
        return np.zeros(about_alice.shape), np.zeros(about_bob.shape)


@dataclass(frozen=True)
class Supplied(Continuation):
    """Values that a function of both beliefs gives (see ``Continuation.values``), under a name of its own."""

    function: Callable[[Floats, Floats], tuple[Floats, Floats]]
    name: str = "supplied values"  # type: ignore[misc]

    def values(self, about_alice: Floats, about_bob: Floats) -> tuple[Floats, Floats]:
        alice, bob = self.function(about_alice, about_bob)
        return np.asarray(alice, dtype=float), np.asarray(bob, dtype=float)
