"""What ARM resources can't express, as Pulumi dynamic resources: few, typed, one shape.

A provider here is a small class that keeps no state: Pulumi stores it by reference (module and name), so these modules
stay importable under these names for as long as a stack holds such a resource.
"""
