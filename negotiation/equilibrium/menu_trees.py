"""The menu equilibrium of Section 6.1 on a game tree: its strategies and beliefs at every history, for ``check``."""

import numpy as np

from negotiation.equilibrium.menus import MenuEquilibrium
from negotiation.equilibrium.trees import Floats, GameTree, Ints, Layer, Profile
from negotiation.errors import InputError
from negotiation.table import TIE, Offer


def menu_assessment(tree: GameTree, found: MenuEquilibrium) -> tuple[Profile, tuple[Floats, Floats]]:
    """The profile on the tree, and Alice's beliefs (H, T_b) and Bob's (H, T_a): sure of the category that an offer names.

    The tree must be of the menu protocol on the equilibrium's problem, its grid must hold the menus, and offers alternate; what
    the tree's continuation is worth is not part of the profile. Raises InputError where some menu is not on the grid."""
    if tree.protocol.name != "menu" or tree.protocol.order != "alternating" or tree.protocol.reopen:
        raise InputError(f"menu assessment: expected a tree of the menu protocol with alternating offers, not {tree.title}")
    orders = _categories(tree, found)
    about = [np.tile(tree.marginal[j], (tree.histories, 1)) for j in (1, 0)]  # about the other, by player
    profile: Profile = []
    offers: Layer | None = None
    for number, layer in enumerate(tree.layers):
        if number:
            before = tree.layers[number - 1]
            parents = before.first + (tree.origin[layer.histories] - before.edge) // before.actions
            for i in (0, 1):
                about[i][layer.histories] = about[i][parents]
        if layer.kind == "offer":
            offers = layer
            profile.append(_offering(tree, found, layer, orders[layer.player]))
            continue
        assert offers is not None
        assert isinstance(offers.moves, Offer)
        listed = offers.moves.at(layer.block)
        item = listed.x[:, 0]
        about[layer.player][layer.histories] = item[:, None] == orders[1 - layer.player]
        sigma = np.zeros((layer.count, layer.actions, len(tree.types[layer.player])))
        for t, l in enumerate(orders[layer.player]):  # noqa: E741
            for named in (0, 1):
                here = np.flatnonzero(item == named)
                accepts, pick = found.answer(int(l), offers.player, named, listed.p[here])
                sigma[here, np.where(accepts, 1 + pick, 0), t] = 1.0
        profile.append(sigma)
    return profile, (about[0], about[1])


def _categories(tree: GameTree, found: MenuEquilibrium) -> tuple[Ints, Ints]:
    """The category of each of the tree's types."""
    problem, orders = tree.problem, []
    for i in (0, 1):
        worth = problem.utility[i][problem.classes, int(problem.proposals[0]), tree.types[i]]  # (T_i, items)
        near = np.abs(worth[:, None] - found.worth[i][None]).max(axis=2) <= TIE * tree.scale  # (T_i, categories)
        if near.shape != (2, 2) or (near.sum(axis=1) != 1).any():
            raise InputError("menu assessment: the tree and the equilibrium are of different problems")
        orders.append(near.argmax(axis=1))
    return orders[0], orders[1]


def _offering(tree: GameTree, found: MenuEquilibrium, layer: Layer, order: Ints) -> Floats:
    """Each type offers its category's menu, at every history of the layer."""
    assert isinstance(layer.moves, Offer)
    sigma = np.zeros((layer.count, layer.actions, len(order)))
    for t, k in enumerate(order):
        menu = found.menus[layer.player, k]
        same = (layer.moves.x[:, 0] == k) & (np.abs(layer.moves.p - menu).max(axis=1) <= TIE * tree.scale)
        if not same.any():
            raise InputError(f"menu assessment: the menu {menu.tolist()} is not on the tree's grid")
        sigma[:, int(same.argmax()), t] = 1.0
    return sigma
