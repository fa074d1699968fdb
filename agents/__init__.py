"""Players: strategies, one file each, and the Mesa agents and models that play them."""

from typing import TYPE_CHECKING

from agents.concession import Boulware, Conceder, Concession, Linear
from agents.equilibrium import Equilibrium
from agents.rubinstein_demand import RubinsteinDemand
from agents.screening import Screening
from agents.scripted import Scripted
from agents.zero_intelligence import ZeroIntelligence
from negotiation.lazy import lazily

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

__getattr__, __dir__ = lazily(__name__, _HOME)
