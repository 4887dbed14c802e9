/** Packages by the framework id they bring, where the two differ. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  swift: ['ms-swift', 'ms_swift'],
  llamafactory: ['llamafactory', 'llama-factory'],
};

/** Files beside a config that pin versions, the most exact first. */
const PIN_FILES = ['uv.lock', 'poetry.lock', 'requirements.txt', 'pyproject.toml'] as const;

/** A version and the file that says so. */
export interface Pin {
  readonly version: string;
  readonly file: string;
}

/**
 * The version of a framework or package that a requirements or lock file beside the config pins
 * (`name==1.2.3`, or a lock file's entry). Ranges pin nothing. `read` gives a file's text, if it is there.
 */
export function pinnedVersion(
  name: string,
  read: (path: string) => string | undefined,
): Pin | undefined {
  const names = PACKAGES[name] ?? [name];
  for (const file of PIN_FILES) {
    const text = read(file);
    if (text === undefined) continue;
    for (const one of names) {
      const version = file.endsWith('.lock') ? locked(text, one) : pinned(text, one);
      if (version !== undefined) return { version, file };
    }
  }
  return undefined;
}

const INSTALL = /\b(?:pip3?[ \t]+install|uv[ \t]+add)\b(?:\\\r?\n|[^\n])*/g;

/**
 * The version of a package that the text itself installs (`!pip install trl==0.22.2` of a notebook
 * or a script); `undefined` where it installs none, or several.
 */
export function installedVersion(name: string, text: string): string | undefined {
  const names = PACKAGES[name] ?? [name];
  const found = new Set<string>();
  for (const [command] of text.matchAll(INSTALL))
    for (const one of names) {
      const version = pinned(command.replaceAll('\\n', '\n'), one);
      if (version !== undefined) found.add(version);
    }
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

/** `[[package]]` with `name = "x"` and `version = "1.2.3"` behind it. */
function locked(text: string, name: string): string | undefined {
  const at = text.indexOf(`name = "${name}"\n`);
  if (at < 0) return undefined;
  return /^version = "([\w.+-]+)"/m.exec(text.slice(at, at + 300))?.[1];
}

/** `name==1.2.3`, with extras, spaces or quotes around. */
function pinned(text: string, name: string): string | undefined {
  const plain = name.replaceAll('.', '\\.').replace(/[-_]/g, '[-_]');
  const pattern = new RegExp(
    `(?:^|["'\\s])${plain}(?:\\[[^\\]]*\\])?\\s*==\\s*(\\d[\\w.+]*)`,
    'im',
  );
  return pattern.exec(text)?.[1];
}
