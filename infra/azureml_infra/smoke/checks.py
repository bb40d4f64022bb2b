"""The checks of a smoke run, in their order, and what it means where one isn't well.

docs/first-run-on-azure.md has the same names, and the commands by which one looks for oneself.
"""

SIGN_IN = "sign-in"
ENGINE = "engine"
GROUP = "resource group"
PROVIDERS = "resource providers"
RIGHTS = "rights"
LEFT_OVER = "left over"
PREVIEW = "first preview"
UP = "first up"
AGAIN = "preview after it"
REFRESH = "preview with a refresh"
EDIT = "one word edited"
EDITED = "up of the edit"
DESTROY = "destroy"
GONE = "nothing is left"
PURGED = "names are free again"

_NOTHING_MADE = "Nothing was made."
MEANINGS = {
    SIGN_IN: "Nobody is signed in where this looks: run `az login`, or set the variables that docs/ci.md lists. "
    + _NOTHING_MADE,
    ENGINE: f"Install Pulumi's CLI: https://www.pulumi.com/docs/install/. {_NOTHING_MADE}",
    GROUP: "Make it: `az group create -n NAME -l LOCATION`. The run makes no group, so that it can be given one and no "
    f"more. {_NOTHING_MADE}",
    PROVIDERS: "An owner of the subscription registers each: `az provider register --wait -n NAMESPACE`. "
    + _NOTHING_MADE,
    RIGHTS: "Whoever runs this lacks these; Contributor and Role Based Access Control Administrator on the group have "
    f"them all. {_NOTHING_MADE}",
    LEFT_OVER: "What an earlier run made is still there, and can't be deleted: delete it by hand, with its folder.",
    PREVIEW: "The program or the provider can't run, or something of the same name is there already. " + _NOTHING_MADE,
    UP: "Azure refused a request: its own words are in the answer. Compare it with docs/reference.md, and report it.",
    AGAIN: "Azure, or the provider, reads something otherwise than it was written: it would be changed for ever. "
    "Report it, with what `pulumi preview --diff` says after an `up` of the same platform.",
    REFRESH: "Azure adds or changes something that the state then has: drift would be reported each night. Report it.",
    EDIT: "One word of the workspace is one update. More means that outputs are unknown in a preview, and something is "
    "replaced. Report it.",
    EDITED: "Azure refused the update that was previewed: its own words are in the answer. Report it.",
    DESTROY: "Something can't be deleted; the folder stays. Run this again, or `pulumi destroy` in the folder.",
    GONE: "These cost money and hold names: delete them by hand, and report it.",
    PURGED: "Azure keeps them soft-deleted, so that a stack of the same name can't come up for weeks: "
    "`az keyvault purge --name NAME`.",
}
"""What each means where it failed, in their order."""
