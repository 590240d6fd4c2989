// From what a user writes for type "devkit" to what debugpy is given.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  attachArguments,
  attaching,
  attachingToDeployment,
  type Configuration,
  debugAddress,
  isAzureMl,
  isServable,
  launchArguments,
  launching,
} from "../src/configurations";

interface Snippet {
  label: string;
  body: Configuration;
}

type Attributes = Record<string, { required?: string[]; properties: Record<string, unknown> }>;

/** The manifest's schema of launch.json: what VS Code underlines nothing of. */
function attributes(): Attributes {
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
    contributes: { debuggers: { configurationAttributes: Attributes }[] };
  };
  return manifest.contributes.debuggers[0]?.configurationAttributes ?? {};
}

/** The launch.json that the page about editors shows. */
function documented(): Configuration[] {
  const page = readFileSync("../../docs/editors.md", "utf8");
  const blocks = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, block]) => JSON.parse(block ?? "") as object);
  const found = blocks.find((block) => "configurations" in block) as { configurations: Configuration[] } | undefined;
  return found?.configurations ?? [];
}

/** A snippet of the manifest as it is when its suggestions are taken. */
function snippet(label: string): Configuration {
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
    contributes: { debuggers: { configurationSnippets: Snippet[] }[] };
  };
  const found = manifest.contributes.debuggers[0]?.configurationSnippets.find((each) => each.label.includes(label));
  assert.ok(found, `no snippet ${label}`);
  const filled = JSON.stringify(found.body)
    .replaceAll(/"\^\\"((?:[^"\\]|\\\\)*)\\""/g, '"$1"') // ^"…" is text that stays in quotes
    .replaceAll(/"\^(\$\{\d+:\d+\})"/g, "$1") // ^… is put in without quotes
    .replaceAll(/\$\{\d+:([^}]*)\}/g, "$1")
    .replaceAll("\\\\${", "${");
  return JSON.parse(filled) as Configuration;
}

test("a script and a deployment with a script can be served, other files cannot", () => {
  assert.ok(isServable("/a/score.py", "import x\nasync def run(data):\n    return data\n"));
  assert.ok(isServable("/a/blue.yml", "code_configuration:\n  code: src\n  scoring_script: score.py\n"));
  assert.ok(!isServable("/a/helper.py", "def prepare():\n    pass\n"));
  assert.ok(!isServable("/a/endpoint.yml", "name: shop\nauth_mode: key\n"));
  assert.ok(!isServable("/a/notes.md", "def run(data):\n"));
});

test("documents of Azure ML are told from other YAML", () => {
  assert.ok(isAzureMl("$schema: https://azuremlschemas.azureedge.net/latest/model.schema.json\nname: m\n"));
  assert.ok(isAzureMl("# mine\nname: blue\nendpoint_name: shop\n"));
  assert.ok(isAzureMl("name: shop\nauth_mode: key\n"));
  assert.ok(!isAzureMl("services:\n  web:\n    image: x\n    environment: {endpoint_name: y}\n"));
  assert.ok(!isAzureMl("$schema: https://json.schemastore.org/github-workflow\non: push\n"));
});

test("launch serves the program with the kit in the interpreter that was found", () => {
  const given = { ...launching("/a/score.py", "score.py"), args: ["--port", "5002"], env: { A: "1" }, justMyCode: false };
  const made = launchArguments(given, "/env/bin/python");
  assert.equal(made["module"], "devkit");
  assert.deepEqual(made["args"], ["serve", "/a/score.py", "--dev", "--port", "5002"]);
  assert.deepEqual(made["python"], ["/env/bin/python"]);
  assert.deepEqual(made["env"], { PYDEVD_DISABLE_FILE_VALIDATION: "1", A: "1" });
  assert.equal(made["justMyCode"], false);
  assert.ok(!("program" in made), "debugpy takes a module or a program");
});

test("attach goes to the server's usual port on this machine", () => {
  assert.deepEqual(debugAddress(attaching()), { host: "127.0.0.1", port: 5678 });
  assert.deepEqual(attachArguments(attaching())["connect"], { host: "127.0.0.1", port: 5678 });
});

test("attach to a container connects to the published port, and keeps the path mappings", () => {
  const pathMappings = [{ localRoot: "/home/me/shop/src", remoteRoot: "/var/azureml-app/src" }];
  const given = { type: "devkit", request: "attach", name: "c", host: "127.0.0.1", port: 40123, pathMappings };
  const made = attachArguments(given);
  assert.deepEqual(made["connect"], { host: "127.0.0.1", port: 40123 });
  assert.deepEqual(made["pathMappings"], pathMappings);
  assert.ok(!("host" in made) && !("port" in made), "debugpy refuses host and port beside connect");
});

test("the manifest's snippet for a container is such a configuration", () => {
  const made = attachArguments(snippet("attach to a running server (container)"));
  assert.deepEqual(made["connect"], { host: "127.0.0.1", port: 5678 });
  assert.deepEqual(made["pathMappings"], [
    { localRoot: "${workspaceFolder}/src", remoteRoot: "/var/azureml-app/src" },
  ]);
});

test("a server that connects to the editor is listened for, and connected to by nobody", () => {
  const listen = { host: "127.0.0.1", port: 5678 };
  const made = attachArguments({ type: "devkit", request: "attach", name: "l", listen });
  assert.deepEqual(made["listen"], listen);
  assert.ok(!("connect" in made));
});

test("the launch.json of the documentation, and what is offered without one, say what the manifest declares", () => {
  const common = new Set(["name", "type", "request", "preLaunchTask"]);
  const snippets = ["serve and debug this script", "deployment (process or container)", "server (process)", "start a task"];
  const offered = [launching("/a/score.py", "score.py"), attaching(), attachingToDeployment(), ...snippets.map(snippet)];
  assert.ok(documented().length > 3);
  for (const configuration of [...documented(), ...offered]) {
    const declared = attributes()[configuration.request];
    const own = Object.keys(configuration).filter((key) => !common.has(key));
    assert.equal(configuration.type, "devkit");
    assert.deepEqual(own.filter((key) => !(key in (declared?.properties ?? {}))), [], configuration.name);
    assert.deepEqual((declared?.required ?? []).filter((key) => !own.includes(key)), [], configuration.name);
  }
});
