"""Leave out the type aliases that azure-native's SDK puts on every resource.

Each class carries some fifty aliases (one an API version) that Pulumi resolves one by one: about 45 ms a resource. They
matter only to a stack whose state still holds versioned types (``azure-native:storage/v20210101:StorageAccount``); the
setting `keep_aliases` is for those. A user's own aliases, and the ones a child inherits from a renamed parent, stay.
"""

from __future__ import annotations

import pulumi

SDK_TOKENS = ("azure-native:", "azure-nextgen:")
_UNSET: object = ...  # pulumi.Alias marks with it what wasn't given


def is_builtin(alias: object) -> bool:
    """Return whether an alias is one of the SDK's own: a former type of the same resource and nothing else."""
    return (
        isinstance(alias, pulumi.Alias)
        and isinstance(alias.type_, str)
        and alias.type_.startswith(SDK_TOKENS)
        and all(value is _UNSET for value in (alias.name, alias.parent, alias.stack, alias.project))
    )


def drop_builtin_aliases(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Return the resource transformation that takes the SDK's aliases off."""
    if not args.type_.startswith(SDK_TOKENS[0]) or not args.opts.aliases:
        return None
    aliases = args.opts.aliases
    if isinstance(aliases, pulumi.Output):
        return None
    kept = [alias for alias in aliases if not is_builtin(alias)]
    args.opts.aliases = kept or None
    return pulumi.ResourceTransformationResult(args.props, args.opts)
