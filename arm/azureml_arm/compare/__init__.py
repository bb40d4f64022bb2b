"""Whether what is meant is what is there: a request's body against Azure's answer, or against an earlier request.

Azure answers with the same values written in other ways, and with more than it was asked for. `values` and `addresses`
know the ways, `known.csv` what Azure ML makes of each type's body, `bodies` walks the two.
"""

from azureml_arm.compare.bodies import READ_ONLY, Difference, differences, dotted_path

__all__ = ["READ_ONLY", "Difference", "differences", "dotted_path"]
