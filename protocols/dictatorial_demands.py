"""What a dictator demands of a coalition: a mechanism, when the others may fall back on their coalition without the dictator.

The terms (feasible, undominated, safe, strong) are those of ``negotiation.bargaining.incomplete.selection``. All types of the
dictator demand the same mechanism: what its type has to say it says inside it. ``demand`` takes, in this order,

1. ``strong``: the best safe mechanism, if it is undominated: the strong solution of file 003, which gives the others exactly
   their fallback, whatever type of the dictator they infer (4.12b);
2. ``strong, slack``: the best mechanism that gives them at least that, if it is undominated (strong in the sense of Myerson
   1983);
3. ``best safe``: the same if it is dominated. No theory singles it out, but nobody has a reason to refuse it;
4. ``inscrutable``: with nothing safe to demand, a feasible mechanism with the highest prior expectation for the dictator.

If two mechanisms are safe, so is the one in which each type of the dictator picks the better for itself: so one linear
program finds what is best for all types at once, and whether a strong solution exists is decided. Of mechanisms that are
equally good for the dictator, 2 and 3 take one that is best for the others in expectation.

Sources: file 003, Section 4; Myerson, Mechanism design by an informed principal, Econometrica 51 (1983)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.incomplete.coalition_program import SLACK, maximise
from negotiation.bargaining.incomplete.cooperative import CooperativeGame, Members
from negotiation.bargaining.incomplete.mechanisms import Mechanism, spread
from negotiation.bargaining.incomplete.selection import STRONG, Selected, SelectionProblem, selection_problem
from negotiation.bargaining.incomplete.warranted import Payoffs

Floats = NDArray[np.float64]
KINDS = ("strong", "strong, slack", "best safe", "inscrutable")


@dataclass(frozen=True, eq=False)
class Demand:
    """What a ``dictator`` (a player of the game) demands; ``kind``: see the module. In utils: ``payoffs`` of each member, by
    type, ``margin`` of each member, by type: the least that it gets above its fallback, over what it may infer of the
    dictator's type (nothing, where the demand is inscrutable; infinite for the dictator itself); and ``forgone``: how much
    more the dictator's types could get in sum by a feasible mechanism that is worse for none of them."""

    dictator: int
    kind: str
    mechanism: Mechanism
    payoffs: tuple[Floats, ...]
    margin: tuple[Floats, ...]
    forgone: float


def demand(game: CooperativeGame, members: Members, dictator: int, fallback: Payoffs) -> Demand:
    """The demand of a member; ``fallback``: by coalition, the payoffs of each of its members by type, utils (only that of the
    coalition without the dictator is read). Raises InputError where nothing is feasible."""
    problem = selection_problem(game, members, dictator, fallback)
    enough = STRONG * float(spread(problem.program).max())
    found = problem.safe()
    if found is not None and found.domination <= enough:
        return _told("strong", problem, found)
    found = _safe_with_slack(problem)
    if found is None:
        return _told("inscrutable", problem, problem.undominated())
    return _told("strong, slack" if found.domination <= enough else "best safe", problem, found)


def _safe_with_slack(problem: SelectionProblem) -> Selected | None:
    """The best mechanism that is incentive compatible, and worth at least their fallback to the others, whatever type of the
    dictator they infer; of several, one that is best for the others in expectation. None where there is none."""
    program, mine, p = problem.program, problem.mine, problem.program.p_kind
    told = program.lies[:, 0] == problem.seat
    rows = [(-program.honesty[told], np.zeros(int(told.sum())))]
    for given in _inferences(problem):
        theirs = program.honesty[~told] * given
        rows += [(-theirs, np.zeros(len(theirs))), (-program.utilities[~mine] * given, SLACK - problem.reserve[~mine])]
    best = maximise(p[mine] @ program.utilities[mine], rows, [program.sums])
    if best.z is None:
        return None
    kept = program.utilities[mine] @ best.z - SLACK
    kind = maximise(p[~mine] @ program.utilities[~mine], [*rows, (-program.utilities[mine], -kept)], [program.sums])
    return problem.assess(program.mechanism(best.z if kind.z is None else kind.z))


def _inferences(problem: SelectionProblem) -> list[Floats]:
    """For each type of the dictator the factors (variables,) that condition an expectation on it."""
    at, p = problem.program.at[:, problem.seat], problem.game.prior[problem.dictator]
    return [np.repeat((at == t) / p[t], problem.program.decisions) for t in range(len(p))]


def _told(kind: str, problem: SelectionProblem, found: Selected) -> Demand:
    program, z = problem.program, found.mechanism.probability.ravel()
    given = _inferences(problem) if kind != "inscrutable" else [np.ones(program.variables)]
    margin = np.min([program.utilities @ (z * g) for g in given], axis=0) - problem.reserve
    margin[problem.mine] = np.inf
    return Demand(problem.dictator, kind, found.mechanism, found.payoffs, program.split(margin), found.domination)
