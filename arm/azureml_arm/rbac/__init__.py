"""Azure's role-based access control as a function: rights that are known, an action, and what they come to."""
