"""What ARM resources can't express, as Pulumi dynamic resources: few, typed, one shape.

A provider here is a small class that keeps no state: Pulumi stores it by reference (module and name), so these modules
stay importable under these names for as long as a stack holds such a resource. Those of 0.1.0 were `infra.dynamic.…`:
`infra/legacy/` still serves them, as a part of a namespace package, which a user's own `infra` comes before.
"""
