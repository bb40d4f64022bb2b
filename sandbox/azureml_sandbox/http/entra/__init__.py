"""Sign-in: Entra's endpoints, the tokens they issue, and managed identities."""
