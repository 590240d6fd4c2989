"""Errors that end a command, each with its exit code."""

from __future__ import annotations

__all__ = ["EXIT_FINDINGS", "EXIT_INTERRUPTED", "EXIT_NOT_STARTED", "EXIT_USAGE", "CommandError", "UsageError"]

EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_NOT_STARTED = 3
EXIT_INTERRUPTED = 130


class CommandError(Exception):
    """A command cannot go on. ``str(error)`` says what happened, why, and what to do."""

    exit_code: int = EXIT_NOT_STARTED


class UsageError(CommandError):
    """The command was called in a way that cannot be meant."""

    exit_code: int = EXIT_USAGE
