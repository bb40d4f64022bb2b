"""What ``az ml`` does, in its words and flags: list, show and create of each kind, and jobs that run once.

What is there is read from Azure Resource Manager, so it is the same on Azure and on the sandbox; what is created is
written into the description, which is what is true. Nothing here needs Pulumi.
"""
