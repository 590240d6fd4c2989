// The status bar item: what came of the last save.

import * as vscode from "vscode";
import { TYPE } from "./configurations";
import { ask } from "./http";
import { type Readiness, type Reload, reloadBetween, reloadOf } from "./reloads";
import type { Servers } from "./servers";

const POLL_MS = 200;
const PATIENCE_MS = 5000;

export class ReloadStatus implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("devkit.reload", vscode.StatusBarAlignment.Left);
  private readonly subscriptions: vscode.Disposable[];
  private known: Readiness = { generation: 0, reload_error: null };

  constructor(private readonly servers: Servers) {
    this.item.name = "DevKit: live update";
    this.item.command = "workbench.debug.action.toggleRepl";
    this.subscriptions = [
      this.item,
      servers.onLine((line) => this.show(reloadOf(line))),
      vscode.workspace.onDidSaveTextDocument((document) => void this.afterSave(document)),
      vscode.debug.onDidStartDebugSession((session) => session.type === TYPE && this.begin()),
      vscode.debug.onDidTerminateDebugSession((session) => session.type === TYPE && this.item.hide()),
      vscode.tasks.onDidStartTask(({ execution }) => execution.task.definition.type === TYPE && this.begin()),
      vscode.tasks.onDidEndTask(({ execution }) => execution.task.definition.type === TYPE && this.item.hide()),
    ];
  }

  dispose(): void {
    this.subscriptions.forEach((each) => each.dispose());
  }

  private begin(): void {
    this.known = { generation: 0, reload_error: null };
    this.draw("$(sync) live update", "Save the script or a module beside it: the new code serves the next request.");
  }

  /** A server in a terminal tells this window nothing, so ask it; one under a debug session is heard. */
  private async afterSave(document: vscode.TextDocument): Promise<void> {
    const inTask = vscode.tasks.taskExecutions.some(({ task }) => task.definition.type === TYPE);
    const heard = vscode.debug.activeDebugSession?.type === TYPE;
    if (document.languageId !== "python" || !inTask || heard) return;
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline) {
      const now = await this.readiness(document.uri);
      const news = now && reloadBetween(this.known, now);
      if (now && news) {
        this.known = now;
        return this.show(news);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  private async readiness(resource: vscode.Uri): Promise<Readiness | undefined> {
    try {
      const answer = await ask(`${this.servers.address(resource)}/readyz`, { timeoutMs: PATIENCE_MS });
      return JSON.parse(answer.body) as Readiness;
    } catch {
      return undefined; // it is starting, restarting, or stands at a breakpoint
    }
  }

  private show(reload: Reload | undefined): void {
    if (reload?.kind === "applied") {
      this.draw(`$(check) reload ${reload.generation}`, reload.detail || "The new code is in place.");
    } else if (reload?.kind === "failed") {
      this.draw("$(error) reload failed", `${reload.detail}\n\nThe code before it keeps serving.`, "errorBackground");
    } else if (reload) {
      this.draw("$(watch) reload waiting", reload.detail, "warningBackground");
    }
  }

  private draw(text: string, tooltip: string, background?: string): void {
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.backgroundColor = background ? new vscode.ThemeColor(`statusBarItem.${background}`) : undefined;
    this.item.show();
  }
}
