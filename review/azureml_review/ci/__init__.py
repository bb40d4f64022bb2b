"""What CI jobs need around a preview: the stacks, the comment to write, and drift."""
