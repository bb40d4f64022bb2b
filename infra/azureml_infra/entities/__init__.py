"""One typed model for each kind of az ml."""
