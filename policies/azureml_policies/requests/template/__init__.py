"""ARM templates: what a deployment would ask ARM for, as far as it can be told before it runs."""
