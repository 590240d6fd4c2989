"""Findings as text for a terminal, as JSON, as SARIF and as GitHub annotations."""
