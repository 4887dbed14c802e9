import { createHash } from 'node:crypto';
import { PassThrough, Transform, type TransformCallback } from 'node:stream';
import {
  type ClientCapabilities,
  type ConfigurationParams,
  createConnection,
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import type { Core } from '../../server/core.ts';
import type { Host, HostMemory } from '../../server/host.ts';
import type { LineStore } from '../../server/line-store.ts';
import { serve } from '../../server/serve.ts';

export const PULLS: ClientCapabilities = {
  textDocument: {
    diagnostic: {},
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } },
  },
  workspace: { workspaceEdit: { documentChanges: true } },
};

/** A client in memory, talking to a real server. */
export interface Client {
  readonly connection: ProtocolConnection;
  readonly initialized: InitializeResult;
  readonly published: { uri: string; diagnostics: Diagnostic[] }[];
  readonly log: string[];
  open(uri: string, text: string, languageId?: string): Promise<void>;
  /** Replaces `length` units at `line:character`. */
  edit(
    uri: string,
    version: number,
    at: [number, number],
    length: number,
    text: string,
  ): Promise<void>;
  request<R>(method: string, params: unknown): Promise<R>;
  /** Delivers what `send` sends in one piece, as a server that was busy finds it. */
  burst(send: () => void): Promise<void>;
  close(): void;
}

export interface ClientOptions {
  readonly capabilities?: ClientCapabilities;
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: unknown;
  readonly locale?: string;
  /** Answers each item of `workspace/configuration`. */
  readonly configuration?: (section: string | undefined) => unknown;
  /** Called for each file that is read, and waited for. */
  readonly reading?: (uri: string) => Promise<void>;
  /** What earlier sessions have kept. */
  readonly memory?: HostMemory;
}

/** A memory for servers one after the other. */
export function memoryOf(): HostMemory & { readonly said: Map<string, string> } {
  const storeOf = (kept: Map<string, string>): LineStore => ({
    read: (key) => kept.get(key),
    write: (key, text) => void kept.set(key, text),
  });
  const said = new Map<string, string>();
  return {
    said,
    played: storeOf(new Map()),
    findings: storeOf(said),
    digest: (text) => createHash('sha256').update(text).digest('base64'),
  };
}

function hostOf({ files = {}, memory, reading }: ClientOptions): Host {
  return {
    platform: 'node',
    pages: 'file:///pages',
    ...(memory && { memory }),
    async read(uri) {
      await reading?.(uri);
      return files[uri];
    },
    exists: async (uri) => uri in files,
    list: async (folder, passes, most) =>
      Object.entries(files)
        .map(([uri, text]) => ({ uri, name: uri.slice(folder.length + 1), text }))
        .filter(
          ({ uri, name }) => uri === `${folder}/${name}` && !name.includes('/') && passes(name),
        )
        .slice(0, most)
        .map(({ uri, text }) => ({ uri, bytes: text.length, written: stamp(text) })),
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

/** Stands for the time of writing: another text has another. */
function stamp(text: string): number {
  return [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7);
}

/** A stream that can hold back what passes through it. */
class Gate extends Transform {
  private held: Buffer[] | undefined;

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    if (this.held === undefined) this.push(chunk);
    else this.held.push(chunk);
    done();
  }

  hold(): void {
    this.held = [];
  }

  release(): void {
    this.push(Buffer.concat(this.held ?? []));
    this.held = undefined;
  }
}

/** Starts a server on `core` and a client on the other end. */
export async function connect(core: Core, given: ClientOptions = {}): Promise<Client> {
  const [up, down] = [new Gate(), new PassThrough()];
  serve(createConnection(up, down), hostOf(given), core);
  const connection = createProtocolConnection(
    new StreamMessageReader(down),
    new StreamMessageWriter(up),
  );
  const published: Client['published'] = [];
  const log: string[] = [];
  connection.onNotification(PublishDiagnosticsNotification.type, (all) => {
    published.push(all);
  });
  connection.onNotification('window/logMessage', ({ message }: { message: string }) => {
    log.push(message);
  });
  connection.onRequest('workspace/configuration', ({ items }: ConfigurationParams) =>
    items.map(({ section }) => given.configuration?.(section) ?? null),
  );
  connection.onRequest('client/registerCapability', () => null);
  connection.listen();
  const initialized = await connection.sendRequest(InitializeRequest.type, {
    processId: null,
    rootUri: null,
    workspaceFolders: [{ uri: 'file:///ws', name: 'ws' }],
    capabilities: given.capabilities ?? PULLS,
    initializationOptions: given.options,
    ...(given.locale === undefined ? {} : { locale: given.locale }),
  });
  await connection.sendNotification(InitializedNotification.type, {});
  return {
    connection,
    initialized,
    published,
    log,
    open: (uri, text, languageId = 'shellscript') =>
      connection.sendNotification(DidOpenTextDocumentNotification.type, {
        textDocument: { uri, languageId, version: 1, text },
      }),
    edit: (uri, version, [line, character], length, text) =>
      connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri, version },
        contentChanges: [
          {
            range: { start: { line, character }, end: { line, character: character + length } },
            text,
          },
        ],
      }),
    request: (method, params) => connection.sendRequest(method, params),
    async burst(send) {
      up.hold();
      send();
      await connection.sendNotification('$/last'); // messages are written in the order of sending
      up.release();
    },
    close: () => connection.dispose(),
  };
}

/** A program that trains Qwen2.5-7B as a whole. */
export const TRAIN = [
  'from transformers import AutoModelForCausalLM',
  'from trl import SFTConfig, SFTTrainer',
  'model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-7B", torch_dtype="bfloat16")',
  'args = SFTConfig(output_dir="out", learning_rate=1e-5)',
  'SFTTrainer(model=model, args=args, train_dataset=data).train()',
  '',
].join('\n');
