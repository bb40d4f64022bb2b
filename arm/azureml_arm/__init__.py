"""What all packages must agree on about Azure Resource Manager.

Facts: types, paths, bodies, names, roles, sizes, clouds. Evaluators that more than one package asks: role assignments
(`rbac`) and the template language (`template`). And the file lock (`locking`) that every run on one folder takes.
"""
