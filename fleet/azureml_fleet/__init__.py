"""Many stacks: which there are, what each says otherwise than its description, and previews of all of them at once."""
