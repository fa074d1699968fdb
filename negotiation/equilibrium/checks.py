"""Checking play: how much could each player and type gain by deviating, and are beliefs what they should be?"""

from collections.abc import Sequence
from typing import Any

from negotiation.equilibrium.assessments import check_assessment
from negotiation.equilibrium.automata import Automaton
from negotiation.equilibrium.automaton_check import AutomatonReport, check_automaton
from negotiation.equilibrium.automaton_unrolled import BayesReport, check_under_bayes
from negotiation.equilibrium.deviations import DeviationReport, deviation_gains
from negotiation.equilibrium.reports import Report
from negotiation.equilibrium.strategy_tables import strategy_profile
from negotiation.equilibrium.tree_building import game_tree
from negotiation.equilibrium.trees import Floats, GameTree, Profile
from negotiation.errors import CannotPlay, InputError
from negotiation.play import Session
from negotiation.strategy import Strategy

EXACT_NODES = 1_000_000  # the largest game tree on which strategies are checked exactly


def check(
    subject: Any,
    profile: Sequence[Floats] | tuple[Strategy, Strategy] | None = None,
    beliefs: Sequence[Floats] | str | None = None,
    *,
    sequence: Sequence[Profile] | None = None,
    negotiations: int = 20_000,
    seed: int = 1,
) -> Report | AutomatonReport | BayesReport | DeviationReport:
    """How far a profile is from an equilibrium, in numbers.

    - ``check(tree, profile, beliefs=None)``: a profile on a ``GameTree`` (an array (histories, actions, types) for each
      layer), or two strategies, which are turned into one. ``beliefs`` are Alice's and Bob's at every history, by default
      those of Bayes' rule. ``sequence``: totally mixed profiles that approach it, the witness of a sequential equilibrium
      (else one is constructed).
    - ``check(automaton)``: a profile given as a finite automaton, whose states hold the beliefs; each player's decision
      problem is solved without a horizon (``check_automaton``). With ``beliefs="bayes"``, under the beliefs that Bayes' rule
      makes of the profile, whatever its states say (``check_under_bayes``).
    - ``check(session)``: the strategies of a ``negotiation.play.Session``: exactly, where its protocol has a grid and a horizon
      and the game tree at most a million nodes; otherwise the best of a stated class of deviations (``deviation_gains``), with
      ``negotiations`` played for each from ``seed``.

    Every result reports gains in utils (for each player and type, at the start, on the path and at any information set), the
    most profitable deviations, and how far the beliefs are from consistent; what is a small gain is for the reader to say."""
    if isinstance(subject, GameTree):
        if profile is None:
            raise InputError("check: expected a profile (an array for each layer of the tree) or two strategies")
        if isinstance(beliefs, str):
            raise InputError(f"beliefs: on a tree expected arrays, or none for those of Bayes' rule, got {beliefs!r}")
        if len(profile) == 2 and isinstance(profile[0], Strategy):
            profile = strategy_profile(subject, (profile[0], profile[1]))  # type: ignore[arg-type]
        return check_assessment(subject, profile, beliefs, sequence)  # type: ignore[arg-type]
    if isinstance(subject, Automaton):
        return check_under_bayes(subject) if beliefs == "bayes" else check_automaton(subject)
    if isinstance(subject, Session):
        return check_session(subject, negotiations, seed)
    raise InputError(f"check: expected a game tree, an automaton or a session, got {type(subject).__name__}")


def check_session(session: Session, negotiations: int, seed: int) -> Report | DeviationReport:
    """Exactly where a tree holds the whole game, otherwise by simulation."""
    protocol = session.protocol
    if protocol.grid is not None and protocol.horizon is not None:
        try:
            whole = {"horizon": protocol.horizon, "tremble": session.tremble, "limit": EXACT_NODES}
            tree = game_tree(session.problem, protocol, **whole)  # type: ignore[arg-type]
            return check_assessment(tree, strategy_profile(tree, session.strategies))
        except (CannotPlay, InputError):
            pass  # too large, offers off the grid, or moves drawn at random
    return deviation_gains(session, negotiations=negotiations, seed=seed)
