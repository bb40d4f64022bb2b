"""ARM templates: what a deployment would ask ARM for, as far as it can be known before it runs."""
