// Which interpreter is used: the Python extension's choice, by its documented API, before every other.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, test } from "node:test";
import { interpreter, languageServerInterpreter, missingModules, onInterpreterChange } from "../src/python";
import { editor, Uri } from "./vscode";

const POSIX = { skip: process.platform === "win32" };

interface Choice {
  id: string;
  path: string;
}

/** The `environments` of ms-python.python's public API, with one environment that was chosen. */
class Environments {
  readonly listeners = new Set<(event: unknown) => void>();

  constructor(private readonly executable: string | undefined) {}

  getActiveEnvironmentPath(): Choice {
    return { id: "chosen", path: "/envs/chosen" };
  }

  resolveEnvironment(environment: Choice): Promise<unknown> {
    assert.equal(environment.id, "chosen");
    const executable = this.executable === undefined ? {} : { uri: Uri.file(this.executable) };
    return Promise.resolve({ id: environment.id, path: environment.path, executable });
  }

  onDidChangeActiveEnvironmentPath = (listener: (event: unknown) => void) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };
}

function installPythonExtension(environments: Environments): void {
  editor.extensions.set("ms-python.python", { activate: () => Promise.resolve({ environments }) });
}

function makeExecutable(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, 0o755);
  return path;
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => editor.reset());

test("the Python extension's choice comes before the setting", async () => {
  installPythonExtension(new Environments("/envs/chosen/bin/python"));
  editor.settings.set("python.defaultInterpreterPath", "/usr/bin/python-of-the-setting");
  assert.equal(await interpreter(), "/envs/chosen/bin/python");
});

test("an environment without an interpreter, as conda makes them, falls back to the setting", async () => {
  installPythonExtension(new Environments(undefined));
  editor.settings.set("python.defaultInterpreterPath", "/usr/bin/python-of-the-setting");
  assert.equal(await interpreter(), "/usr/bin/python-of-the-setting");
});

test("a Python extension that cannot start does not keep ours from starting", async () => {
  editor.extensions.set("ms-python.python", { activate: () => Promise.reject(new Error("broken")) });
  editor.settings.set("python.defaultInterpreterPath", "/usr/bin/python-of-the-setting");
  assert.equal(await interpreter(), "/usr/bin/python-of-the-setting");
});

test("an extension without this API is as none", async () => {
  editor.extensions.set("ms-python.python", { activate: () => Promise.resolve({}) });
  editor.settings.set("python.defaultInterpreterPath", "/usr/bin/python-of-the-setting");
  assert.equal(await interpreter(), "/usr/bin/python-of-the-setting");
});

test("the setting's variables are filled in", async () => {
  const folder = editor.open("/work space/shop");
  editor.settings.set("python.defaultInterpreterPath", "${workspaceFolder}/env/bin/python");
  assert.equal(await interpreter(folder.uri as never), "/work space/shop/env/bin/python");
});

test("the language server may have an interpreter of its own, which the scripts do not get", async () => {
  editor.settings.set("python.defaultInterpreterPath", "/production/bin/python");
  assert.equal(languageServerInterpreter(), undefined);
  editor.settings.set("devkit.languageServer.python", "/kit/bin/python");
  assert.equal(languageServerInterpreter(), "/kit/bin/python");
  assert.equal(await interpreter(), "/production/bin/python");
});

test("without a choice the folder's .venv is taken", POSIX, async () => {
  const root = mkdtempSync(join(tmpdir(), "devkit-"));
  const folder = editor.open(root);
  editor.settings.set("python.defaultInterpreterPath", "python"); // what the Python extension declares as its default
  const python = makeExecutable(join(root, ".venv", "bin", "python"));
  assert.equal(await interpreter(folder.uri as never), python);
});

test("without anything the PATH's Python is taken", POSIX, async (context) => {
  const root = mkdtempSync(join(tmpdir(), "devkit-"));
  const python = makeExecutable(join(root, "python3"));
  const before = process.env["PATH"];
  context.after(() => (process.env["PATH"] = before));
  process.env["PATH"] = root;
  assert.equal(await interpreter(), python);
});

test("another choice in the Python extension or in the setting is heard of, until nobody listens", async () => {
  const environments = new Environments("/envs/chosen/bin/python");
  installPythonExtension(environments);
  let heard = 0;
  const subscription = onInterpreterChange(() => heard++);
  await settled();
  environments.listeners.forEach((listener) => listener({ path: "/envs/other" }));
  assert.equal(heard, 1);
  const change = (name: string) => ({ affectsConfiguration: (asked: string) => asked === name });
  editor.configurationListeners.forEach((listener) => listener(change("editor.fontSize")));
  assert.equal(heard, 1);
  editor.configurationListeners.forEach((listener) => listener(change("python.defaultInterpreterPath")));
  assert.equal(heard, 2);
  editor.configurationListeners.forEach((listener) => listener(change("devkit.languageServer.python")));
  assert.equal(heard, 3);
  subscription.dispose();
  assert.equal(environments.listeners.size + editor.configurationListeners.size, 0);
});

test("an interpreter that cannot be run is told as such", async () => {
  await assert.rejects(missingModules("/no/such/python", ["json"]), /ENOENT/);
});
