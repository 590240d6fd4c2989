// An answer of the server as the text of an editor. Pure.

import type { Answer } from "./http";

const TOLD = ["x-ms-request-id", "x-devkit-generation", "x-devkit-reload-error"];

export interface Rendered {
  language: string;
  text: string;
}

/** The status and what is worth knowing as comments, and the body: JSON laid out, anything else as it came. */
export function render(answer: Answer, url: string, requestFile: string): Rendered {
  const headers = TOLD.filter((name) => answer.headers[name]).map((name) => `${name}: ${String(answer.headers[name])}`);
  const status = `${answer.status} ${answer.reason}, ${answer.milliseconds.toFixed(0)} ms`;
  const comments = [status, `POST ${url} with ${requestFile}`, ...headers].map((line) => `// ${line}`).join("\n");
  const body = laidOut(answer.body);
  return { language: body === undefined ? "plaintext" : "jsonc", text: `${comments}\n${body ?? answer.body}\n` };
}

function laidOut(body: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return undefined;
  }
}
