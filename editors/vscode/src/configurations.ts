// Debug configurations, as data: what a user writes for type "devkit", and what debugpy's adapter makes of it. Pure.

export interface Configuration {
  type: string;
  name: string;
  request: string;
  [key: string]: unknown;
}

export interface Address {
  host: string;
  port: number;
}

export const TYPE = "devkit";
const LOOPBACK = "127.0.0.1";
const DEBUG_PORT = 5678;
const YAML = /\.ya?ml$/i;

/** The configuration that F5 uses for a file when there is no launch.json. */
export function launching(program: string, label: string): Configuration {
  return { type: TYPE, request: "launch", name: `serve and debug ${label}`, program };
}

/** The configuration that attaches to `infsrv --dev --debug`. */
export function attaching(): Configuration {
  return { type: TYPE, request: "attach", name: "attach to a running server", host: LOOPBACK, port: DEBUG_PORT };
}

/** The configuration that attaches to a deployment of `devkit online-deployment`, in a process or a container. */
export function attachingToDeployment(): Configuration {
  const deployment = "${command:pickDeployment}";
  return { type: TYPE, request: "attach", name: "attach to a running deployment", deployment };
}

/** Whether a text is worth serving: a script with run(), or a YAML file of an online deployment with a script. */
export function isServable(path: string, text: string): boolean {
  if (YAML.test(path)) return /^\s*scoring_script\s*:/m.test(text);
  return /\.py$/i.test(path) && /^(async\s+)?def\s+run\s*\(/m.test(text);
}

/** Whether the text of a YAML file looks like a document of Azure ML. */
export function isAzureMl(text: string): boolean {
  return /^\$schema:.*\bazuremlschemas\b|^(endpoint_name|code_configuration|instance_type|auth_mode)\s*:/m.test(text);
}

/** What debugpy is to launch: the kit's own command, which knows what a deployment YAML means for the server. */
export function launchArguments(configuration: Configuration, python: string): Configuration {
  const { program, args = [], env = {}, ...rest } = configuration;
  return {
    console: "internalConsole",
    justMyCode: true,
    ...rest,
    module: "devkit",
    args: ["serve", String(program), "--dev", ...(args as string[])],
    // Without it debugpy warns on Python 3.11+ about frozen modules, which have no bearing on a user's script.
    env: { PYDEVD_DISABLE_FILE_VALIDATION: "1", ...(env as object) },
    python: [python],
    redirectOutput: true,
    subProcess: false, // development is one process
  };
}

/** What debugpy is to attach to; its output comes to the Debug Console too. */
export function attachArguments(configuration: Configuration): Configuration {
  const { host, port, deployment, ...rest } = configuration;
  const addressed = rest["listen"] ? rest : { ...rest, connect: debugAddress(configuration) };
  return { justMyCode: true, redirectOutput: true, subProcess: false, ...addressed } as Configuration;
}

/** Where an attach configuration finds the debugger. */
export function debugAddress(configuration: Configuration): Address {
  const connect = (configuration["connect"] ?? configuration) as Partial<Address>;
  return { host: connect.host ?? LOOPBACK, port: Number(connect.port ?? DEBUG_PORT) };
}
