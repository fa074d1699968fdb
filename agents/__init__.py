"""Players: strategies, one file each, and the Mesa agents and models that play them."""

from importlib import import_module
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

_HOME = {  # Mesa takes a while to import: only who asks for it waits
    "Civilisation": "civilisation",
    "Idle": "negotiator",
    "Multiverse": "universes",
    "NegotiationModel": "model",
    "Negotiator": "negotiator",
}
__all__ = [
    "Boulware",
    "Civilisation",
    "Conceder",
    "Concession",
    "Equilibrium",
    "Idle",
    "Linear",
    "Multiverse",
    "NegotiationModel",
    "Negotiator",
    "RubinsteinDemand",
    "Screening",
    "Scripted",
    "ZeroIntelligence",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f"agents.{_HOME[name]}"), name)
