"""Figures of evidential cooperation: the data that are drawn, and labels with units."""

from __future__ import annotations

import numpy as np
import pytest

from negotiation.ecl import compromise, example_54, example_54_split, figure_13, logarithmic_curve, square_root_curve
from negotiation.plots import ecl


def test_curves_are_drawn_in_percent() -> None:
    q = np.linspace(0, 0.5, 11)
    curves = [square_root_curve(q), logarithmic_curve(q, 100)]
    ax = ecl.gains_curves(curves, measured=[figure_13(q[::5])])
    drawn = [np.asarray(line.get_ydata()) for line in ax.get_lines() if len(np.asarray(line.get_ydata())) == len(q)]
    for curve in curves:
        for values in (curve.share, curve.gain):
            assert any(np.allclose(y, 100 * values) for y in drawn)
    assert "percent" in ax.get_ylabel() and "belief" in ax.get_xlabel()
    legend = ax.figure.legends[0]  # type: ignore[union-attr]
    assert "square root, solved" in [text.get_text() for text in legend.get_texts()]


def test_feasible_sets_hold_the_compromise() -> None:
    game = example_54()
    found = compromise(game)
    ax = ecl.feasible_sets(game, found)
    points = [tuple(np.asarray(line.get_xydata())[0]) for line in ax.get_lines()]
    assert tuple(found.payoffs) in points and tuple(found.disagreement) in points
    assert "utils" in ax.get_xlabel() and "utils" in ax.get_ylabel()
    with pytest.raises(ValueError, match="two types"):
        ecl.feasible_sets(example_54_split())
