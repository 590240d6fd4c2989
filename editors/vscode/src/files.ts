// The files of a workspace that can be served.

import * as vscode from "vscode";
import { isAzureMl, isServable } from "./configurations";

const PATTERN = "**/*.{yml,yaml}";
const EXCLUDED = "**/{node_modules,.venv,venv,.git,.github,site-packages}/**";
const MOST = 200;

/** Whether the workspace has documents of Azure ML. YAML alone says nothing: every other project has some. */
export async function hasDocuments(): Promise<boolean> {
  return (await filesWith((_, text) => isAzureMl(text))).length > 0;
}

/** The deployment YAML files of a folder (of the workspace if none is given) that name a script. */
export function servableFiles(folder?: vscode.WorkspaceFolder): Promise<vscode.Uri[]> {
  return filesWith(isServable, folder);
}

async function filesWith(
  wanted: (path: string, text: string) => boolean,
  folder?: vscode.WorkspaceFolder,
): Promise<vscode.Uri[]> {
  const pattern = folder ? new vscode.RelativePattern(folder, PATTERN) : PATTERN;
  const found = await vscode.workspace.findFiles(pattern, EXCLUDED, MOST);
  const texts = await Promise.all(found.map(read));
  return found
    .filter((uri, index) => wanted(uri.path, texts[index] ?? ""))
    .sort((one, other) => one.path.localeCompare(other.path));
}

async function read(uri: vscode.Uri): Promise<string> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return ""; // it vanished meanwhile, or is not ours to read: nothing to serve
  }
}
