import { type Span, span } from '../../text/span.ts';
import { childScope, type Scope } from './scope.ts';

/** A part of a request, and where it stands. */
interface Asked<T> {
  readonly value: T;
  readonly span: Span;
}

/**
 * What the `#SBATCH` lines of a job script ask Slurm for. Source: sbatch(1), and what Slurm 22.05.8 did
 * with some fifty of them (`test/syntax/job.test.ts`).
 */
export interface Job {
  /** Where the last of the lines ends. */
  readonly end: number;
  /** The kind of card, by the cluster's own name for it: `a100`, `v100-32gb`, `tesla`. */
  readonly gpu?: Asked<string>;
  /** Cards on each node. */
  readonly gpusPerNode?: Asked<number>;
  /** Absent where Slurm decides. */
  readonly nodes?: Asked<number>;
  readonly tasks?: Asked<number>;
  readonly tasksPerNode?: Asked<number>;
}

/** Options with their values; the last one of a name counts. */
type Asks = ReadonlyMap<string, Asked<string>>;

/** Longer heads are no head of a job. */
const MAX_HEAD = 64 * 1024;

/** Reads the lines in front of the first command; `undefined` where none of them is for Slurm. */
export function readJob(text: string): Job | undefined {
  const { asks, end } = readAsks(text);
  if (end === undefined) return undefined;
  const tasks = count(asks.get('ntasks'));
  const tasksPerNode = count(asks.get('ntasks-per-node'));
  const nodes = nodesOf(asks, tasks, tasksPerNode);
  const perNode = cards(asks.get('gpus-per-node'));
  const resource = cards(asks.get('gres'), 'gpu');
  const perTask = cards(asks.get('gpus-per-task'));
  const all = cards(asks.get('gpus'));
  const gpu = [perNode, resource, perTask, all].find((one) => one?.type !== undefined)?.type;
  const ofNode = tasksPerNode ?? (nodes?.value === 1 ? tasks : undefined);
  const gpusPerNode =
    agreed(perNode?.count, resource?.count) ??
    (ofNode && times(perTask?.count, ofNode.value)) ??
    (nodes?.value === 1 ? all?.count : undefined);
  const allTasks = tasks ?? (nodes && times(tasksPerNode, nodes.value));
  return {
    end,
    ...(gpu && { gpu }),
    ...(gpusPerNode && { gpusPerNode }),
    ...(nodes && { nodes }),
    ...(allTasks && { tasks: allTasks }),
    ...(tasksPerNode && { tasksPerNode }),
  };
}

/** As many as are asked for; else one, unless tasks or cards may need several. */
function nodesOf(
  asks: Asks,
  tasks: Asked<number> | undefined,
  tasksPerNode: Asked<number> | undefined,
): Asked<number> | undefined {
  if (asks.has('nodes')) return count(asks.get('nodes'));
  const several = asks.has('ntasks') && tasks?.value !== 1;
  if (several && tasks && tasksPerNode)
    return { ...tasks, value: Math.ceil(tasks.value / tasksPerNode.value) };
  const [first] = asks.values();
  return several || asks.has('gpus') || first === undefined ? undefined : { ...first, value: 1 };
}

/** The options, and where the last line that is for Slurm ends. */
function readAsks(text: string): { readonly asks: Asks; readonly end?: number } {
  const asks = new Map<string, Asked<string>>();
  let last: number | undefined;
  for (let start = 0; start < Math.min(text.length, MAX_HEAD); ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    if (!/^\s*(?:#|$)/.test(line)) break;
    const words = LINE.exec(line)?.[1];
    if (words !== undefined) {
      last = end;
      readWords(words, start + line.length - words.length, asks);
    }
    start = end + 1;
  }
  return { asks, ...(last !== undefined && { end: last }) };
}

const LINE = /^#SBATCH(?=[ \t-])(.*)$/s;
const WORD = /"[^"]*"?|'[^']*'?|#.*|[^\s"'#]+/gs;

const SHORT: Readonly<Record<string, string>> = { N: 'nodes', n: 'ntasks', G: 'gpus' };
const OTHER: Readonly<Record<string, string>> = { 'tasks-per-node': 'ntasks-per-node' };

/** `--gres=gpu:4 -N 2 # remark`: each option with its value, which may be the next word. */
function readWords(words: string, offset: number, asks: Map<string, Asked<string>>): void {
  let open: string | undefined;
  for (const { 0: word, index } of words.matchAll(WORD)) {
    if (word.startsWith('#')) return;
    const put = (name: string, value: string) => {
      const at = offset + index + word.lastIndexOf(value);
      asks.set(OTHER[name] ?? name, { value, span: span(at, at + value.length) });
    };
    const long = /^--([\w-]+)(=(.*))?$/s.exec(word);
    const short = /^-([A-Za-z])(.+)?$/s.exec(word);
    const name = long ? long[1] : short ? SHORT[short[1] ?? ''] : undefined;
    const value = long ? long[3] : short?.[2];
    if (open !== undefined && !long && !short) put(open, word.replace(/^["']|["']$/g, ''));
    open = name !== undefined && !value ? name : undefined;
    if (name !== undefined && value) put(name, value);
  }
}

function count(asked: Asked<string> | undefined): Asked<number> | undefined {
  if (asked === undefined || !/^[1-9]\d{0,4}$/.test(asked.value)) return undefined;
  return { value: Number(asked.value), span: asked.span };
}

interface Cards {
  readonly type?: Asked<string>;
  readonly count?: Asked<number>;
}

/** `gpu:a100:4`, or `a100:4` where only cards are asked for. Several kinds of card tell nothing. */
function cards(asked: Asked<string> | undefined, name?: string): Cards | undefined {
  if (asked === undefined) return undefined;
  const all = asked.value.split(',').map((one) => one.replace(/\([\s\S]*$/, '').split(':'));
  const [parts, ...more] = name === undefined ? all : all.filter(([first]) => first === name);
  if (parts === undefined || more.length > 0) return undefined;
  const own = name === undefined ? parts : parts.slice(1);
  const last = own.at(-1) ?? '';
  const counted = own.length > 1 || /^\d+$/.test(last);
  const kind = counted && own.length < 2 ? undefined : own[0];
  const total = count({ value: counted ? last : '1', span: asked.span });
  return {
    ...(kind && { type: { value: kind, span: within(asked, kind) } }),
    ...(total && { count: total }),
  };
}

/** Where a part of the value stands, which is not the name in front. */
function within({ value, span: { start } }: Asked<string>, part: string): Span {
  const at = start + value.lastIndexOf(part);
  return span(at, at + part.length);
}

/** One of two that say the same, or the only one there is. */
function agreed(
  a: Asked<number> | undefined,
  b: Asked<number> | undefined,
): Asked<number> | undefined {
  return a === undefined || b === undefined || a.value === b.value ? (a ?? b) : undefined;
}

function times(asked: Asked<number> | undefined, by: number): Asked<number> | undefined {
  return asked && { ...asked, value: asked.value * by };
}

/**
 * The scope that the script starts in: Slurm says in the environment what it gives. The cards are
 * numbered where there is one node; of several, each sees its own.
 */
export function jobScope(text: string): Scope {
  const scope = childScope();
  const job = readJob(text);
  if (job === undefined) return scope;
  const bind = (name: string, asked: Asked<number> | undefined, value = String(asked?.value)) => {
    if (asked === undefined) return;
    const { span: where } = asked;
    const piece = { text: value, span: where, exact: false, quoted: false, expanded: true };
    scope.own.set(name, { kind: 'text', pieces: [piece], span: where });
  };
  const { gpusPerNode, nodes, tasks, tasksPerNode } = job;
  bind('SLURM_GPUS_ON_NODE', gpusPerNode);
  bind('SLURM_NNODES', nodes);
  bind('SLURM_JOB_NUM_NODES', nodes);
  bind('SLURM_NTASKS', tasks);
  bind('SLURM_NPROCS', tasks);
  bind('SLURM_NTASKS_PER_NODE', tasksPerNode);
  if (gpusPerNode === undefined || nodes?.value !== 1) return scope;
  const ids = Array.from({ length: Math.min(gpusPerNode.value, 64) }, (_, i) => i).join(',');
  bind('CUDA_VISIBLE_DEVICES', gpusPerNode, ids);
  const where = gpusPerNode.span;
  scope.exports.set('CUDA_VISIBLE_DEVICES', {
    name: 'CUDA_VISIBLE_DEVICES',
    nameSpan: where,
    span: where,
  });
  return scope;
}
