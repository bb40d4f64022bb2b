"""Suites of operations of azure-ai-ml's MLClient; `listed` names them where azure-ai-ml is not installed."""
