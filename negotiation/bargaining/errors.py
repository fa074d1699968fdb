"""Errors of the bargaining solutions.

A bargaining problem is a pair (F, d): F a non-empty closed convex set of payoff vectors in R^n, in utils,
bounded above (F with x >= d is compact), and d in R^n the disagreement point, which has to be feasible; a
solution further needs some x in F with x >= d and x != d (gains from trade). Each way to miss this definition
has its own error; all of them are ``BargainingError``, which is an ``InputError`` and so a
``ValueError``. ``NotCertified`` is not about the input and is none.

Source: Treutlein, Modeling evidential cooperation in large worlds, Definition 2 and the remarks that follow
it.
"""

from negotiation.errors import InputError


class BargainingError(InputError):
    """A feasible set, disagreement point or weight vector does not define a bargaining problem."""


class EmptySet(BargainingError):
    """The feasible set has no point: no payoff vectors given, or inequalities that contradict each other."""


class UnboundedSet(BargainingError):
    """Some player's payoff has no upper bound on the set, or on the part of it that the request is about."""


class InfeasibleDisagreement(BargainingError):
    """The disagreement point lies outside the feasible set (outside what free disposal allows, where it
    does).
    """


class NoGainsFromTrade(BargainingError):
    """No feasible point is at least as good as the disagreement point for all and better for somebody."""


class NotANumber(BargainingError):
    """A payoff, a coefficient or a weight is NaN, or infinite where a finite number is needed."""


class BadShape(BargainingError):
    """An array has the wrong number of axes or entries for the number of players."""


class BadWeights(BargainingError):
    """Weights are negative, or zero where they have to be positive."""


class NotCertified(ArithmeticError):
    """A point was found but its certificate falls short: a numerical failure, not a property of the input."""


class NotOnFrontier(BargainingError):
    """The point is not on the Pareto frontier, so no common weights support it."""
