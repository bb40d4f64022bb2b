"""Reviews of a pull request's changes for the person who decides: from a preview, in az ml's words."""
