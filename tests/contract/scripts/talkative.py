"""print() and logging, in init() and in run()."""

import logging
import sys


def init():
    """Say so."""
    print("init says", 1, sep=": ")
    logging.info("root info in init")
    logging.warning("root warning in init")


def run(data):
    """Say what came."""
    print("run got", data)
    print("to stderr", file=sys.stderr)
    logging.getLogger("mine").warning("my warning %s", data)
    logging.getLogger("azmlinfsrv").info("through azmlinfsrv")
    return data
