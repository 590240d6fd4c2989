// Tasks of type "devkit": a server in a terminal, which goes on when a debug session ends.

import { basename } from "node:path";
import * as vscode from "vscode";
import { TYPE } from "./configurations";
import { servableFiles } from "./files";
import { interpreter } from "./python";
import { interpreterWith } from "./requirements";

interface Definition extends vscode.TaskDefinition {
  file: string;
  debugger?: boolean;
  args?: string[];
}

const MODULES = ["devkit", "typer", "inference_server"];
const KIT = "devkit-command"; // a command that ends; "devkit" is the type of a server
const MATCHER = "$devkit-serve";

export class TaskProvider implements vscode.TaskProvider {
  /** Two tasks for each deployment: serve it, and serve it with a debugger to attach to. */
  async provideTasks(): Promise<vscode.Task[]> {
    const tasks = await Promise.all((vscode.workspace.workspaceFolders ?? []).map(tasksOf));
    return tasks.flat();
  }

  async resolveTask(task: vscode.Task): Promise<vscode.Task | undefined> {
    const definition = task.definition as Definition;
    const folder = typeof task.scope === "object" ? task.scope : vscode.workspace.workspaceFolders?.[0];
    const python = await interpreter(folder?.uri);
    // The definition must be the very object that was given, or VS Code does not take the answer.
    return folder && python ? serving(folder, definition, python) : undefined;
  }
}

/** Serve a file in a terminal, as the code lens "Serve" does. */
export async function serveFile(uri: vscode.Uri): Promise<void> {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const python = await interpreterWith(MODULES, "Serving", uri);
  if (python) await vscode.tasks.executeTask(serving(folder, { type: TYPE, file: uri.fsPath }, python));
}

/** Check a file in a terminal, as the code lens "Validate" does. */
export async function validateFile(uri: vscode.Uri): Promise<void> {
  const python = await interpreterWith(["devkit", "typer"], "Validating", uri);
  if (python) await runInTerminal(uri, python, ["validate", uri.fsPath], `validate ${basename(uri.fsPath)}`);
}

/** Run the kit with `words` in a terminal, as the task `name`. */
export async function runInTerminal(
  uri: vscode.Uri,
  python: string,
  words: string[],
  name: string,
  presentation: vscode.TaskPresentationOptions = {},
): Promise<void> {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const run = execution(python, words, folder);
  const task = new vscode.Task({ type: KIT, words }, scope(folder), name, TYPE, run, []);
  const panel = vscode.TaskPanelKind.Dedicated;
  task.presentationOptions = { clear: true, showReuseMessage: false, panel, ...presentation };
  await vscode.tasks.executeTask(task);
}

/** The port that a running task of ours serves on, if one runs. */
export function taskPort(): number | undefined {
  const running = vscode.tasks.taskExecutions.find((each) => each.task.definition.type === TYPE);
  const args = (running?.task.definition as Definition | undefined)?.args ?? [];
  const given = /--port[= ](\d+)/.exec(args.join(" "))?.[1];
  return running && given ? Number(given) : undefined;
}

async function tasksOf(folder: vscode.WorkspaceFolder): Promise<vscode.Task[]> {
  const python = await interpreter(folder.uri);
  if (!python) return [];
  const files = (await servableFiles(folder)).map((uri) => vscode.workspace.asRelativePath(uri, false));
  return files.flatMap((file) => [
    serving(folder, { type: TYPE, file }, python),
    serving(folder, { type: TYPE, file, debugger: true }, python),
  ]);
}

function serving(folder: vscode.WorkspaceFolder | undefined, definition: Definition, python: string): vscode.Task {
  const { file, debugger: debugged = false, args = [] } = definition;
  const name = `serve ${vscode.workspace.asRelativePath(file, false)}${debugged ? " with debugger" : ""}`;
  const run = execution(python, ["serve", file, "--dev", ...(debugged ? ["--debug"] : []), ...args], folder);
  const task = new vscode.Task(definition, scope(folder), name, TYPE, run, [MATCHER]);
  task.isBackground = true;
  task.presentationOptions = { panel: vscode.TaskPanelKind.Dedicated, showReuseMessage: false };
  return task;
}

function execution(python: string, args: string[], folder?: vscode.WorkspaceFolder): vscode.ProcessExecution {
  return new vscode.ProcessExecution(python, ["-m", "devkit", ...args], folder ? { cwd: folder.uri.fsPath } : {});
}

function scope(folder?: vscode.WorkspaceFolder): vscode.WorkspaceFolder | vscode.TaskScope {
  return folder ?? vscode.TaskScope.Workspace;
}
