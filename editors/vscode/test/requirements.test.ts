// What is said when the package is missing, and when nothing is.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { interpreterWith } from "../src/requirements";
import { editor } from "./vscode";

/** An interpreter that lacks these modules. */
function lacking(...modules: string[]): string {
  const python = join(mkdtempSync(join(tmpdir(), "devkit-")), "python");
  writeFileSync(python, `#!/bin/sh\necho ${modules.join(" ")}\n`);
  chmodSync(python, 0o755);
  editor.settings.set("python.defaultInterpreterPath", python);
  return python;
}

const no = () => Promise.resolve(false);

beforeEach(() => editor.reset());

test("an interpreter that has everything is taken, and nobody is asked whom it concerns", async () => {
  const python = lacking();
  const asked = () => assert.fail("asked");
  assert.equal(await interpreterWith(["devkit"], "Serving", undefined, undefined, asked), python);
  assert.deepEqual(editor.shown, []);
});

test("a missing package is told with the command that installs it", async () => {
  const python = lacking("pygls");
  assert.equal(await interpreterWith(["lsp", "pygls"], "The language server"), undefined);
  assert.match(editor.shown.join(), new RegExp(`lacks pygls\\. Run: ${python} -m pip install "endpoint-devkit\\[kit\\]"`));
});

test("an interpreter that cannot be run is told", async () => {
  editor.settings.set("python.defaultInterpreterPath", "/no/such/python");
  assert.equal(await interpreterWith(["devkit"], "Serving"), undefined);
  assert.match(editor.shown.join(), /\/no\/such\/python cannot be run/);
});

test("where it does not concern the user nothing is told", async () => {
  lacking("pygls");
  assert.equal(await interpreterWith(["pygls"], "The language server", undefined, undefined, no), undefined);
  editor.settings.set("python.defaultInterpreterPath", "/no/such/python");
  assert.equal(await interpreterWith(["pygls"], "The language server", undefined, undefined, no), undefined);
  assert.deepEqual(editor.shown, []);
});
