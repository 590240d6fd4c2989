// Debug type "devkit": F5 without a launch.json, and debugpy's adapter from the selected Python.

import { createConnection } from "node:net";
import { basename } from "node:path";
import * as vscode from "vscode";
import {
  type Address,
  attachArguments,
  attaching,
  type Configuration,
  debugAddress,
  isServable,
  launchArguments,
  launching,
} from "./configurations";
import { servableFiles } from "./files";
import { interpreterWith } from "./requirements";

const MODULES = ["devkit", "typer", "inference_server", "debugpy"];
const CONNECT_TIMEOUT_MS = 3000;

export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  /** The list behind "Select and Start Debugging". */
  async provideDebugConfigurations(folder?: vscode.WorkspaceFolder): Promise<vscode.DebugConfiguration[]> {
    const files = await servableFiles(folder);
    return [...files.map((uri) => launching(uri.fsPath, vscode.workspace.asRelativePath(uri, false))), attaching()];
  }

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
    const address = debugAddress(configuration);
    if (configuration["listen"] || (await answers(address))) return attachArguments(configuration);
    await notListening(address);
    return undefined;
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

function answers({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("connect", () => end(true)).on("error", () => end(false)).on("timeout", () => end(false));
  });
}

async function notListening({ host, port }: Address): Promise<void> {
  const message = `Nothing listens for a debugger on ${host}:${port}. Start the server with: infsrv --dev --debug ${port}`;
  await vscode.window.showErrorMessage(message);
}
