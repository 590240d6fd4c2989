"""Finds the topic of a text by its keywords. Needs no package: it runs in an environment with the server alone."""

import json

KEYWORDS = None


def init():
    global KEYWORDS
    KEYWORDS = {"billing": {"invoice", "refund", "price"}, "delivery": {"parcel", "late", "courier"}}


def run(data):
    words = set(json.loads(data)["text"].lower().split())
    scores = {topic: len(words & keywords) for topic, keywords in KEYWORDS.items()}
    return {"topic": max(scores, key=scores.get), "scores": scores}
