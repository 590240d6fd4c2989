// "Promote": choose a target. The command shows its plan in a terminal, and changes nothing before it was told to go on.

import { basename } from "node:path";
import * as vscode from "vscode";
import { interpreterWith } from "./requirements";
import { runInTerminal } from "./tasks";

const REMEMBERED = "devkit.promotionTargets";
const MOST_REMEMBERED = 8;
const KINDS = [
  { scheme: "docker:", address: "CONTEXT, ssh://USER@HOST, tcp://HOST:PORT; this machine's engine if empty" },
  { scheme: "kubernetes:", address: "CONTEXT/NAMESPACE; those of kubectl if empty" },
  { scheme: "azureml:", address: "SUBSCRIPTION/GROUP/WORKSPACE" },
];
const UNKNOWN = `Begin with one of ${KINDS.map(({ scheme }) => scheme).join(", ")}.`;

export class Promoter {
  constructor(private readonly memory: vscode.Memento) {}

  /** Promote the deployment file `uri`; the question whether to go on is answered in the terminal, below the plan. */
  async promote(uri: vscode.Uri): Promise<void> {
    const python = await interpreterWith(["devkit", "typer"], "Promoting", uri);
    const chosen = python && (await this.chooseTarget());
    if (!python || !chosen) return;
    const [target = "", ...flags] = wordsOf(chosen);
    const words = ["promote", "--file", uri.fsPath, "--to", target, ...flags];
    await runInTerminal(uri, python, words, `promote ${basename(uri.fsPath)} to ${target}`, { focus: true });
  }

  /** A target, and behind it the flags that it wants. */
  private async chooseTarget(): Promise<string | undefined> {
    const remembered = this.remembered().map((label) => ({ label, scheme: undefined }));
    const kinds = KINDS.map(({ scheme, address }) => ({ label: `${scheme}…`, description: address, scheme }));
    const items = [...remembered, ...kinds];
    const chosen = await vscode.window.showQuickPick(items, { placeHolder: "Promote to which target?" });
    const target = chosen?.scheme === undefined ? chosen?.label : await this.typedTarget(chosen.scheme);
    if (target) await this.memory.update(REMEMBERED, [target, ...this.remembered(target)].slice(0, MOST_REMEMBERED));
    return target;
  }

  /** The newest first; also those that refused, for they are chosen again once that is mended. */
  private remembered(without?: string): string[] {
    return this.memory.get<string[]>(REMEMBERED, []).filter((each) => each !== without);
  }

  private async typedTarget(scheme: string): Promise<string | undefined> {
    const value = this.remembered().find((each) => each.startsWith(scheme)) ?? scheme;
    const typed = await vscode.window.showInputBox({
      title: `${scheme}${KINDS.find((each) => each.scheme === scheme)?.address ?? ""}`,
      prompt: "Flags of devkit promote may follow, such as --target-option NAME=VALUE, --steps 10,50,100 or --plan.",
      value,
      valueSelection: [value.length, value.length],
      ignoreFocusOut: true,
      validateInput: (text) => (isTarget(text) ? undefined : UNKNOWN),
    });
    return typed?.trim();
  }
}

/** The words of a line as a shell reads them, as far as quotes go. */
export function wordsOf(line: string): string[] {
  const words = line.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double, single) => String(double ?? single)));
}

function isTarget(text: string): boolean {
  return KINDS.some(({ scheme }) => text.trim().startsWith(scheme));
}
