// Find the interpreter and make sure that it has what is needed; otherwise say how to get it.

import * as vscode from "vscode";
import { DISTRIBUTION, interpreter, missingModules } from "./python";

const INSTALL = "Install in a Terminal";
const SELECT = "Select Another Interpreter";

/**
 * `chosen` or else the interpreter for `resource`, if it has all `modules`. If not, the user is told what to do, unless
 * `concerns` says that it does not concern them.
 */
export async function interpreterWith(
  modules: readonly string[],
  purpose: string,
  resource?: vscode.Uri,
  chosen?: string,
  concerns: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<string | undefined> {
  const python = chosen ?? (await interpreter(resource));
  const missing = python ? await missingModules(python, modules).catch((error: Error) => error) : undefined;
  if (python && missing instanceof Array && missing.length === 0) return python;
  if (await concerns()) tellWhy(purpose, python, missing);
  return undefined;
}

function tellWhy(purpose: string, python: string | undefined, missing: string[] | Error | undefined): void {
  if (!python || !missing) {
    void tell(`${purpose} needs Python 3.10 or later, and none was found. Set python.defaultInterpreterPath.`);
  } else if (missing instanceof Error) {
    void tell(`${purpose}: ${python} cannot be run (${missing.message.trim()}).`);
  } else {
    const why = `${purpose} needs the package ${DISTRIBUTION}[kit] in ${python}, which lacks ${missing.join(", ")}.`;
    void tell(`${why} ${installation(python)}`, python);
  }
}

function installation(python: string): string {
  return `Run: ${python} -m pip install "${DISTRIBUTION}[kit]"`;
}

async function tell(message: string, python?: string): Promise<void> {
  const chosen = await vscode.window.showErrorMessage(message, ...(python ? [INSTALL] : []), SELECT);
  if (chosen === INSTALL && python) install(python);
  if (chosen === SELECT) await select();
}

function install(python: string): void {
  const terminal = vscode.window.createTerminal({ name: `install ${DISTRIBUTION}` });
  terminal.show();
  terminal.sendText(`"${python}" -m pip install "${DISTRIBUTION}[kit]"`);
}

async function select(): Promise<void> {
  const commands = await vscode.commands.getCommands(true);
  if (commands.includes("python.setInterpreter")) await vscode.commands.executeCommand("python.setInterpreter");
  else await vscode.commands.executeCommand("workbench.action.openWorkspaceSettingsFile");
}
