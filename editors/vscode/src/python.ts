// Which Python interpreter to use, and whether the kit is installed in it.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import * as vscode from "vscode";

/** The part of the Python extension's API (ms-python.python) that is used here. */
interface PythonExtension {
  environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(path: unknown): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

export const DISTRIBUTION = "endpoint-devkit";
const SETTING = "python.defaultInterpreterPath";
const SERVER_SETTING = "devkit.languageServer.python";
const WINDOWS = process.platform === "win32";
const PROBE_TIMEOUT_MS = 20_000;

/** The interpreter for `resource`: the Python extension's choice, else the setting, else `.venv`, else the PATH's. */
export async function interpreter(resource?: vscode.Uri): Promise<string | undefined> {
  return (await selected(resource)) ?? configured(resource) ?? virtualEnvironment(resource) ?? onPath();
}

/** The language server's own interpreter, if it has one; a dev container's is production's, without the kit. */
export function languageServerInterpreter(): string | undefined {
  return configured(undefined, SERVER_SETTING);
}

/** Call `listener` whenever another interpreter may have been chosen. */
export function onInterpreterChange(listener: () => void): vscode.Disposable {
  const changed = (event: vscode.ConfigurationChangeEvent): boolean =>
    [SETTING, SERVER_SETTING].some((each) => event.affectsConfiguration(each));
  const subscriptions = [vscode.workspace.onDidChangeConfiguration((event) => changed(event) && listener())];
  void pythonExtension().then((api) => {
    if (api) subscriptions.push(api.environments.onDidChangeActiveEnvironmentPath(listener));
  });
  return { dispose: () => subscriptions.forEach((each) => each.dispose()) };
}

/** Those of `modules` that `python` cannot find; throws when it cannot be run at all. */
export function missingModules(python: string, modules: readonly string[]): Promise<string[]> {
  const program = "import sys, importlib.util as u; print(*(m for m in sys.argv[1:] if not u.find_spec(m)))";
  return new Promise((resolve, reject) => {
    const options = { cwd: homedir(), timeout: PROBE_TIMEOUT_MS }; // at home: a folder called devkit is not the package
    execFile(python, ["-c", program, ...modules], options, (error, stdout) =>
      error ? reject(error) : resolve(stdout.split(/\s+/).filter(Boolean)),
    );
  });
}

async function pythonExtension(): Promise<PythonExtension | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  try {
    const api = await extension?.activate();
    return api?.environments ? api : undefined;
  } catch {
    return undefined; // it says itself why it cannot start
  }
}

async function selected(resource?: vscode.Uri): Promise<string | undefined> {
  const environments = (await pythonExtension())?.environments;
  const environment = await environments?.resolveEnvironment(environments.getActiveEnvironmentPath(resource));
  return environment?.executable.uri?.fsPath;
}

function configured(resource?: vscode.Uri, setting = SETTING): string | undefined {
  const value = vscode.workspace.getConfiguration(undefined, resource).get<string>(setting)?.trim();
  if (!value || value === "python") return undefined; // "python" is the Python extension's default
  const folder = folderOf(resource)?.uri.fsPath ?? "";
  return value
    .replace(/^~(?=$|[\\/])/, homedir())
    .replaceAll(/\$\{workspaceFolder\}/g, () => folder)
    .replaceAll(/\$\{env:([^}]+)\}/g, (_, name: string) => process.env[name] ?? "");
}

function virtualEnvironment(resource?: vscode.Uri): string | undefined {
  const folder = folderOf(resource)?.uri.fsPath;
  const candidate = folder && join(folder, ".venv", WINDOWS ? "Scripts/python.exe" : "bin/python");
  return candidate && existsSync(candidate) ? candidate : undefined;
}

function onPath(): string | undefined {
  const names = WINDOWS ? ["python.exe"] : ["python3", "python"];
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
}

function folderOf(resource?: vscode.Uri): vscode.WorkspaceFolder | undefined {
  return (resource && vscode.workspace.getWorkspaceFolder(resource)) ?? vscode.workspace.workspaceFolders?.[0];
}
