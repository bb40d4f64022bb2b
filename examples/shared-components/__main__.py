"""The program that `pulumi up` and the sandbox run: a description becomes a platform."""

import signal

import pulumi

from azureml_infra import Platform

# When a resource fails, Pulumi interrupts the program; its report is enough without a KeyboardInterrupt's traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

Platform.from_config().export(pulumi.export)
