/**
 * The tables of facts lie beside the bundles in one file, `tables.txt`, which is ASCII and made by the
 * build: a session reads those of its own frameworks. Every import of a table is a call of `tableAt`.
 */

/** The text of the file from `start` to `end`. */
type TablesFile = (start: number, end: number) => string;

let file: TablesFile | undefined;

/** Says where the file is read; before anything asks for a table. */
export function useTables(found: TablesFile): void {
  file = found;
}

/** The table at a place in the file, read when a part of it is first asked for. `empty` is of its kind. */
export function tableAt(start: number, end: number, empty: object): object {
  let read: object | undefined;
  const whole = (): object => {
    if (file === undefined) throw new Error('a table was asked for before useTables()');
    read ??= parsed(file(start, end));
    return read;
  };
  return new Proxy(empty, {
    get: (_, key) => Reflect.get(whole(), key),
    has: (_, key) => Reflect.has(whole(), key),
    ownKeys: () => Reflect.ownKeys(whole()),
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(whole(), key),
  });
}

function parsed(text: string): object {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('tables.txt is of another build: start TuneLint again, or install it anew');
  }
}
