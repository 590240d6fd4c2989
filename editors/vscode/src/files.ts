// The files of a workspace that can be served.

import * as vscode from "vscode";
import { isServable } from "./configurations";

const PATTERN = "**/*.{yml,yaml}";
const EXCLUDED = "**/{node_modules,.venv,venv,.git,.github,site-packages}/**";
const MOST = 200;

/** The deployment YAML files of a folder (of the workspace if none is given) that name a script. */
export async function servableFiles(folder?: vscode.WorkspaceFolder): Promise<vscode.Uri[]> {
  const pattern = folder ? new vscode.RelativePattern(folder, PATTERN) : PATTERN;
  const found = await vscode.workspace.findFiles(pattern, EXCLUDED, MOST);
  const texts = await Promise.all(found.map(read));
  return found
    .filter((uri, index) => isServable(uri.path, texts[index] ?? ""))
    .sort((one, other) => one.path.localeCompare(other.path));
}

async function read(uri: vscode.Uri): Promise<string> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return ""; // it vanished meanwhile, or is not ours to read: nothing to serve
  }
}
