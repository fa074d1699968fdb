"""Errors that a user can cause. Each is a ValueError with one clear line: what, where, what was expected."""


class InputError(ValueError):
    """A problem, prior, protocol, strategy or scenario was described wrongly."""


class CannotPlay(InputError):
    """A protocol or a strategy cannot play this problem; the message says why."""


class RuleBroken(ValueError):
    """A player made an offer or a response that the protocol does not allow.

    The message names the negotiation, the stage, the player, its move and what was allowed."""
