import {
  type Connection,
  type NotebookDocument,
  type NotebookDocumentSyncOptions,
  NotebookDocuments,
  type TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { CELL_BREAK } from '../src-core/syntax/magics.ts';

/** The cells that the client shares as parts of a notebook. */
export const NOTEBOOK_SYNC: NotebookDocumentSyncOptions = {
  notebookSelector: [{ cells: [{ language: 'python' }] }],
};

/** A notebook as one text, which is judged whole: a cell alone says little of its run. */
export interface Book {
  /** The cells, one behind the other. */
  readonly whole: TextDocument;
  /** Each cell, addressed by offsets of the whole. */
  readonly cells: readonly TextDocument[];
}

/** The notebooks that are open. */
export interface Notebooks {
  /** The notebook that a document is a cell of; `undefined`: it is none. */
  bookOf(uri: string): Book | undefined;
  /** The other cells of the notebook that a document is a cell of. */
  siblings(uri: string): readonly string[];
  /** Cells came or went. */
  onCells(listener: () => void): void;
  /** A notebook was closed. */
  onClose(listener: (uri: string) => void): void;
}

/** Follows the notebooks of the client; their cells come and go in `documents`. */
export function followNotebooks(
  connection: Connection,
  documents: TextDocuments<TextDocument>,
): Notebooks {
  const notebooks = new NotebookDocuments(documents);
  const books = new WeakMap<NotebookDocument, Book>();
  let versions = 0;

  function bookOf(uri: string): Book | undefined {
    const notebook = notebooks.findNotebookDocumentForCell(uri);
    if (notebook === undefined) return undefined;
    const cells = notebook.cells.flatMap((cell) => notebooks.getCellTextDocument(cell) ?? []);
    const before = books.get(notebook);
    if (before !== undefined && isUpToDate(before, cells)) return before;
    const book = join(notebook.uri, ++versions, cells);
    books.set(notebook, book);
    return book;
  }

  notebooks.listen(connection);
  return {
    bookOf,
    siblings(uri) {
      const { cells = [] } = bookOf(uri) ?? {};
      return cells.flatMap((cell) => (cell.uri === uri ? [] : cell.uri));
    },
    onCells(listener) {
      notebooks.onDidChange(({ cells }) => {
        if (cells && cells.added.length + cells.removed.length > 0) listener();
      });
    },
    onClose(listener) {
      notebooks.onDidClose(({ uri }) => listener(uri));
    },
  };
}

function isUpToDate({ cells }: Book, now: readonly TextDocument[]): boolean {
  const same = (cell: TextDocument, i: number): boolean =>
    cell.uri === now[i]?.uri && cell.version === now[i]?.version;
  return cells.length === now.length && cells.every(same);
}

function join(uri: string, version: number, cells: readonly TextDocument[]): Book {
  const texts = cells.map((cell) => cell.getText());
  const text = texts.map((one) => one + CELL_BREAK).join('');
  const whole = TextDocument.create(uri, 'python', version, text);
  let start = 0;
  const placed = cells.map((cell, i) => {
    const from = start;
    start += (texts[i] ?? '').length + CELL_BREAK.length;
    return cellAt(cell, from, whole);
  });
  return { whole, cells: placed };
}

/** A cell that counts from the start of the whole. */
function cellAt(cell: TextDocument, from: number, whole: TextDocument): TextDocument {
  const { uri, languageId, version, lineCount } = cell;
  return {
    uri,
    languageId,
    version,
    lineCount,
    getText: () => whole.getText(),
    positionAt: (offset) => cell.positionAt(offset - from),
    offsetAt: (position) => from + cell.offsetAt(position),
    getLineRange: (line) => cell.getLineRange(line),
    getEOLCharacters: (line) => cell.getEOLCharacters(line),
  };
}

/** The cell that a place of the whole lies in. */
export function cellWith({ cells }: Book, offset: number): TextDocument | undefined {
  return cells.findLast((cell) => cell.offsetAt({ line: 0, character: 0 }) <= offset);
}
