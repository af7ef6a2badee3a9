"""How a number, unit, name, statement or probability is written, at a terminal and in print."""
