"""Bargaining with private information that cannot be verified: Bayesian cooperative games and their neutral procedural
solution.

A game (``cooperative_game``, ``two_person_game``, ``from_problem``, ``PAPER_GAMES``) says what every coalition can do;
``neutral_procedural_solution`` says what they agree on. Names are loaded when they are first used: the solvers need scipy.
"""

from typing import TYPE_CHECKING

from negotiation.lazy import lazily

if TYPE_CHECKING:
    from negotiation.bargaining.incomplete.comparisons import ComparedSolution, m_solution, s_solution
    from negotiation.bargaining.incomplete.cooperative import Coalition, CooperativeGame, all_coalitions
    from negotiation.bargaining.incomplete.extension import restricted_extension
    from negotiation.bargaining.incomplete.from_problems import from_problem
    from negotiation.bargaining.incomplete.game_building import cooperative_game, two_person_game
    from negotiation.bargaining.incomplete.mechanisms import (
        Mechanism,
        Scales,
        as_mechanism,
        best_mechanism,
        incentive_efficiency,
        virtual_utilities,
    )
    from negotiation.bargaining.incomplete.neutral import (
        CoalitionAgreement,
        NeutralSolution,
        average_dictatorship,
        certificate,
        coalition_agreement,
        neutral_procedural_solution,
        random_dictators,
    )
    from negotiation.bargaining.incomplete.paper_games import PAPER_GAMES
    from negotiation.bargaining.incomplete.payoff_polytopes import InterimFrontier, interim_frontier
    from negotiation.bargaining.incomplete.selection import (
        Compromise,
        Selected,
        SelectionProblem,
        compromise,
        selection_problem,
    )
    from negotiation.bargaining.incomplete.warranted import warranted_claims

_HOME = {  # no module may have the name of something that is exported: it would take its place once imported
    "cooperative": ("Coalition", "CooperativeGame", "all_coalitions"),
    "comparisons": ("ComparedSolution", "m_solution", "s_solution"),
    "extension": ("restricted_extension",),
    "from_problems": ("from_problem",),
    "payoff_polytopes": ("InterimFrontier", "interim_frontier"),
    "game_building": ("cooperative_game", "two_person_game"),
    "mechanisms": ("Mechanism", "Scales", "as_mechanism", "best_mechanism", "incentive_efficiency", "virtual_utilities"),
    "neutral": (
        "CoalitionAgreement", "NeutralSolution", "average_dictatorship", "certificate", "coalition_agreement",
        "neutral_procedural_solution", "random_dictators",
    ),
    "paper_games": ("PAPER_GAMES",),
    "selection": ("Compromise", "Selected", "SelectionProblem", "compromise", "selection_problem"),
    "warranted": ("warranted_claims",),
}  # fmt: skip
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "PAPER_GAMES",
    "Coalition",
    "CoalitionAgreement",
    "ComparedSolution",
    "Compromise",
    "CooperativeGame",
    "InterimFrontier",
    "Mechanism",
    "NeutralSolution",
    "Scales",
    "Selected",
    "SelectionProblem",
    "all_coalitions",
    "as_mechanism",
    "average_dictatorship",
    "best_mechanism",
    "certificate",
    "coalition_agreement",
    "compromise",
    "cooperative_game",
    "from_problem",
    "incentive_efficiency",
    "interim_frontier",
    "m_solution",
    "neutral_procedural_solution",
    "random_dictators",
    "restricted_extension",
    "s_solution",
    "selection_problem",
    "two_person_game",
    "virtual_utilities",
    "warranted_claims",
]  # fmt: skip

__getattr__, __dir__ = lazily(__name__, _MODULE)
