// "Promote": which target it is, and that it is remembered.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, beforeEach, test } from "node:test";
import type { Memento, Uri as VsCodeUri } from "vscode";
import { Promoter, wordsOf } from "../src/promotion";
import { editor, Uri } from "./vscode";

const FILE = "/shop/blue-deployment.yml";

/** The workspace's state, as VS Code keeps it from one session to the next. */
class Memory {
  private readonly values = new Map<string, unknown>();

  get(name: string, fallback: unknown): unknown {
    return this.values.get(name) ?? fallback;
  }

  update(name: string, value: unknown): Promise<void> {
    this.values.set(name, value);
    return Promise.resolve();
  }
}

function promote(memory: Memory): Promise<void> {
  return new Promoter(memory as unknown as Memento).promote(Uri.file(FILE) as unknown as VsCodeUri);
}

/** What ran in terminals: the words after `python -m devkit`. */
function commands(): string[][] {
  return editor.tasks.map(({ execution }) => execution.args.slice(2));
}

/** An interpreter that has every module: asked which it lacks, it says nothing. */
let complete: string;

before(() => {
  complete = join(mkdtempSync(join(tmpdir(), "devkit-")), "python");
  writeFileSync(complete, "#!/bin/sh\n");
  chmodSync(complete, 0o755);
});

beforeEach(() => {
  editor.reset();
  editor.open("/shop");
  editor.settings.set("python.defaultInterpreterPath", complete);
});

test("a target that is typed is promoted to in a terminal, where the command asks before it changes anything", async () => {
  editor.answers = ["docker:…", "docker:ssh://me@host"];
  await promote(new Memory());
  assert.deepEqual(commands(), [["promote", "--file", FILE, "--to", "docker:ssh://me@host"]]);
  assert.equal(editor.tasks[0]?.presentationOptions["focus"], true);
  assert.deepEqual(editor.tasks[0]?.execution.options, { cwd: "/shop" });
});

test("a target is offered again, the newest first, and once", async () => {
  const memory = new Memory();
  for (const target of ["docker:a", "kubernetes:b/c", "docker:a"]) {
    editor.answers = [`${target.split(":")[0]}:…`, target];
    await promote(memory);
  }
  editor.shown = [];
  editor.answers = ["kubernetes:b/c"];
  await promote(memory);
  assert.match(editor.shown[0] ?? "", /^docker:a kubernetes:b\/c docker:… /);
  assert.deepEqual(commands().at(-1)?.slice(3), ["--to", "kubernetes:b/c"]);
});

test("what a target wants besides stands behind it", async () => {
  editor.answers = ["kubernetes:…", "kubernetes:prod --target-option 'image=a b' --plan"];
  await promote(new Memory());
  const flags = ["--target-option", "image=a b", "--plan"];
  assert.deepEqual(commands(), [["promote", "--file", FILE, "--to", "kubernetes:prod", ...flags]]);
  assert.deepEqual(wordsOf(` docker:  --allow-unvalidated="it's new" '' `), ["docker:", "--allow-unvalidated=it's new", ""]);
});

test("no target, or one of no known kind, runs nothing", async () => {
  for (const answers of [[], ["azureml:…"], ["azureml:…", "s3://bucket"]]) {
    editor.answers = answers;
    await promote(new Memory());
  }
  assert.deepEqual(commands(), []);
});
