"""English about results: facts come from below, layout stands above."""
