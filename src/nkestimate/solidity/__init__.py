"""How solid an answer is: refitted over other choices, explained, set against itself, compared."""
