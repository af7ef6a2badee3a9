"""Numbers in documents: every numeric phrase of a text, what it says, and whether the evidence of a case accounts for it."""

from nkestimate.audit.agreement import Disagreement
from nkestimate.audit.audit import Audit, Row, audit_case
from nkestimate.audit.grammar import Figure, read_figures
from nkestimate.audit.phrases import Phrase, find_phrases

__all__ = ["Audit", "Disagreement", "Figure", "Phrase", "Row", "audit_case", "find_phrases", "read_figures"]
