"""Plots: data in, matplotlib Axes out; nothing here simulates. Save one with ``ax.figure.savefig``."""

from negotiation.plots.compare import efficiency, losses, payoffs
from negotiation.plots.course import demands, offers
from negotiation.plots.style import Line
from negotiation.plots.sweep import sweep

__all__ = ["Line", "demands", "efficiency", "losses", "offers", "payoffs", "sweep"]
