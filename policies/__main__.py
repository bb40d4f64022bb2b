"""The policy pack, as Pulumi runs this folder: `pulumi preview --policy-pack policies`."""

import sys
from pathlib import Path

_INSTALL = "The environment that PulumiPolicy.yaml names needs what requirements.lock lists: run `make up` once"

try:
    from azureml_policies.pack.server import serve
except ImportError as error:
    sys.exit(f"error: this policy pack can't be loaded, so nothing is allowed: {error}. {_INSTALL}")

if __name__ == "__main__":
    serve(Path(__file__).resolve().parent)
