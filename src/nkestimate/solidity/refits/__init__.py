"""A case refitted over a grid of choices."""
