from __future__ import annotations

import json

from devkit.runtime.protocol import Instance


def test_an_instance_survives_being_kept_as_json() -> None:
    """Ports are numbers again after JSON has made their keys texts."""
    instance = Instance("e.blue.1.0", "process", {"pid": 1}, "127.0.0.1", {5001: 49153}, 49154, {"/a": "/b"})
    assert Instance.from_json(json.loads(json.dumps(instance.to_json()))) == instance
    del (before := instance.to_json())["path_mappings"]
    assert Instance.from_json(before).path_mappings == {}, "as it was kept by a version without them"
    assert instance.url(5001, "/score") == "http://127.0.0.1:49153/score"
