import { isLogName, type Language, languageOf } from '../../src-core/text/source-file.ts';

/** Language ids as editors give them. `null`: a language of its own that only looks like YAML. */
const BY_ID: Readonly<Record<string, Language | null>> = {
  shellscript: 'shell',
  sh: 'shell',
  bash: 'shell',
  zsh: 'shell',
  yaml: 'yaml',
  json: 'json',
  jsonc: 'json',
  json5: 'json',
  python: 'python',
  log: 'log',
  dockercompose: null,
  dockerfile: null,
  'github-actions-workflow': null,
  helm: null,
};

const SHEBANG = /^#!\s*\S*(?:\/|\benv\s+(?:-S\s+)?)(bash|sh|zsh|dash|python[\d.]*)\b/;

function byShebang(text: string): Language | undefined {
  const name = SHEBANG.exec(text.slice(0, 200))?.[1];
  if (name === undefined) return undefined;
  return name.startsWith('python') ? 'python' : 'shell';
}

/**
 * The language of a document: by the editor's id, else by the path's ending, else by the shebang.
 * `trainer_state.json` is JSON to every editor, and the log of a run to us.
 */
export function documentLanguage(id: string, path: string, text: string): Language | undefined {
  const known = BY_ID[id];
  if (known === 'json' && isLogName(path)) return 'log';
  if (known !== undefined) return known ?? undefined;
  return languageOf(path) ?? byShebang(text);
}
