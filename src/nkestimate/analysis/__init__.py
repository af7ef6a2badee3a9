"""What follows from a case: fits, their summaries, probability words."""

from nkestimate.analysis.fit import Fit, fit, over_time, summarize
from nkestimate.analysis.words import words

__all__ = ["Fit", "fit", "over_time", "summarize", "words"]
