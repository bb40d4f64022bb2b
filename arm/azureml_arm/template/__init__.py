"""ARM templates: their expressions and what they declare, for whoever deploys one and whoever judges one beforehand."""
