"""Microsoft.Authorization: who may do what where, and which policies hold there."""
