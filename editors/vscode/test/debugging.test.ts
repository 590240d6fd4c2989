// What F5 makes of an attach configuration, and which adapter it gets.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { beforeEach, test } from "node:test";
import type { DebugSession } from "vscode";
import { AdapterFactory, ConfigurationProvider } from "../src/debugging";
import { DebugAdapterServer, editor } from "./vscode";

const MAPPINGS = [{ localRoot: "/shop/src", remoteRoot: "/var/azureml-app/src" }];
const provider = new ConfigurationProvider();

function attach(port: number) {
  return { type: "devkit", request: "attach", name: "attach to a container", port, pathMappings: MAPPINGS };
}

/** A port that somebody listens on, as Docker does for a published one, until it is closed. */
async function listening(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  return { port: address.port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

beforeEach(() => editor.reset());

test("a container's configuration is resolved into debugpy's, with its path mappings", async (context) => {
  const { port, close } = await listening();
  context.after(close);
  const folder = editor.open("/shop");
  const first = await provider.resolveDebugConfiguration(folder as never, attach(port));
  const made = first && (await provider.resolveDebugConfigurationWithSubstitutedVariables(folder as never, first));
  assert.deepEqual(made?.["connect"], { host: "127.0.0.1", port });
  assert.deepEqual(made?.["pathMappings"], MAPPINGS);
  assert.deepEqual(editor.shown, []);
});

test("the adapter of an attach is the one beside the server", async () => {
  const session = { configuration: { ...attach(0), connect: { host: "127.0.0.1", port: 40123 } } };
  const adapter = await new AdapterFactory().createDebugAdapterDescriptor(session as unknown as DebugSession);
  assert.deepEqual(adapter, new DebugAdapterServer(40123, "127.0.0.1"));
});

test("when nobody listens on the port it is said what to start", async () => {
  const { port, close } = await listening();
  await close();
  await provider.resolveDebugConfigurationWithSubstitutedVariables(undefined, attach(port));
  assert.match(editor.shown.join(), new RegExp(`Nothing listens for a debugger on 127.0.0.1:${port}`));
});

test("a launch without a program is refused with a reason", async () => {
  const given = { type: "devkit", request: "launch", name: "x" };
  assert.equal(await provider.resolveDebugConfigurationWithSubstitutedVariables(undefined, given), undefined);
  assert.match(editor.shown.join(), /has no "program"/);
});
