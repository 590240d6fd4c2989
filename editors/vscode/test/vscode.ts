// A stand-in for the part of VS Code's API that the tested modules use. The bundler puts it in place of "vscode".

type Listener = (event: unknown) => unknown;

export interface Folder {
  uri: Uri;
  name: string;
  index: number;
}

/** What a test sets and looks at; `reset` puts everything back. */
export const editor = {
  extensions: new Map<string, unknown>(),
  settings: new Map<string, unknown>(),
  folders: [] as Folder[],
  shown: [] as string[],
  answers: [] as unknown[], // to what is shown or asked, one after the other; nothing once they are used up
  tasks: [] as Task[],
  configurationListeners: new Set<Listener>(),

  reset(): void {
    this.extensions.clear();
    this.settings.clear();
    this.folders = [];
    this.shown = [];
    this.answers = [];
    this.tasks = [];
    this.configurationListeners.clear();
  },

  open(path: string): Folder {
    const folder = { uri: Uri.file(path), name: path, index: this.folders.length };
    this.folders.push(folder);
    return folder;
  },
};

export class Uri {
  private constructor(readonly fsPath: string) {}

  static file(path: string): Uri {
    return new Uri(path);
  }

  get path(): string {
    return this.fsPath;
  }
}

export class EventEmitter {
  private readonly listeners = new Set<Listener>();

  readonly event = (listener: Listener) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  fire(event: unknown): void {
    this.listeners.forEach((listener) => listener(event));
  }
}

export class DebugAdapterServer {
  constructor(
    readonly port: number,
    readonly host?: string,
  ) {}
}

export class DebugAdapterExecutable {
  constructor(
    readonly command: string,
    readonly args: string[],
  ) {}
}

export class RelativePattern {
  constructor(
    readonly base: Folder,
    readonly pattern: string,
  ) {}
}

export class ProcessExecution {
  constructor(
    readonly process: string,
    readonly args: string[],
    readonly options: { cwd?: string },
  ) {}
}

export class Task {
  presentationOptions: Record<string, unknown> = {};

  constructor(
    readonly definition: unknown,
    readonly scope: unknown,
    readonly name: string,
    readonly source: string,
    readonly execution: ProcessExecution,
  ) {}
}

export const TaskScope = { Global: 1, Workspace: 2 };
export const TaskPanelKind = { Shared: 1, Dedicated: 2, New: 3 };
export const ConfigurationTarget = { Global: 1, Workspace: 2, WorkspaceFolder: 3 };

export const extensions = {
  getExtension: (id: string) => editor.extensions.get(id),
};

export const workspace = {
  get workspaceFolders(): Folder[] | undefined {
    return editor.folders.length ? editor.folders : undefined;
  },
  getWorkspaceFolder: (uri: Uri) => editor.folders.find((each) => uri.fsPath.startsWith(each.uri.fsPath)),
  getConfiguration: () => ({ get: (name: string) => editor.settings.get(name) }),
  onDidChangeConfiguration(listener: Listener) {
    editor.configurationListeners.add(listener);
    return { dispose: () => editor.configurationListeners.delete(listener) };
  },
};

export const tasks = {
  taskExecutions: [],
  executeTask(task: Task) {
    editor.tasks.push(task);
    return Promise.resolve({ task });
  },
};

const show = (message: string) => {
  editor.shown.push(message);
  return Promise.resolve(editor.answers.shift());
};

export const window = {
  showErrorMessage: show,
  showWarningMessage: show,
  showInformationMessage: show,
  showQuickPick: (items: (string | { label: string })[]) => {
    const label = (item: string | { label: string }) => (typeof item === "string" ? item : item.label);
    const wanted = editor.answers.shift();
    editor.shown.push(items.map(label).join(" "));
    return Promise.resolve(items.find((each) => label(each) === wanted));
  },
  showInputBox: ({ prompt, validateInput }: { prompt: string; validateInput: (value: string) => string | undefined }) => {
    const typed = editor.answers.shift() as string | undefined;
    editor.shown.push(prompt);
    return Promise.resolve(typed === undefined || validateInput(typed) ? undefined : typed);
  },
};
