"""The pack, when Pulumi runs this folder (`--policy-pack policies`); the commands, as ``python -m policies``."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
_INSTALL = "The environment that PulumiPolicy.yaml names needs what requirements.lock lists: run `make up` once"

if __name__ == "__main__":
    if __package__:
        from policies.commands.cli import main

        sys.exit(main())
    # The engine runs the folder as a program of its own: what it imports lies beside it.
    sys.path.insert(0, str(HERE.parent))
    try:
        from policies.pack.server import serve
    except ImportError as error:
        sys.exit(f"error: this policy pack can't be loaded, so nothing is allowed: {error}. {_INSTALL}")
    serve(HERE)
