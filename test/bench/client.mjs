// A language client over stdio that only measures.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const CAPABILITIES = {
  textDocument: {
    synchronization: {},
    diagnostic: {},
    publishDiagnostics: { relatedInformation: true },
    hover: { contentFormat: ['markdown', 'plaintext'] },
  },
  workspace: {},
};

function statusOf(pid, field) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Starts a server and speaks to it; `settings` go along as initialization options. */
export function startClient({ command, settings }) {
  const born = performance.now();
  const child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'ignore', 'pipe'] });
  const pending = new Map();
  const published = [];
  let buffer = Buffer.alloc(0);
  let nextId = 1;

  const write = (message) => {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    child.stdin.write(body);
  };
  const notify = (method, params) => write({ method, params });
  const request = (method, params) =>
    new Promise((resolve) => {
      pending.set(nextId, resolve);
      write({ id: nextId++, method, params });
    });
  const receive = ({ id, method, params, result }) => {
    if (method === 'textDocument/publishDiagnostics') published.shift()?.(params);
    else if (method === 'workspace/configuration')
      write({ id, result: params.items.map(() => null) });
    else if (method !== undefined && id !== undefined) write({ id, result: null });
    else if (id !== undefined) {
      pending.get(id)?.(result);
      pending.delete(id);
    }
  };
  child.stdout.on('data', (chunk) => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    for (;;) {
      const head = buffer.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: *(\d+)/i.exec(buffer.toString('latin1', 0, head))[1]);
      if (buffer.length < head + 4 + length) return;
      receive(JSON.parse(buffer.toString('utf8', head + 4, head + 4 + length)));
      buffer = buffer.subarray(head + 4 + length);
    }
  });

  let pulls = false;
  let uri;
  let version = 0;
  let resultId;
  /** The next diagnostics: asked for where the server is asked, else the next that it publishes. */
  const diagnostics = async () => {
    if (!pulls) return new Promise((resolve) => published.push(resolve));
    // As editors do, with the id of the last answer, for a server that tells what is unchanged.
    const previous = resultId === undefined ? {} : { previousResultId: resultId };
    const answer = await request('textDocument/diagnostic', { textDocument: { uri }, ...previous });
    resultId = answer.resultId;
    return answer;
  };

  return {
    /** Resolves with the ms since the process was started. */
    async initialize() {
      const { capabilities } = await request('initialize', {
        processId: process.pid,
        rootUri: null,
        capabilities: CAPABILITIES,
        initializationOptions: settings,
      });
      pulls = capabilities.diagnosticProvider !== undefined;
      notify('initialized', {});
      return performance.now() - born;
    },
    /** Opens the document; resolves with the ms since the process was started. */
    async open(document) {
      uri = `file:///bench/${document.name}`;
      version = 1;
      const textDocument = { uri, languageId: document.languageId, version, text: document.text };
      const shown = pulls ? undefined : diagnostics();
      notify('textDocument/didOpen', { textDocument });
      await (shown ?? diagnostics());
      return performance.now() - born;
    },
    /** One edit; resolves with the ms until its diagnostics are there. */
    async edit(range, text) {
      const started = performance.now();
      version += 1;
      const shown = pulls ? undefined : diagnostics();
      notify('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [{ range, text }],
      });
      await (shown ?? diagnostics());
      return performance.now() - started;
    },
    async hover(position) {
      const started = performance.now();
      await request('textDocument/hover', { textDocument: { uri }, position });
      return performance.now() - started;
    },
    /** Asks anything else of the open document. */
    ask: (method, params) => request(method, { textDocument: { uri }, ...params }),
    /** Peak resident memory of the process, MiB; NaN where /proc is not there. */
    peakMemory: () => statusOf(child.pid, 'VmHWM'),
    /** MiB of the heap that are in use after a collection, of a server with `live-heap.cjs`. */
    liveHeap: () =>
      new Promise((resolve) => {
        child.stdio[3].once('data', (line) => resolve(Number(line) / 2 ** 20));
        child.kill('SIGUSR2');
      }),
    /** Resident memory now, MiB. */
    memory: () => statusOf(child.pid, 'VmRSS'),
    async stop() {
      const ended = new Promise((resolve) => child.on('exit', resolve));
      await Promise.race([
        request('shutdown', null),
        new Promise((done) => setTimeout(done, 1000)),
      ]);
      notify('exit', undefined);
      setTimeout(() => child.kill(), 1000).unref();
      await ended;
    },
  };
}
