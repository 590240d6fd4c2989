"""How long a deployment takes from its command to its first answer, here and with azure-ai-ml's local endpoints."""
