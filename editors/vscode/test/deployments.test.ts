// Attaching to a deployment by its name: where it is, and what is said when it is nowhere.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import type { DebugSession } from "vscode";
import { ConfigurationProvider } from "../src/debugging";
import { type Instance, pickDeployment, placeOf } from "../src/deployments";
import { Servers } from "../src/servers";
import { editor } from "./vscode";

const BLUE = {
  endpoint_name: "shop",
  name: "blue",
  scoring_uri: "http://127.0.0.1:40100/score",
  debug_port: 40001,
  debugger_attached: false,
  path_mappings: {},
};
const GREEN = { ...BLUE, name: "green", debug_port: 40002, path_mappings: { "/shop/src": "/var/azureml-app/src" } };
const DEPLOYED = { ...BLUE, name: "red", debug_port: null };
const MAPPINGS = [{ localRoot: "/shop/src", remoteRoot: "/var/azureml-app/src" }];

/** An interpreter that lacks nothing, and under which `devkit online-deployment watch` tells of these instances. */
function telling(instances: Instance[], exitCode = 0): void {
  const python = join(mkdtempSync(join(tmpdir(), "devkit-")), "python");
  const answer = exitCode ? "echo 'devkit: it is broken' >&2" : `echo '${JSON.stringify(instances)}'`;
  writeFileSync(python, `#!/bin/sh\n[ "$1" = -c ] && exit\n[ "$4" = watch ] || exit 9\n${answer}\nexit ${exitCode}\n`);
  chmodSync(python, 0o755);
  editor.settings.set("python.defaultInterpreterPath", python);
}

function resolve(configuration: object) {
  const folder = editor.open(tmpdir());
  const given = { type: "devkit", request: "attach", name: "attach", ...configuration };
  return new ConfigurationProvider().resolveDebugConfigurationWithSubstitutedVariables(folder as never, given);
}

beforeEach(() => editor.reset());

test("the first instance that nobody debugs is taken, and the first if all are", () => {
  const second = { ...BLUE, debug_port: 40009 };
  assert.equal(placeOf("shop/blue", [GREEN, BLUE, second])?.port, 40001);
  assert.equal(placeOf("shop/blue", [{ ...BLUE, debugger_attached: true }, second])?.port, 40009);
  assert.equal(placeOf("shop/blue", [{ ...BLUE, debugger_attached: true }])?.port, 40001);
  assert.equal(placeOf("shop/blue", [GREEN]), undefined);
});

test("a deployment's port and folders are looked up", async () => {
  telling([DEPLOYED, BLUE, GREEN]);
  const made = await resolve({ deployment: "shop/green" });
  assert.deepEqual(made?.["connect"], { host: "127.0.0.1", port: 40002 });
  assert.deepEqual(made?.["pathMappings"], MAPPINGS);
  assert.equal(made?.["serverUrl"], "http://127.0.0.1:40100");
  assert.ok(!("deployment" in (made ?? {})));
});

test("what a configuration says itself is left as it is", async () => {
  telling([GREEN]);
  const own = [{ localRoot: "/elsewhere", remoteRoot: "/var/azureml-app/src" }];
  assert.deepEqual((await resolve({ deployment: "shop/green", pathMappings: own }))?.["pathMappings"], own);
});

test("while a session is attached, Invoke goes to its server; afterwards where it went before", () => {
  const servers = new Servers();
  const session = { id: "1", configuration: { serverUrl: "http://127.0.0.1:40100/" } };
  const tracker = servers.createDebugAdapterTracker(session as unknown as DebugSession);
  assert.equal(servers.address(), "http://127.0.0.1:40100");
  tracker.onWillStopSession?.();
  assert.equal(servers.address(), "http://127.0.0.1:5001");
});

test("a deployment without a debugger is told, with what to do, and nothing is started", async () => {
  telling([DEPLOYED]);
  assert.equal(await resolve({ deployment: "shop/red" }), undefined);
  assert.match(editor.shown.join(), /shop\/red has no debugger.*--dev/);
});

test("what the command complains of is told", async () => {
  telling([], 3);
  assert.equal(await resolve({ deployment: "shop/blue" }), undefined);
  assert.match(editor.shown.join(), /devkit: it is broken/);
});

test("the only deployment with a debugger is picked without a question, several are offered, none is told", async () => {
  editor.open(tmpdir());
  telling([DEPLOYED, GREEN]);
  assert.equal(await pickDeployment(), "shop/green");
  assert.deepEqual(editor.shown, []);
  telling([BLUE, { ...BLUE, debug_port: 40003 }, GREEN]);
  editor.answers = ["shop/green"];
  assert.equal(await pickDeployment(), "shop/green");
  assert.deepEqual(editor.shown, ["shop/blue shop/green"]);
  telling([DEPLOYED]);
  assert.equal(await pickDeployment(), undefined);
  assert.match(editor.shown.join(), /No deployment here has a debugger/);
});
