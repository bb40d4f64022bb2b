"""Azure Policy, as far as a definition with the effect *deny* goes: https://learn.microsoft.com/azure/governance/policy/.

What is not modelled is refused when the definition or the assignment is put, with what to add; nothing is passed over.
"""
