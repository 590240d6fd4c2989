"""What this machine has: small probes, each with a remedy; a probe that breaks is itself a result."""
