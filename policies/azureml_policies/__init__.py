"""Who may change what: rules over a plan, decided by Azure RBAC before anything is touched."""
