/** What a URI begins with: its scheme, and its authority where it has one. */
export const HEAD = /^([A-Za-z][A-Za-z\d+.-]*):(?:\/\/([^/]*))?/;

/** The path of a URI, decoded; for `file:///c%3A/x` that is `/c:/x`. */
export const pathOf = lastOne(decodedPath);

/** Remembers one answer: one document is asked for again and again while it is typed into. */
function lastOne(find: (uri: string) => string): (uri: string) => string {
  let last: { readonly uri: string; readonly found: string } | undefined;
  return (uri) => {
    if (last?.uri !== uri) last = { uri, found: find(uri) };
    return last.found;
  };
}

function decodedPath(uri: string): string {
  const path = uri.replace(HEAD, '').replace(/[?#][\s\S]*$/, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** One text for all spellings of a URI: its scheme and authority, and the path decoded. */
export const identityOf = lastOne(spelledOnce);

function spelledOnce(uri: string): string {
  const head = HEAD.exec(uri);
  return `${head?.[1] ?? 'file'}://${head?.[2] ?? ''}`.toLowerCase() + pathOf(uri);
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function normalize(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '.' && part !== '') kept.push(part);
  }
  return `/${kept.join('/')}`;
}

/** `path`, as a config writes it, seen from the folder `folderUri` (no slash at its end). */
export function resolveFrom(folderUri: string, path: string): string {
  const head = HEAD.exec(folderUri)?.[0] ?? 'file://';
  const slashed = path.replaceAll('\\', '/');
  const drive = /^[a-z]:\//i.test(slashed);
  const absolute = drive ? `/${slashed}` : slashed;
  const full = absolute.startsWith('/') ? absolute : `${pathOf(folderUri)}/${absolute}`;
  return head + encodePath(normalize(full));
}

/** The folder that holds the document, without a slash at its end. */
export function folderOf(uri: string): string {
  return uri.slice(0, uri.lastIndexOf('/'));
}

/** The folder that scripts in a folder named `scripts` are usually started from; none for another. */
export function aboveScripts(folder: string): readonly string[] {
  const [, above] = /^(.+)[\\/]scripts$/.exec(folder) ?? [];
  return above === undefined ? [] : [above];
}
