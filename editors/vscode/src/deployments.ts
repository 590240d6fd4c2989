// The deployments of this machine's endpoints that a debugger can attach to, as `devkit online-deployment watch` tells.

import { execFile } from "node:child_process";
import * as vscode from "vscode";
import { interpreterWith } from "./requirements";

const TIMEOUT_MS = 60_000;
const ADVICE = "Deploy with --dev: devkit online-deployment update -n NAME -e ENDPOINT --dev";

/** One instance that serves with a debugger; a container has other names for the folders. */
export interface Instance {
  endpoint_name: string;
  name: string;
  scoring_uri: string | null; // the instance's own, past the gateway
  debug_port: number | null;
  debugger_attached: boolean | null;
  path_mappings: Record<string, string>;
}

/** Where to attach to a deployment: what an attach configuration says of it. */
export interface Place {
  port: number;
  serverUrl?: string;
  pathMappings: { localRoot: string; remoteRoot: string }[];
}

/** The value of `${command:pickDeployment}` in a configuration: asked for if there are several. */
export async function pickDeployment(configuration?: { cwd?: string }): Promise<string | undefined> {
  const folders = vscode.workspace.workspaceFolders;
  const found = await debuggable(folders?.find((each) => each.uri.fsPath === configuration?.cwd) ?? folders?.[0]);
  const names = found && [...new Set(found.map(nameOf))];
  if (names?.length === 0) void vscode.window.showInformationMessage(`No deployment here has a debugger. ${ADVICE}`);
  if (!names || names.length < 2) return names?.[0];
  return vscode.window.showQuickPick(names, { placeHolder: "Attach to which deployment?" });
}

/** Where the deployment ENDPOINT/NAME can be attached to; none, and the user is told, if nowhere. */
export async function locate(deployment: string, folder?: vscode.WorkspaceFolder): Promise<Place | undefined> {
  const found = await debuggable(folder ?? vscode.workspace.workspaceFolders?.[0]);
  const place = found && placeOf(deployment, found);
  if (found && !place) void vscode.window.showErrorMessage(`${deployment} has no debugger to attach to. ${ADVICE}`);
  return place;
}

/** The first instance of a deployment that nobody debugs yet, else the first. */
export function placeOf(deployment: string, instances: Instance[]): Place | undefined {
  const own = instances.filter((each) => nameOf(each) === deployment);
  const chosen = own.find((each) => !each.debugger_attached) ?? own[0];
  if (!chosen?.debug_port) return undefined;
  const mappings = Object.entries(chosen.path_mappings);
  return {
    port: chosen.debug_port,
    ...(chosen.scoring_uri && { serverUrl: new URL(chosen.scoring_uri).origin }),
    pathMappings: mappings.map(([localRoot, remoteRoot]) => ({ localRoot, remoteRoot })),
  };
}

function nameOf(instance: Instance): string {
  return `${instance.endpoint_name}/${instance.name}`;
}

async function debuggable(folder?: vscode.WorkspaceFolder): Promise<Instance[] | undefined> {
  const python = await interpreterWith(["devkit", "typer"], "Attaching to a deployment", folder?.uri);
  if (!python) return undefined;
  try {
    const found = await watch(python, folder?.uri.fsPath);
    return found.filter((each) => each.debug_port);
  } catch (error) {
    void vscode.window.showErrorMessage(`The deployments of this folder are not known: ${(error as Error).message}`);
    return undefined;
  }
}

function watch(python: string, cwd?: string): Promise<Instance[]> {
  const words = ["-m", "devkit", "online-deployment", "watch", "--once", "--output", "json"];
  const options = { timeout: TIMEOUT_MS, ...(cwd && { cwd }) };
  return new Promise((resolve, reject) => {
    execFile(python, words, options, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.trim() || error.message));
      else resolve(JSON.parse(stdout) as Instance[]);
    });
  });
}
