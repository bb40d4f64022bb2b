"""Many stacks: the list, the overrides of each, and previews of all of them at once."""
