import { readSync, writeSync } from 'node:fs';
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  Disposable,
  type Message,
} from 'vscode-languageserver';

const HEAD_END = '\r\n\r\n';

const STDIN = 0;
const STDOUT = 1;
/** Of one read; an answer to a request is far shorter, a document may be longer. */
const CHUNK = 64 * 1024;

/**
 * Messages from standard input, each handed on as soon as it is whole. The library's own reader
 * takes a turn of the event loop for each, and its writer another and a second system call.
 *
 * Until the first document is open there is nothing else to do than to wait for the client, so the
 * process waits in the read itself: what Node needs to wait beside other work takes longer to load
 * than a short document to judge.
 */
export class StdioReader extends AbstractMessageReader {
  private held: Buffer[] = [];
  private length = 0;
  /** Bytes up to the end of the first message, once its head is there. */
  private wanted = 0;
  private hasDocument = false;

  /** `atEnd` is called when the client hangs up. */
  constructor(private readonly atEnd: () => void) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    const take = (chunk: Buffer) => this.take(chunk, callback);
    const input = () => {
      const { stdin } = process;
      stdin.on('data', take);
      stdin.on('error', (error) => this.fireError(error));
      stdin.on('end', this.atEnd);
      stdin.on('close', () => this.fireClose());
    };
    const wait = () => {
      const chunk = this.hasDocument ? undefined : readNow();
      if (chunk === undefined) return input();
      take(chunk);
      setImmediate(wait);
    };
    setImmediate(wait);
    return Disposable.create(() => process.stdin.off('data', take));
  }

  private take(chunk: Buffer, callback: DataCallback): void {
    this.held.push(chunk);
    this.length += chunk.length;
    if (this.length < this.wanted) return;
    let rest = this.held.length === 1 ? chunk : Buffer.concat(this.held);
    for (let message = this.first(rest); message !== undefined; message = this.first(rest)) {
      rest = rest.subarray(message.end);
      this.hand(message.body, callback);
    }
    this.held = rest.length === 0 ? [] : [rest];
    this.length = rest.length;
  }

  /** The body of the first message and where it ends; `undefined` while it is not whole. */
  private first(bytes: Buffer): { readonly body: string; readonly end: number } | undefined {
    this.wanted = 0;
    const head = bytes.indexOf(HEAD_END);
    if (head < 0) return undefined;
    const start = head + HEAD_END.length;
    const size = /content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1];
    if (size === undefined) {
      this.fireError(new Error('a message without Content-Length'));
      return { body: '', end: start };
    }
    const end = start + Number(size);
    if (bytes.length >= end) return { body: bytes.toString('utf8', start, end), end };
    this.wanted = end;
    return undefined;
  }

  private hand(body: string, callback: DataCallback): void {
    if (body === '') return;
    try {
      const message = JSON.parse(body) as Message & { readonly method?: string };
      this.hasDocument ||= message.method?.endsWith('/didOpen') === true;
      callback(message);
    } catch (error) {
      this.fireError(error);
    }
  }
}

/** What the client has written, or writes next; `undefined` where that cannot be had so, and at the end. */
function readNow(): Buffer | undefined {
  // Pipes of Windows were not tried.
  if (process.platform === 'win32') return undefined;
  const room = Buffer.allocUnsafe(CHUNK);
  try {
    const size = readSync(STDIN, room);
    return size === 0 ? undefined : room.subarray(0, size);
  } catch {
    return undefined;
  }
}

/** Messages to standard output, head and body in one piece. */
export class StdioWriter extends AbstractMessageWriter {
  private output: NodeJS.WritableStream | undefined;

  write(message: Message): Promise<void> {
    const body = JSON.stringify(message);
    const bytes = Buffer.from(`Content-Length: ${Buffer.byteLength(body)}${HEAD_END}${body}`);
    const written = this.output ? 0 : writeNow(bytes);
    if (written < bytes.length) this.stream().write(bytes.subarray(written));
    return Promise.resolve();
  }

  end(): void {
    this.output?.end();
  }

  /** Waits beside other work for a client that does not take what is written to it. */
  private stream(): NodeJS.WritableStream {
    if (this.output) return this.output;
    const { stdout } = process;
    stdout.on('error', (error) => this.fireError(error));
    stdout.on('close', () => this.fireClose());
    this.output = stdout;
    return stdout;
  }
}

/** Bytes that could be written at once. */
function writeNow(bytes: Buffer): number {
  let written = 0;
  if (process.platform === 'win32') return written;
  try {
    while (written < bytes.length) written += writeSync(STDOUT, bytes, written);
  } catch {
    // Full, or closed: the stream says which.
  }
  return written;
}
