"""Protocols, one file each: who may say what to whom, and what that settles."""

from protocols.combinatorial import Combinatorial
from protocols.frequency import Frequency
from protocols.item_by_item import ItemByItem
from protocols.menu import Menu
from protocols.share_demanding import ShareDemanding

__all__ = ["Combinatorial", "Frequency", "ItemByItem", "Menu", "ShareDemanding"]
