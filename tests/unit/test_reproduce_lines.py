"""Lines say what differs; a slip is one only where the print differs from what is computed twice."""

import math

import pytest

from experiments.reproduce.lines import at_least, at_most, distance, equal, for_all, plain, slip, tell


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (equal("x", 1.0, 1.0 + 1e-7), "agrees"),
        (equal("x", 1.0, 1.0 + 1e-5), "differs"),
        (equal("x", [1, 2], [1, 2.5]), "differs"),
        (equal("x", [1, 2], [1, 2, 3]), "differs"),
        (equal("x", 1.0, math.nan), "differs"),
        (equal("x", "yes", True), "agrees"),
        (equal("x", "yes", False), "differs"),
        (equal("x", "yes", 1.0), "differs"),
        (at_most("x", 1, 0.5), "agrees"),
        (at_most("x", 1, 1.1), "differs"),
        (at_most("x", 1, math.nan), "differs"),
        (at_least("x", 1, 1.5), "agrees"),
        (at_least("x", 1, 0.9, within=0.2), "agrees"),
        (at_least("x", 1, 0.9), "differs"),
        (for_all("x", [-1.0, 0.0, 1e-9]), "agrees"),
        (for_all("x", [-1.0, 1e-3]), "differs"),
        (for_all("x", [0.0, math.nan]), "differs"),
        (for_all("x", []), "differs"),
        (slip("x", 2.3, 1.5, 1.5, "why"), "slip"),
        (slip("x", 1.5, 1.5, 1.5, "why"), "differs"),  # what is printed is right after all
        (slip("x", 2.3, 1.5, 1.6, "why"), "differs"),  # the two computations disagree
        (slip("x", "n^(k-1)", 1.5, 1.5, "why"), "slip"),
        (slip("x", "less than 20", 21, 21, "why"), "slip"),
        (slip("x", "less than 20", 19, 19, "why"), "differs"),  # the printed bound holds
        (slip("x", "below 3.5", 3.5 - 1e-9, 3.5, "why"), "slip"),
        (slip("x", "more than 0 (as assumed)", 0.5, 0.5, "why"), "differs"),
        (slip("x", "at most 2", 2.0, 2.0, "why"), "differs"),
        (slip("x", "at most 2", 3.0, 3.0, "why"), "slip"),
    ],
)
def test_verdicts(line, verdict):
    assert line.verdict == verdict


def test_instances_are_counted():
    assert for_all("x", [0, 0, 0]).tried == 3
    assert equal("x", 1, 1).because(5).tried == 5


def test_differences_have_the_unit_of_the_numbers():
    assert distance([1, 2], [1.5, 2.25]) == 0.5
    assert at_most("x", 1, 1.25).difference == 0.25
    assert slip("x", 2, 1, 1.125, "why", within=0.5).difference == 0.125
    assert plain([1, 2]) == [1.0, 2.0]
    assert tell([1.0, 10 / 3]) == "(1, 3.333333)"
