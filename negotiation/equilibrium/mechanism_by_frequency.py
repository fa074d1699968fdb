"""Direct mechanisms as a linear program over frequencies: n items of one class with iid types.

A mechanism may be averaged over permutations of the items: its surplus stays, and it stays incentive compatible and
individually rational. So decisions depend on the contingency table N[a, b] (how many items have the reported types a, b) and
the item's cell, and transfers on the tables' margins m and m'. A player of true frequencies m who reports m' also chooses how
many items D[t, t'] of true type t to report as t': D >= 0, row sums m, column sums m'. Given m', the other's types are the
same whatever the truth (independence), so D earns sum D[t, t'] w[m', t', t], where

    w[m', t', t] = E over N given m' of an item's value to true type t when it is reported as t',

and no report pays if max over D of this sum, plus the transfer P(m'), is at most U(m): by duality of the transportation
problem, if there are alpha, beta with alpha_t + beta_t' >= w[m', t', t] and m.alpha + m'.beta + P(m') <= U(m). The program is
exact: permutations among own items (m' = m) are included.

Source: see ``second_best_mechanism``; duality of the transportation problem: Koopmans 1949."""

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.linear_program import Affine, Program, affine, total
from negotiation.equilibrium.mechanism_by_type import Design, equal_split
from negotiation.equilibrium.type_classes import NotAvailable, count_frequencies, frequencies, multinomial, type_space
from negotiation.priors import IID
from negotiation.problem import Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_VARIABLES = 12_000


def build(problem: Problem) -> Design:
    """The program for an iid prior on items of one class. Raises NotAvailable where there are too many contingency tables."""
    prior = problem.prior
    assert isinstance(prior, IID)
    kind, n = int(problem.classes[0]), problem.n
    rows = [prior._rows(i)[kind] for i in (0, 1)]
    used = [np.flatnonzero(row) for row in rows]  # item types that occur
    p = [row[at] for row, at in zip(rows, used, strict=True)]
    sizes, free = (len(p[0]), len(p[1])), len(problem.choices) - 1
    count = count_frequencies(n, sizes[0] * sizes[1])
    if count * sizes[0] * sizes[1] * free > MOST_VARIABLES:
        raise NotAvailable(f"second best: not available at this size ({count:,} contingency tables of types)")
    tables = np.array(list(frequencies(n, sizes[0] * sizes[1])), dtype=np.int64).reshape(-1, *sizes)
    chance = multinomial(tables.reshape(count, -1), np.outer(p[0], p[1]).ravel())
    program = Program()
    q = program.variables((*tables.shape, free), 0.0, 1.0)
    if free > 1:
        for cell in q.reshape(-1, free):
            program.at_most(affine(cell, 1.0), affine([], [], 1.0))
    interim: tuple[list[Affine], list[Affine]] = ([], [])
    margins, paid = [], []
    for i in (0, 1):
        own = tables.sum(axis=2 - i)  # each table's frequencies of i's types
        held = np.unique(own, axis=0)[::-1]
        utility = problem.utility[i][kind][:, used[i]]  # (choices, true types)
        cells, choices = (tables, q) if i == 0 else (tables.transpose(0, 2, 1), q.transpose(0, 2, 1, 3))
        worth = [_worth(program, own, cells, choices, chance, m, utility) for m in held]
        transfer = program.variables(len(held))
        signed = [affine(at, 1.0 - 2 * i) for at in transfer]
        for m, w, t in zip(held, worth, signed, strict=True):
            truth = affine(np.diagonal(w)[m > 0], m[m > 0]) + t
            program.at_most(affine([], [], 0.0), truth)
            interim[i].append(truth)
        for m, truth in zip(held, interim[i], strict=True):
            for report, w, t in zip(held, worth, signed, strict=True):
                _no_gain(program, m, report, w, t, truth)
        margins.append(held)
        paid.append(transfer)
    probability = tuple(multinomial(held, p[i]) for i, held in enumerate(margins))
    probability = (probability[0] / probability[0].sum(), probability[1] / probability[1].sum())
    program.equal(affine(paid[0], probability[0]), affine(paid[1], probability[1]))
    surplus = total(
        [u.times(float(w)) for row, ws in zip(interim, probability, strict=True) for u, w in zip(row, ws, strict=True)]
    )
    even = equal_split(program, interim, probability)

    def read(z: Floats) -> tuple[Floats, Floats]:
        shown = z[q]
        mean = float(probability[0] @ z[paid[0]])
        return np.concatenate([shown, 1 - shown.sum(axis=-1, keepdims=True)], axis=-1), z[paid[0]][:, None] + z[paid[1]] - mean

    space = type_space(problem)
    order = [_order(margins[i], used[i], problem, i) for i in (0, 1)]
    labels = (tuple(space.labels[0][k] for k in order[0]), tuple(space.labels[1][k] for k in order[1]))
    note = f"linear program by frequency, {count:,} contingency tables"
    return Design(program, [surplus, even], interim, labels, probability, tables, read, note)


def _order(margins: Ints, used: NDArray[np.integer], problem: Problem, player: int) -> list[int]:
    """Where the frequencies are among those of ``type_space``, which lists them with all item types."""
    size = len(problem.types[player])
    full = np.zeros((len(margins), size), dtype=np.int64)
    full[:, used] = margins
    listed = [m for m in frequencies(problem.n, size) if not any(m[t] for t in range(size) if t not in used)]
    return [listed.index(tuple(m)) for m in full.tolist()]


def _worth(
    program: Program, own: Ints, cells: Ints, q: Ints, chance: Floats, report: Ints, utility: Floats
) -> NDArray[np.int64]:
    """Variables w[t', t] for one report; -1 where nothing is reported as t'. ``cells`` (tables, own, other), q with choices."""
    at = np.flatnonzero((own == report).all(axis=1))
    weight = chance[at] / chance[at].sum()
    size = len(report)
    w = np.full((size, size), -1, dtype=np.int64)
    for said in np.flatnonzero(report):
        share = weight[:, None] * cells[at, said] / report[said]  # (tables, other's types), sums to 1
        for true in range(size):
            w[said, true] = program.variables(1)[0]
            gain = utility[:-1, true] - utility[-1, true]
            met = share > 0
            columns, values = q[at][:, said][met], share[met][:, None] * gain
            program.equal(affine(w[said, true], 1.0), affine(columns, values, float(utility[-1, true])))
    return w


def _no_gain(program: Program, m: Ints, report: Ints, w: NDArray[np.int64], transfer: Affine, truth: Affine) -> None:
    """Frequencies m gain nothing from the report, however the items are matched with it."""
    true, said = np.flatnonzero(m), np.flatnonzero(report)
    alpha, beta = program.variables(len(true)), program.variables(len(said))
    for j, t in enumerate(true):
        for k, s in enumerate(said):
            program.at_most(affine(w[s, t], 1.0), affine([alpha[j], beta[k]], 1.0))
    program.at_most(affine(alpha, m[true]) + affine(beta, report[said]) + transfer, truth)
