"""Live update: a saved change of the code folder reaches the running script, and the model stays in memory."""
