"""Who has which rights in Azure: role assignments, deny assignments, and what they come to for one action."""
