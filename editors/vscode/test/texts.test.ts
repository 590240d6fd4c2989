// What the server prints, read; and its answer, written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { render } from "../src/answers";
import { addressOf, reloadBetween, reloadOf } from "../src/reloads";

test("a line about a live update is understood", () => {
  assert.deepEqual(reloadOf("10:00 reload 3: score.py, 2 functions"), {
    kind: "applied",
    generation: 3,
    detail: "score.py, 2 functions",
  });
  assert.deepEqual(reloadOf("reload failed: SyntaxError: line 4"), { kind: "failed", detail: "SyntaxError: line 4" });
  assert.equal(reloadOf("reload waiting for 1 request")?.kind, "waiting");
  assert.deepEqual(reloadOf("restart needed (os.environ['A'] cannot be undone): it waits until the debug session ends"), {
    kind: "waiting",
    detail: "restart needed (os.environ['A'] cannot be undone): it waits until the debug session ends",
  });
  assert.equal(reloadOf("POST /score 200"), undefined);
});

test("two looks at /readyz tell what came of a save", () => {
  const before = { generation: 1, reload_error: null };
  assert.deepEqual(reloadBetween(before, { generation: 2, reload_error: null }), {
    kind: "applied",
    generation: 2,
    detail: "",
  });
  const failed = { generation: 1, reload_error: "NameError" };
  assert.deepEqual(reloadBetween(before, failed), { kind: "failed", detail: "NameError" });
  assert.equal(reloadBetween(failed, failed), undefined);
  assert.equal(reloadBetween(failed, before)?.kind, "applied");
  assert.equal(reloadBetween(before, before), undefined);
});

test("the address of a server is read from its console", () => {
  assert.equal(addressOf("Listening on http://127.0.0.1:5001, with live update"), "http://127.0.0.1:5001");
  assert.equal(addressOf("Listening for a debugger"), undefined);
});

test("an answer is laid out when it is JSON, and left as it came when it is not", () => {
  const answer = { status: 200, reason: "OK", headers: { "x-devkit-generation": "2" }, body: '{"a":[1]}', milliseconds: 3.4 };
  const json = render(answer, "http://127.0.0.1:5001/score", "sample.json");
  assert.equal(json.language, "jsonc");
  assert.match(json.text, /^\/\/ 200 OK, 3 ms\n\/\/ POST .*\n\/\/ x-devkit-generation: 2\n\{\n  "a": \[\n/);
  const text = render({ ...answer, body: "not JSON" }, "http://127.0.0.1:5001/score", "sample.json");
  assert.equal(text.language, "plaintext");
  assert.match(text.text, /not JSON\n$/);
});
