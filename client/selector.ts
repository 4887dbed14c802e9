/** Languages of training configs and logs: a file of one of them activates the extension. */
export const LANGUAGES = ['shellscript', 'yaml', 'json', 'jsonc', 'python', 'log'];

/** Which documents are looked at. */
export interface Filter {
  readonly scheme: string;
  readonly language?: string;
  readonly pattern?: string;
}

/**
 * Where people write: files, drafts, cells, a repository in the browser. The same file as another view
 * shows it (`git:` beside a change, `output:`) is none that could be edited.
 */
const WRITTEN = ['file', 'untitled', 'vscode-notebook-cell', 'vscode-vfs'];

/**
 * The documents that the server is shown; `folders` are the schemes of the workspace's folders. The
 * manifest makes `.out`, `.err` and text files with the name of a log logs to the editor. Other text
 * files do not activate the extension, since each would; nor does a search of the workspace, which would
 * cost every start. Once it is active they are looked at. Of JSON Lines, which are data more often than
 * metrics, only two names count.
 */
export function selectorFor(folders: readonly string[]): Filter[] {
  return [...new Set([...WRITTEN, ...folders])].flatMap((scheme) => [
    ...LANGUAGES.map((language) => ({ scheme, language })),
    { scheme, language: 'plaintext', pattern: '**/*.{out,err,txt}' },
    { scheme, pattern: '**/{trainer_log,logging}.jsonl' },
  ]);
}
