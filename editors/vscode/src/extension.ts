// Wires the parts to the editor; none of the work is done here.

import * as vscode from "vscode";
import { TYPE } from "./configurations";
import { AdapterFactory, ConfigurationList, ConfigurationProvider, debugFile } from "./debugging";
import { pickDeployment } from "./deployments";
import { Invoker } from "./invoke";
import { LanguageServer } from "./languageServer";
import { Promoter } from "./promotion";
import { ReloadStatus } from "./reloadStatus";
import { Servers } from "./servers";
import { serveFile, TaskProvider, validateFile } from "./tasks";

export function activate(context: vscode.ExtensionContext): void {
  const servers = new Servers();
  const invoker = new Invoker(servers);
  const promoter = new Promoter(context.workspaceState);
  const languageServer = new LanguageServer();
  const dynamic = vscode.DebugConfigurationProviderTriggerKind.Dynamic;
  context.subscriptions.push(
    servers,
    invoker,
    languageServer,
    new ReloadStatus(servers),
    vscode.debug.registerDebugConfigurationProvider(TYPE, new ConfigurationProvider()),
    vscode.debug.registerDebugConfigurationProvider(TYPE, new ConfigurationList(), dynamic),
    vscode.debug.registerDebugAdapterDescriptorFactory(TYPE, new AdapterFactory()),
    vscode.debug.registerDebugAdapterTrackerFactory(TYPE, servers),
    vscode.tasks.registerTaskProvider(TYPE, new TaskProvider()),
    command("devkit.serve", serveFile),
    command("devkit.debug", debugFile),
    command("devkit.validate", validateFile),
    command("devkit.invoke", (uri) => invoker.invoke(uri)),
    command("devkit.promote", (uri) => promoter.promote(uri)),
    vscode.commands.registerCommand("devkit.pickDeployment", pickDeployment),
    vscode.commands.registerCommand("devkit.restartLanguageServer", () => languageServer.restart(always)),
  );
  void languageServer.restart();
}

const always = (): Promise<boolean> => Promise.resolve(true);

/** A command for a file: the one that a code lens names, else the one in the active editor. */
function command(id: string, run: (uri: vscode.Uri) => Promise<void>): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (given?: string | vscode.Uri) => {
    const named = typeof given === "string" ? vscode.Uri.parse(given, true) : given;
    const uri = named ?? vscode.window.activeTextEditor?.document.uri;
    if (uri?.scheme === "file") await run(uri);
    else void vscode.window.showInformationMessage("Open a deployment YAML or a scoring script first, and save it.");
  });
}
