"""Code that jobs of the corpus run."""
