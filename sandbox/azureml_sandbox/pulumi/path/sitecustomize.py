"""Python runs this when it starts, for it is on PYTHONPATH of what `azureml-sandbox run` runs.

Pulumi runs dynamic resources, and each policy pack, in a process of their own. In those, and in `azureml-policies`,
azure-core's clients are led to the cloud in the file that `SANDBOX_STATE` names; in a program, too, where no server
runs. Those of all others find the server by the environment.
"""

import importlib.util
import os
import sys
from importlib.machinery import PathFinder

sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(__file__)]  # noqa: PTH120 - at every start

_words = {os.path.basename(word) for word in sys.orig_argv}  # noqa: PTH119 - at every start
_LED_HERE = {"pulumi.dynamic", "pulumi.policy", "azureml_policies", "azureml-policies"}
if "AZURE_POD_IDENTITY_AUTHORITY_HOST" not in os.environ:
    _LED_HERE.add("pulumi-language-python-exec")

if not _LED_HERE.isdisjoint(_words) and "SANDBOX_STATE" in os.environ:
    try:
        from azureml_sandbox.pulumi.provider.dynamic import answer

        answer(os.environ["SANDBOX_STATE"])
    except Exception as error:
        # Python goes on after an error in here, and the clients would go to the real Azure.
        sys.stderr.write(f"the sandbox can't stand in for Azure: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
        os._exit(1)

elif "AZURE_POD_IDENTITY_AUTHORITY_HOST" in os.environ:
    # With a secret, azure-identity asks login.microsoftonline.com whether the authority is one, unless the program says
    # `disable_instance_discovery`; the machine's identity it believes. Go's library doesn't know that variable.
    os.environ.setdefault("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")

if "SANDBOX_STATE" in os.environ:
    # Names below localhost are this machine (RFC 6761), which not every resolver knows.
    import socket

    _resolved = socket.getaddrinfo

    def _resolve_local(host, *more, **options):  # type: ignore[no-untyped-def]  # as socket has it
        name = host.decode() if isinstance(host, bytes) else host
        return _resolved(
            "localhost" if isinstance(name, str) and name.endswith(".localhost") else host, *more, **options
        )

    socket.getaddrinfo = _resolve_local

_next = PathFinder.find_spec("sitecustomize")
if _next is not None and _next.loader is not None:
    _next.loader.exec_module(importlib.util.module_from_spec(_next))
