"""What a pull request would change, for the person who decides: read from a preview, told in az ml's words."""
