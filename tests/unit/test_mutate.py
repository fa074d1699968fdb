"""The mutation script finds the signs of formulas, and no others, and turns exactly one."""

import ast

import mutate
import pytest

FORMULAS = '''
def gain(x, d, delta, points):
    """Says a - b, which is text."""
    total = d + (x - d) / (1 - delta)  # + and - in a comment
    total += -(
        x  # -
        + d
    )
    return total, points[x[0] > d + 1], points - x[:, None]
'''
OTHERS = """
def text(x, names, tol, seed, i):
    if x > 1 + tol or x[i - 1 : -1] < -1e-9:
        raise ValueError("no " + names, i + 1)
    rng = np.random.default_rng(seed + 1)
    return x.sum(-1), x.max(axis=-1), x.reshape(-1, i - 1), [1] + [2] * i, f"{i + 1}", "a" + names, range(i - 1), rng
"""


def signs(source):
    return [(s.sign, s.within) for s in sorted(mutate.sites("a.py", source), key=lambda s: (s.line, s.column))]


def test_every_sign_of_a_formula_is_found():
    found = [w for _, w in signs(FORMULAS)]
    assert found[:3] == ["d + (x - d) / (1 - delta)", "x - d", "1 - delta"]
    assert found[3:] == ["total += -(x + d)", "-(x + d)", "x + d", "d + 1", "points - x[:, None]"]


def test_places_text_tolerances_and_seeds_are_not_formulas():
    assert signs(OTHERS) == []


@pytest.mark.parametrize("site", list(mutate.sites("a.py", FORMULAS)), ids=lambda s: f"{s.line}.{s.column}")
def test_a_mutant_differs_by_one_sign(site):
    mutant = site.turned(FORMULAS)
    differ = [(a, b) for a, b in zip(FORMULAS, mutant, strict=True) if a != b]
    assert differ == [(site.sign, site.other)]
    assert ast.dump(ast.parse(mutant)) != ast.dump(ast.parse(FORMULAS))


@pytest.mark.parametrize("path", ["negotiation/ecl/coalition_bargains.py", "negotiation/bargaining/rubinstein.py"])
def test_every_sign_of_a_file_can_be_turned(path):
    source = (mutate.ROOT / path).read_text(encoding="utf-8")
    found = list(mutate.sites(path, source))
    assert found
    for site in found:
        assert ast.dump(ast.parse(site.turned(source))) != ast.dump(ast.parse(source))


def test_what_is_left_out_exists_and_says_why():
    for (path, function), reason in mutate.LEFT_OUT.items():
        source = (mutate.ROOT / path).read_text(encoding="utf-8")
        assert function in {name for s in mutate.sites(path, source) for name in (s.function, s.within)}, (path, function)
        assert len(reason.split()) >= 5
    assert all((mutate.ROOT / path).exists() for path in mutate.FOLDERS_LEFT_OUT)
