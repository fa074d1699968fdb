"""What theory says of equilibria (bounds), and mechanism-design benchmarks. Names are loaded when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiation.equilibrium.bounds import PayoffBounds, payoff_bounds
    from negotiation.equilibrium.items_bound import ItemsNeeded, items_needed, tremble_bound
    from negotiation.equilibrium.itemwise import ItemwiseBound, itemwise_bound
    from negotiation.equilibrium.linking import Linking, linking_mechanism
    from negotiation.equilibrium.many_items import frequency_bounds
    from negotiation.equilibrium.nearly_known import nearly_known_bounds, typical_types, uncertainty_table
    from negotiation.equilibrium.second_best_mechanism import SecondBest, second_best
    from negotiation.equilibrium.truth import best_lies
    from negotiation.equilibrium.type_classes import NotAvailable, TypeSpace, type_space
    from negotiation.equilibrium.updating import posterior_bound, updating_rate

_MODULE = {  # no module may have the name of something that is exported: it would take its place once imported
    "PayoffBounds": "bounds", "payoff_bounds": "bounds",
    "ItemsNeeded": "items_bound", "frequency_bounds": "many_items", "items_needed": "items_bound",
    "tremble_bound": "items_bound",
    "ItemwiseBound": "itemwise", "itemwise_bound": "itemwise",
    "nearly_known_bounds": "nearly_known", "typical_types": "nearly_known", "uncertainty_table": "nearly_known",
    "posterior_bound": "updating", "updating_rate": "updating",
    "Linking": "linking", "linking_mechanism": "linking",
    "best_lies": "truth",
    "SecondBest": "second_best_mechanism", "second_best": "second_best_mechanism",
    "NotAvailable": "type_classes", "TypeSpace": "type_classes", "type_space": "type_classes",
}  # fmt: skip
__all__ = [
    "ItemsNeeded", "ItemwiseBound", "Linking", "NotAvailable", "PayoffBounds", "SecondBest", "TypeSpace", "best_lies",
    "frequency_bounds", "items_needed", "itemwise_bound", "linking_mechanism", "nearly_known_bounds", "payoff_bounds",
    "posterior_bound", "second_best", "tremble_bound", "type_space", "typical_types", "uncertainty_table", "updating_rate",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value
