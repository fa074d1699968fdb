"""Pictures of incentive-efficient frontiers: what is drawn is what theory says (Figures 2.1, 2.2 and 6.1 of file 003)."""

import numpy as np
import pytest

from negotiation.bargaining.incomplete import PAPER_GAMES, interim_frontier
from negotiation.plots.frontiers import frontier


def drawn(ax, label):
    """The ends of the thick lines of a frontier in space, as a set of rounded corners."""
    line = next(one for one in ax.get_lines() if one.get_label() == label)
    same = [one for one in ax.get_lines() if one.get_color() == line.get_color() and len(one.get_data_3d()[0]) == 2]
    return {tuple(float(x) + 0.0 for x in np.round(corner, 5)) for one in same for corner in np.array(one.get_data_3d()).T}


@pytest.mark.parametrize(
    ("name", "fixed", "corners"),
    [
        ("bilateral-trade", None, {(90, 30, 0), (0, 0, 72), (60, 0, 30)}),
        ("brokered-trade", {(2, 0): 0.0}, {(90, 30, 0), (0, 0, 78), (90, 0, 6), (0, 30, 72)}),
        ("project-pair", None, {(9, 0, 0), (0, 10, 5), (5, 5, 0)}),
    ],
)
def test_corners_of_the_papers_figures(name, fixed, corners):
    ax = frontier({"efficient": interim_frontier(PAPER_GAMES[name](), fixed=fixed)})
    assert drawn(ax, "efficient") == corners


def test_the_lot_of_the_taxed_sale_is_inside(tmp_path):
    one = interim_frontier(PAPER_GAMES["taxed-sale"]())
    ax = frontier({"efficient": one}, {"seller": (7, 0), "buyer": (0, 10)}, (3.5, 5), (5, 5))
    lines = {line.get_label(): line.get_xydata() for line in ax.get_lines()}
    assert lines["neutral procedural solution"].tolist() == [[5, 5]]
    assert lines["lots drawn among the dictators"].tolist() == [[3.5, 5]]
    thick = np.concatenate([line.get_xydata() for line in ax.get_lines() if len(line.get_xydata()) == 2])
    assert {tuple(p) for p in np.round(thick, 6) + 0.0} == {(7, 0), (5, 5), (0, 10)}
    ax.figure.savefig(tmp_path / "tax.png")
    assert "seller (utils)" in (ax.get_xlabel(), ax.get_ylabel())


def test_what_cannot_be_drawn():
    game = PAPER_GAMES["project"]()
    with pytest.raises(ValueError, match="two or three axes"):
        frontier({})
    with pytest.raises(ValueError, match="two or three axes"):
        frontier({"all": interim_frontier(game)})
    with pytest.raises(ValueError, match="they are flat"):
        frontier({"pair": interim_frontier(game, (0, 1))})


def test_payoffs_that_are_held_are_no_axes():
    """Of every type in turn, at its mean over the vertices: the others remain, and are vertices' payoffs of the whole."""
    game = PAPER_GAMES["bilateral-trade"]()
    whole = interim_frontier(game)
    kinds = [(i, t) for i, labels in enumerate(game.types) for t in range(len(labels))]
    assert len(kinds) == len(whole.labels) == 3
    for k, kind in enumerate(kinds):
        held = interim_frontier(game, fixed={kind: float(whole.vertices[:, k].mean())})
        assert held.labels == tuple(label for j, label in enumerate(whole.labels) if j != k)
        rest = np.delete(whole.vertices, k, axis=1)
        assert (held.vertices.max(axis=0) <= rest.max(axis=0) + 1e-7).all()
