// One HTTP request without a time limit of its own: a breakpoint may hold the answer for as long as the user thinks.

import { request as plain, type IncomingHttpHeaders } from "node:http";
import { request as secure } from "node:https";

export interface Answer {
  status: number;
  reason: string;
  headers: IncomingHttpHeaders;
  body: string;
  milliseconds: number;
}

export interface Options {
  method?: "GET" | "POST";
  body?: Uint8Array;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Ask `url`; rejects when nobody answers, in `timeoutMs` if that is given. */
export function ask(url: string, { method = "GET", body, timeoutMs, signal }: Options = {}): Promise<Answer> {
  const began = performance.now();
  const headers = body ? { "content-type": "application/json", "content-length": body.length } : {};
  return new Promise((resolve, reject) => {
    const request = url.startsWith("https:") ? secure : plain;
    const call = request(url, { method, headers, ...(timeoutMs && { timeout: timeoutMs }), ...(signal && { signal }) });
    call.on("timeout", () => call.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    call.on("error", reject);
    call.on("response", (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? "",
          headers: response.headers,
          body: Buffer.concat(parts).toString("utf8"),
          milliseconds: performance.now() - began,
        }),
      );
    });
    call.end(body);
  });
}
