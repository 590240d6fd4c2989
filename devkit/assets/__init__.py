"""Models, environments and code by the hash of their content, and where a model lies below AZUREML_MODEL_DIR."""
