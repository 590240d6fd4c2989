// The language server's process: started from the selected Python, and again when another one is selected.

import { homedir } from "node:os";
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions } from "vscode-languageclient/node";
import { isAzureMl } from "./configurations";
import { hasDocuments } from "./files";
import { languageServerInterpreter, onInterpreterChange } from "./python";
import { interpreterWith } from "./requirements";

const MODULES = ["devkit", "lsp", "pygls"];

export class LanguageServer implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private turn: Promise<void> = Promise.resolve();
  private readonly output = vscode.window.createOutputChannel("Endpoint DevKit", { log: true });
  private readonly subscriptions = [
    onInterpreterChange(() => this.restart()),
    vscode.workspace.onDidSaveTextDocument((document) => this.startFor(document)),
  ];
  private isSilent = false; // about a missing package

  /**
   * Stop the server if it runs, and start it with the interpreter selected now. Calls wait for each other.
   * `concerns` says whether a missing package is worth telling: not in a folder whose YAML is another tool's.
   */
  restart(concerns = hasDocuments): Promise<void> {
    const replace = () => this.replace(concerns);
    this.turn = this.turn.then(replace, replace);
    return this.turn;
  }

  dispose(): void {
    this.subscriptions.forEach((each) => each.dispose());
    void this.client?.dispose();
    this.output.dispose();
  }

  private async replace(concerns: () => Promise<boolean>): Promise<void> {
    await this.client?.dispose();
    this.client = undefined;
    const chosen = languageServerInterpreter();
    const python = await interpreterWith(MODULES, "The language server", undefined, chosen, concerns);
    this.isSilent = !python && !(await concerns());
    if (!python) return this.output.info("no interpreter has the package: the language server is not started");
    this.output.info(`language server: ${python} -m devkit lsp --stdio`);
    const server = { command: python, args: ["-m", "devkit", "lsp", "--stdio"], options: { cwd: homedir() } };
    this.client = new LanguageClient("devkit", "Endpoint DevKit", server, this.options());
    await this.client.start();
  }

  /** The first document of ours in a folder that had none: from now on it matters that the package is missing. */
  private startFor(document: vscode.TextDocument): void {
    if (this.isSilent && document.languageId === "yaml" && isAzureMl(document.getText())) void this.restart();
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: [
        { scheme: "file", language: "yaml" },
        { scheme: "untitled", language: "yaml" },
        { scheme: "file", language: "python" },
      ],
      outputChannel: this.output,
    };
  }
}
