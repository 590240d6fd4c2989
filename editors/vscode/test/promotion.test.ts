// "Promote": nothing is promoted before its plan was shown and somebody said go.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, beforeEach, test } from "node:test";
import type { Memento, Uri as VsCodeUri } from "vscode";
import { Promoter } from "../src/promotion";
import { editor, Uri } from "./vscode";

const FILE = "/shop/blue-deployment.yml";
const GO = "Promote…";

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

test("the plan is shown, and after a yes the promotion is run in the same words", async () => {
  editor.answers = ["docker:…", "docker:ssh://me@host", GO];
  editor.exitCodes = [0, 0];
  await promote(new Memory());
  const words = ["promote", "--file", FILE, "--to", "docker:ssh://me@host"];
  assert.deepEqual(commands(), [[...words, "--plan"], words]);
  assert.equal(editor.tasks[1]?.presentationOptions["focus"], true, "the command asks a question itself");
  assert.deepEqual(editor.tasks[0]?.execution.options, { cwd: "/shop" });
});

test("without a yes nothing is promoted", async () => {
  editor.answers = ["docker:…", "docker:"];
  editor.exitCodes = [0];
  await promote(new Memory());
  assert.equal(commands().length, 1);
  assert.match(editor.shown.join("\n"), /what promoting blue-deployment\.yml to docker: would change/);
});

test("a plan that is refused, or killed, leads to no question", async () => {
  for (const code of [1, 2, undefined]) {
    editor.tasks = [];
    editor.shown = [];
    editor.answers = ["kubernetes:…", "kubernetes:", GO];
    editor.exitCodes = [code];
    await promote(new Memory());
    assert.equal(commands().length, 1);
    assert.doesNotMatch(editor.shown.join("\n"), /would change/);
  }
});

test("a target is offered again, the newest first, and once", async () => {
  const memory = new Memory();
  for (const target of ["docker:a", "kubernetes:b/c", "docker:a"]) {
    editor.answers = [`${target.split(":")[0]}:…`, target];
    await promote(memory);
  }
  editor.shown = [];
  editor.answers = ["kubernetes:b/c"];
  editor.exitCodes = [1];
  await promote(memory);
  assert.match(editor.shown[0] ?? "", /^docker:a kubernetes:b\/c docker:… /);
  assert.deepEqual(commands().at(-1)?.slice(3), ["--to", "kubernetes:b/c", "--plan"]);
});

test("no target, or one of no known kind, runs nothing", async () => {
  for (const answers of [[], ["azureml:…"], ["azureml:…", "s3://bucket"]]) {
    editor.answers = answers;
    await promote(new Memory());
  }
  assert.deepEqual(commands(), []);
});
