"""Numbers in documents: every numeric phrase of a text, what it says, and whether the evidence of a case accounts for it."""
