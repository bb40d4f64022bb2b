"""A first run on Azure: a small platform comes and goes in a resource group, and a report says what Azure answered."""
