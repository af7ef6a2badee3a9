"""Two cases set side by side, and what the difference of their answers is made of."""
