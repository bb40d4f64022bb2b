"""Azure Machine Learning platforms: az ml's words in, azure-native resources out."""
