"""``azureml-policies who|explain|check|roles|rules``: the rules and the rights behind them, outside a preview."""

import sys

from azureml_policies.commands.cli import main

if __name__ == "__main__":
    sys.exit(main())
