"""The words of az ml, one typed model each."""
