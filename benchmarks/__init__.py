"""What the program does, timed against what a user would pick instead: ``python -m benchmarks``."""
