import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  Disposable,
  type Message,
} from 'vscode-languageserver';

const HEAD_END = '\r\n\r\n';

/**
 * Messages from standard input, each handed on as soon as it is whole. The library's own reader
 * takes a turn of the event loop for each, and its writer another and a second system call.
 */
export class StdioReader extends AbstractMessageReader {
  private held: Buffer[] = [];
  private length = 0;
  /** Bytes up to the end of the first message, once its head is there. */
  private wanted = 0;

  constructor(private readonly input: NodeJS.ReadableStream) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    const take = (chunk: Buffer) => this.take(chunk, callback);
    this.input.on('data', take);
    this.input.on('error', (error) => this.fireError(error));
    this.input.on('close', () => this.fireClose());
    return Disposable.create(() => this.input.off('data', take));
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
      callback(JSON.parse(body) as Message);
    } catch (error) {
      this.fireError(error);
    }
  }
}

/** Messages to standard output, head and body in one piece. */
export class StdioWriter extends AbstractMessageWriter {
  constructor(private readonly output: NodeJS.WritableStream) {
    super();
    output.on('error', (error) => this.fireError(error));
    output.on('close', () => this.fireClose());
  }

  write(message: Message): Promise<void> {
    const body = JSON.stringify(message);
    this.output.write(`Content-Length: ${Buffer.byteLength(body)}${HEAD_END}${body}`);
    return Promise.resolve();
  }

  end(): void {
    this.output.end();
  }
}
