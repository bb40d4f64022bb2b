"""What Azure Resource Manager calls things: types, paths, bodies, names, roles, sizes. Facts without behaviour."""
