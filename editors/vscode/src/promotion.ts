// "Promote": choose a target, read the plan in a terminal, and only then say go. The command asks once more itself.

import { basename } from "node:path";
import * as vscode from "vscode";
import { interpreterWith } from "./requirements";
import { runInTerminal } from "./tasks";

const REMEMBERED = "devkit.promotionTargets";
const MOST_REMEMBERED = 8;
const GO = "Promote…";
const KINDS = [
  { scheme: "docker:", address: "CONTEXT, ssh://USER@HOST, tcp://HOST:PORT; of this machine if empty" },
  { scheme: "kubernetes:", address: "CONTEXT/NAMESPACE; those of kubectl if empty" },
  { scheme: "azureml:", address: "SUBSCRIPTION/GROUP/WORKSPACE" },
];
const UNKNOWN = `Begin with one of ${KINDS.map(({ scheme }) => scheme).join(", ")}.`;

export class Promoter {
  constructor(private readonly memory: vscode.Memento) {}

  /** Show what a promotion of the deployment file `uri` would change, and promote it if that is wanted. */
  async promote(uri: vscode.Uri): Promise<void> {
    const python = await interpreterWith(["devkit", "typer"], "Promoting", uri);
    const target = python && (await this.chooseTarget());
    if (!python || !target) return;
    const name = `${basename(uri.fsPath)} to ${target}`;
    const words = ["promote", "--file", uri.fsPath, "--to", target];
    const code = await runInTerminal(uri, python, [...words, "--plan"], `plan ${name}`);
    if (code !== 0) return; // the terminal says why
    const question = `The terminal shows what promoting ${name} would change.`;
    if ((await vscode.window.showInformationMessage(question, GO)) !== GO) return;
    await runInTerminal(uri, python, words, `promote ${name}`, { focus: true });
  }

  private async chooseTarget(): Promise<string | undefined> {
    const known = this.memory.get<string[]>(REMEMBERED, []).map((label) => ({ label, scheme: undefined }));
    const kinds = KINDS.map(({ scheme, address }) => ({ label: `${scheme}…`, description: address, scheme }));
    const chosen = await vscode.window.showQuickPick([...known, ...kinds], { placeHolder: "Promote to which target?" });
    const target = chosen?.scheme === undefined ? chosen?.label : await typedTarget(chosen.scheme);
    if (target) await this.remember(target);
    return target;
  }

  /** The newest first; also one that refuses, for it is chosen again once that is mended. */
  private async remember(target: string): Promise<void> {
    const others = this.memory.get<string[]>(REMEMBERED, []).filter((each) => each !== target);
    await this.memory.update(REMEMBERED, [target, ...others].slice(0, MOST_REMEMBERED));
  }
}

async function typedTarget(scheme: string): Promise<string | undefined> {
  const prompt = `${scheme}${KINDS.find((each) => each.scheme === scheme)?.address ?? ""}`;
  const typed = await vscode.window.showInputBox({
    title: "Promote to which target?",
    prompt,
    value: scheme,
    valueSelection: [scheme.length, scheme.length],
    ignoreFocusOut: true,
    validateInput: (value) => (isTarget(value) ? undefined : UNKNOWN),
  });
  return typed?.trim();
}

function isTarget(text: string): boolean {
  return KINDS.some(({ scheme }) => text.trim().startsWith(scheme));
}
