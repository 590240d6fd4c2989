"""How long it takes to check deployment documents: ours beside azure-ai-ml's own loader."""
