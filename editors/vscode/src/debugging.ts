// Debug type "devkit": F5 without a launch.json, and debugpy's adapter from the selected Python.

import { createServer } from "node:net";
import { basename } from "node:path";
import * as vscode from "vscode";
import {
  type Address,
  attachArguments,
  attaching,
  attachingToDeployment,
  type Configuration,
  debugAddress,
  isServable,
  launchArguments,
  launching,
} from "./configurations";
import { locate } from "./deployments";
import { servableFiles } from "./files";
import { interpreterWith } from "./requirements";

const MODULES = ["devkit", "typer", "inference_server", "debugpy"];
const LOOPBACK = new Set(["127.0.0.1", "localhost"]);

/** The list behind "Select and Start Debugging"; on its own, since VS Code asks every provider to resolve. */
export class ConfigurationList implements vscode.DebugConfigurationProvider {
  async provideDebugConfigurations(folder?: vscode.WorkspaceFolder): Promise<vscode.DebugConfiguration[]> {
    const files = await servableFiles(folder);
    const launches = files.map((uri) => launching(uri.fsPath, vscode.workspace.asRelativePath(uri, false)));
    return [...launches, attachingToDeployment(), attaching()];
  }
}

export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  /** Fill what is left out. An empty configuration is F5 without a launch.json. */
  async resolveDebugConfiguration(
    folder: vscode.WorkspaceFolder | undefined,
    given: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const configuration = given.request ? given : await chooseConfiguration(folder);
    if (!configuration) return undefined;
    if (configuration["preLaunchTask"]) await ignoreTaskErrors(folder);
    return {
      cwd: folder ? "${workspaceFolder}" : undefined,
      internalConsoleOptions: "openOnSessionStart",
      ...configuration,
    } as vscode.DebugConfiguration;
  }

  /** Turn it into what debugpy understands, now that variables such as ${file} have values. */
  async resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    if (configuration.request === "launch") return launch(folder, configuration);
    if (configuration["deployment"]) return attachToDeployment(folder, configuration);
    if (!configuration["listen"]) await adviseIfFree(debugAddress(configuration));
    return attachArguments(configuration);
  }
}

/** debugpy's adapter: a process of the selected Python, or the one that listens beside the server already. */
export class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  async createDebugAdapterDescriptor(session: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor | undefined> {
    const configuration = session.configuration;
    if (configuration.request === "attach" && !configuration["listen"]) {
      const { host, port } = debugAddress(configuration);
      return new vscode.DebugAdapterServer(port, host);
    }
    const [launched] = (configuration["python"] as string[] | undefined) ?? [];
    const python = launched ?? (await interpreterWith(["debugpy"], "Debugging", session.workspaceFolder?.uri));
    return python ? new vscode.DebugAdapterExecutable(python, ["-m", "debugpy.adapter"]) : undefined;
  }
}

/** Start a session for a file, as the code lens "Debug" does. */
export async function debugFile(uri: vscode.Uri): Promise<void> {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  await vscode.debug.startDebugging(folder, launching(uri.fsPath, basename(uri.fsPath)));
}

async function chooseConfiguration(folder?: vscode.WorkspaceFolder): Promise<Configuration | undefined> {
  const document = vscode.window.activeTextEditor?.document;
  if (document && isServable(document.uri.fsPath, document.getText())) {
    return launching(document.uri.fsPath, basename(document.uri.fsPath));
  }
  const files = await servableFiles(folder);
  if (files.length === 0) {
    void vscode.window.showInformationMessage(
      "Nothing to serve here: open a deployment YAML, or a script with the functions init() and run(). " +
        "`devkit init` writes a deployment to start from.",
    );
    return undefined;
  }
  const items = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri, false), uri }));
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: "Serve and debug which deployment?" });
  return chosen && launching(chosen.uri.fsPath, basename(chosen.uri.fsPath));
}

async function launch(
  folder: vscode.WorkspaceFolder | undefined,
  configuration: vscode.DebugConfiguration,
): Promise<vscode.DebugConfiguration | undefined> {
  if (!configuration["program"]) {
    void vscode.window.showErrorMessage('This configuration has no "program": name a score.py or a deployment YAML.');
    return undefined;
  }
  const given = configuration["python"] as string | undefined;
  const resource = folder?.uri ?? vscode.Uri.file(String(configuration["program"]));
  const python = given ?? (await interpreterWith(MODULES, "Serving and debugging", resource));
  return python ? launchArguments(configuration, python) : undefined;
}

/** What the configuration says itself wins over what is known of the deployment. */
async function attachToDeployment(
  folder: vscode.WorkspaceFolder | undefined,
  configuration: vscode.DebugConfiguration,
): Promise<vscode.DebugConfiguration | undefined> {
  const place = await locate(String(configuration["deployment"]), folder);
  return place && attachArguments({ ...place, ...configuration });
}

/**
 * A background task has no exit code, so VS Code asks before each F5 whenever any file has an error squiggle, also one
 * of ours (microsoft/vscode #61693). The workspace's setting is written once, and only where the user has none.
 */
async function ignoreTaskErrors(folder?: vscode.WorkspaceFolder): Promise<void> {
  const settings = vscode.workspace.getConfiguration("debug", folder);
  const found = settings.inspect<string>("onTaskErrors");
  if (!folder || found?.globalValue || found?.workspaceValue || found?.workspaceFolderValue) return;
  await settings.update("onTaskErrors", "debugAnyway", vscode.ConfigurationTarget.Workspace);
}

/**
 * Say what to start when the port is free, beside VS Code's own "ECONNREFUSED". Found out by binding: an adapter takes a
 * mere connection for its client, and ends with it. Elsewhere (a container, another machine) nothing can be said.
 */
async function adviseIfFree({ host, port }: Address): Promise<void> {
  if (!LOOPBACK.has(host) || !(await isFree(port))) return;
  void vscode.window.showWarningMessage(
    `Nothing listens for a debugger on ${host}:${port}. Start the server with: infsrv --dev --debug ${port}`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
