// For tests in Python: what an attach configuration becomes, as JSON. Arguments: the folder, its Python, the configuration.

import type { DebugConfiguration, WorkspaceFolder } from "vscode";
import { ConfigurationProvider } from "../src/debugging";
import { editor } from "./vscode";

async function main(path: string, python: string, given: string): Promise<void> {
  const folder = editor.open(path) as unknown as WorkspaceFolder;
  editor.settings.set("python.defaultInterpreterPath", python);
  const provider = new ConfigurationProvider();
  const first = await provider.resolveDebugConfiguration(folder, JSON.parse(given) as DebugConfiguration);
  const made = first && (await provider.resolveDebugConfigurationWithSubstitutedVariables(folder, first));
  if (!made) throw new Error(editor.shown.join("\n"));
  process.stdout.write(JSON.stringify(made));
}

const [path = "", python = "", given = "{}"] = process.argv.slice(2);
void main(path, python, given);
