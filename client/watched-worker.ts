import { BrowserMessageReader, BrowserMessageWriter } from 'vscode-languageclient/browser';

/** Of the browser's own library only this is used. */
export interface BrowserWorker {
  onerror: (() => void) | null;
  postMessage(message: string): void;
  terminate(): void;
}

/** One message between client and server, as far as it is looked at. */
interface Passing {
  readonly id?: number | string | null;
  readonly method?: string;
}

/** It is looked this often whether the worker still says something. */
const LOOK_MS = 5000;
/** So many looks in a row without a word, while an answer is due, are its end. */
const SILENT_LOOKS = 4;
/** The same of a worker that has not said anything yet: its script may come over a slow line. */
const SILENT_AT_START = 24;

/** The reader of a worker's messages, which can be told that there will be none any more. */
class EndingReader extends BrowserMessageReader {
  end(): void {
    this.fireClose();
  }
}

/**
 * The ends of a connection to a worker. The browser does not say when a worker was ended, so the
 * connection is closed when the script cannot be loaded, and when an answer is due and nothing comes.
 */
export function connectionTo(worker: BrowserWorker) {
  const reader = new EndingReader(worker);
  const writer = new BrowserMessageWriter(worker);
  const due = new Set<Passing['id']>();
  let heard = false;
  let looks = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const rest = () => {
    clearInterval(timer);
    timer = undefined;
    looks = 0;
  };
  const end = () => {
    rest();
    due.clear();
    reader.end();
  };
  // A machine that slept is back at a first look, not at the last.
  const look = () => {
    looks += 1;
    if (looks >= (heard ? SILENT_LOOKS : SILENT_AT_START)) end();
  };
  worker.onerror = () => {
    if (!heard) end();
  };
  const listen = reader.listen.bind(reader);
  reader.listen = (callback) =>
    listen((message) => {
      const { id, method } = message as Passing;
      heard = true;
      looks = 0;
      if (method === undefined) due.delete(id);
      if (due.size === 0) rest();
      callback(message);
    });
  const write = writer.write.bind(writer);
  writer.write = (message) => {
    const { id, method } = message as Passing;
    if (id !== undefined && method !== undefined) {
      due.add(id);
      timer ??= setInterval(look, LOOK_MS);
    }
    return write(message);
  };
  return { reader, writer, rest };
}
