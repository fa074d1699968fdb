"""Players: strategies, one file each, and the Mesa agents and models that play them."""

from typing import TYPE_CHECKING, Any

from agents.concession import Boulware, Conceder, Concession, Linear
from agents.equilibrium import Equilibrium
from agents.rubinstein_demand import RubinsteinDemand
from agents.screening import Screening
from agents.scripted import Scripted
from agents.zero_intelligence import ZeroIntelligence

if TYPE_CHECKING:
    from agents.civilisation import Civilisation as Civilisation
    from agents.model import NegotiationModel as NegotiationModel
    from agents.negotiator import Idle as Idle
    from agents.negotiator import Negotiator as Negotiator
    from agents.universes import Multiverse as Multiverse

__all__ = [
    "Boulware", "Civilisation", "Conceder", "Concession", "Equilibrium", "Idle", "Linear", "Multiverse", "NegotiationModel",
    "Negotiator", "RubinsteinDemand", "Screening", "Scripted", "ZeroIntelligence",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Mesa takes a while to import: only who asks for it waits."""
    if name == "NegotiationModel":
        from agents.model import NegotiationModel

        return NegotiationModel
    if name in ("Idle", "Negotiator"):
        from agents import negotiator

        return getattr(negotiator, name)
    if name == "Civilisation":
        from agents.civilisation import Civilisation

        return Civilisation
    if name == "Multiverse":
        from agents.universes import Multiverse

        return Multiverse
    raise AttributeError(name)
