"""A preview's output: read into a plan (`read`), and as the baseline that the plan is compared with (`baseline`)."""
