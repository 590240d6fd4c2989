// What the server says about a live update: on its console, and at /readyz. Pure.

export type Reload =
  | { kind: "applied"; generation: number; detail: string }
  | { kind: "failed"; detail: string }
  | { kind: "waiting"; detail: string };

/** The body of /readyz, as far as it is used here. */
export interface Readiness {
  generation: number;
  reload_error: string | null;
}

/** What a line of the server's console says about a live update, if it does. */
export function reloadOf(line: string): Reload | undefined {
  const applied = /\breload (\d+): (.+)$/.exec(line);
  if (applied) return { kind: "applied", generation: Number(applied[1]), detail: applied[2]?.trim() ?? "" };
  const failed = /\breload failed: (.+)$/.exec(line);
  if (failed) return { kind: "failed", detail: failed[1]?.trim() ?? "" };
  const waiting = /\b(reload waiting for .+|restart needed .+)$/.exec(line);
  return waiting ? { kind: "waiting", detail: waiting[1]?.trim() ?? "" } : undefined;
}

/** What changed between two looks at /readyz. */
export function reloadBetween(before: Readiness, after: Readiness): Reload | undefined {
  if (after.reload_error) {
    return after.reload_error === before.reload_error ? undefined : { kind: "failed", detail: after.reload_error };
  }
  if (after.generation === before.generation && !before.reload_error) return undefined;
  return { kind: "applied", generation: after.generation, detail: "" };
}

/** The address that a line of the server's console tells, if it does. */
export function addressOf(line: string): string | undefined {
  return /\bListening on (https?:\/\/[^\s,]+)/.exec(line)?.[1];
}
