// "Invoke": send a request file to the server, and show the answer in an editor beside.

import { basename } from "node:path";
import * as vscode from "vscode";
import { render } from "./answers";
import { type Answer, ask } from "./http";
import type { Servers } from "./servers";

const SCHEME = "devkit-answer";
const NEAR = ["", "..", "../.."]; // a script lies in a code folder, a request file beside the deployment
const EXCLUDED = "**/{node_modules,.venv,venv,.git,.vscode,model,models}/**";
const SERVE = "Serve and Debug";

export class Invoker implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  private readonly texts = new Map<string, string>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  readonly onDidChange = this.changes.event;

  constructor(private readonly servers: Servers) {}

  dispose(): void {
    this.registration.dispose();
    this.changes.dispose();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "";
  }

  /** Send the request file that belongs to `uri` (a deployment or a script), or `uri` itself if it is JSON. */
  async invoke(uri: vscode.Uri): Promise<void> {
    const file = await requestFile(uri);
    if (!file) return;
    const url = `${this.servers.address(uri)}/score`;
    const answer = await send(url, await vscode.workspace.fs.readFile(file)).catch((error: Error) => error);
    if (answer instanceof Error) await this.unanswered(url, uri, answer);
    else await this.show(file, url, answer);
  }

  private async show(file: vscode.Uri, url: string, answer: Answer): Promise<void> {
    const name = basename(file.fsPath);
    const { language, text } = render(answer, url, name);
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/answer to ${name}` });
    this.texts.set(uri.toString(), text);
    this.changes.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, language);
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: false };
    await vscode.window.showTextDocument(document, this.shownAlready(uri) ?? place);
  }

  private shownAlready(uri: vscode.Uri): vscode.TextDocumentShowOptions | undefined {
    const group = vscode.window.tabGroups.all.find((each) =>
      each.tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString()),
    );
    return group && { viewColumn: group.viewColumn, preserveFocus: true, preview: false };
  }

  private async unanswered(url: string, uri: vscode.Uri, error: Error): Promise<void> {
    const message = `No server answers at ${url} (${error.message}).`;
    const chosen = await vscode.window.showErrorMessage(message, SERVE);
    if (chosen === SERVE) await vscode.commands.executeCommand("devkit.debug", uri.toString());
  }
}

async function send(url: string, body: Uint8Array): Promise<Answer> {
  const progress = { location: vscode.ProgressLocation.Window, title: "DevKit: waiting for the answer" };
  return await vscode.window.withProgress(progress, () => ask(url, { method: "POST", body }));
}

async function requestFile(uri: vscode.Uri): Promise<vscode.Uri | undefined> {
  if (/\.json$/i.test(uri.path)) return uri;
  const [sample] = await near(uri, "sample-request.json");
  if (sample) return sample;
  const found = await vscode.workspace.findFiles("**/*.json", EXCLUDED, 50);
  const items = found.map((each) => ({ label: vscode.workspace.asRelativePath(each), uri: each }));
  if (items.length === 0) {
    const advice = "There is no request file. Save a request's body as sample-request.json beside the deployment.";
    void vscode.window.showInformationMessage(advice);
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { placeHolder: "Send which request file?" }))?.uri;
}

async function near(uri: vscode.Uri, name: string): Promise<vscode.Uri[]> {
  const candidates = NEAR.map((up) => vscode.Uri.joinPath(uri, "..", up, name));
  const there = await Promise.all(candidates.map(exists));
  return candidates.filter((_, index) => there[index]);
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
