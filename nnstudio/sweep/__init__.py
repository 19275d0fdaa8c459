"""Many trainings of one project with other values: what is varied, who chooses, and who trains them."""
