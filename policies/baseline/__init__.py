"""What is there already, so that a rule can tell a change from what stays as it is."""
