"""Parity: what a dev container is, beside what the deployment asks for and what the machine outside has."""
