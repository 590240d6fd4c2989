// The language server's process: started from the selected Python, and again when another one is selected.

import { homedir } from "node:os";
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions } from "vscode-languageclient/node";
import { languageServerInterpreter, onInterpreterChange } from "./python";
import { interpreterWith } from "./requirements";

const MODULES = ["devkit", "lsp", "pygls"];

export class LanguageServer implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private turn: Promise<void> = Promise.resolve();
  private readonly output = vscode.window.createOutputChannel("Endpoint DevKit", { log: true });
  private readonly subscription = onInterpreterChange(() => this.restart());

  /** Stop the server if it runs, and start it with the interpreter selected now. Calls wait for each other. */
  restart(): Promise<void> {
    this.turn = this.turn.then(
      () => this.replace(),
      () => this.replace(),
    );
    return this.turn;
  }

  dispose(): void {
    this.subscription.dispose();
    void this.client?.dispose();
    this.output.dispose();
  }

  private async replace(): Promise<void> {
    await this.client?.dispose();
    this.client = undefined;
    const python = await interpreterWith(MODULES, "The language server", undefined, languageServerInterpreter());
    if (!python) return;
    this.output.info(`language server: ${python} -m devkit lsp --stdio`);
    const server = { command: python, args: ["-m", "devkit", "lsp", "--stdio"], options: { cwd: homedir() } };
    this.client = new LanguageClient("devkit", "Endpoint DevKit", server, this.options());
    await this.client.start();
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
