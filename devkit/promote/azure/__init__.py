"""What promotion to Azure ML consists of."""
