"""Register resources without the stack trace that the SDK takes of each.

It names the same lines of this package for every resource, is more than half of a large registration, and stands in the
state; taking one costs as much as the rest of a registration (pulumi/pulumi, sdk/python/lib/pulumi/runtime/resource.py,
`_get_stack_trace`). It is as long as `sys.tracebacklimit` lets a traceback be.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LIMIT = "tracebacklimit"
"""Of `sys`: it exists only where somebody has set it."""


@contextmanager
def without_traces() -> Iterator[None]:
    """Keep the SDK from taking a stack trace in the block; an error in it is printed after it, with all of its own."""
    before = vars(sys).get(_LIMIT)
    setattr(sys, _LIMIT, 1)
    try:
        yield
    finally:
        if before is None:
            delattr(sys, _LIMIT)
        else:
            setattr(sys, _LIMIT, before)
