"""The command line `azureml-policies`."""

import sys

from azureml_policies.commands.cli import main

if __name__ == "__main__":
    sys.exit(main())
