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
  configurationListeners: new Set<Listener>(),

  reset(): void {
    this.extensions.clear();
    this.settings.clear();
    this.folders = [];
    this.shown = [];
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

const show = (message: string) => {
  editor.shown.push(message);
  return Promise.resolve(undefined);
};

export const window = {
  showErrorMessage: show,
  showWarningMessage: show,
  showInformationMessage: show,
};
