"""Instances of a deployment: what one comes to (`plan`), and who starts it (`process`, `docker`)."""
