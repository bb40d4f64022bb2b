"""What a CI system's jobs need around a preview: which stacks, where to tell it, and whether Azure has drifted."""
