// The servers of this window: what debug sessions print, and where a request goes.

import * as vscode from "vscode";
import { TYPE } from "./configurations";
import { addressOf } from "./reloads";
import { taskPort } from "./tasks";

interface Output {
  type: string;
  event?: string;
  body?: { category?: string; output?: string };
}

export class Servers implements vscode.DebugAdapterTrackerFactory, vscode.Disposable {
  private readonly lines = new vscode.EventEmitter<string>();
  private readonly addresses = new Map<string, string>(); // of sessions, by their id

  /** Every line that a server under a debug session prints. */
  readonly onLine = this.lines.event;

  dispose(): void {
    this.lines.dispose();
  }

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    let rest = "";
    const told = session.configuration["serverUrl"] as string | undefined;
    if (told) this.addresses.set(session.id, told.replace(/\/+$/, ""));
    return {
      onDidSendMessage: (message: Output) => {
        if (message.event !== "output" || message.body?.category === "telemetry") return;
        const lines = (rest + (message.body?.output ?? "")).split(/\r?\n/);
        rest = lines.pop() ?? "";
        lines.forEach((line) => this.hear(session, line));
      },
      onWillStopSession: () => this.addresses.delete(session.id),
      onExit: () => this.addresses.delete(session.id),
    };
  }

  /** The address of the server that was started last, else of a task's, else the setting's. */
  address(resource?: vscode.Uri): string {
    const started = [...this.addresses.values()].at(-1);
    const port = taskPort();
    if (started ?? port) return started ?? `http://127.0.0.1:${port}`;
    const setting = vscode.workspace.getConfiguration(TYPE, resource).get<string>("serverUrl");
    return (setting || "http://127.0.0.1:5001").replace(/\/+$/, "");
  }

  private hear(session: vscode.DebugSession, line: string): void {
    // In a container the server tells an address that is none of this machine.
    const address = session.configuration["serverUrl"] ? undefined : addressOf(line);
    if (address) this.addresses.set(session.id, address);
    this.lines.fire(line);
  }
}
