"""Microsoft.MachineLearningServices."""
