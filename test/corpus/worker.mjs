import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

const { files, settings } = workerData;
const core = createRequire(import.meta.url)(workerData.core);

parentPort.on('message', (name) => parentPort.postMessage(checkOne(name)));

function checkOne(name) {
  const text = readFileSync(join(files, name), 'utf8');
  const language = core.languageOf(name) ?? 'shell';
  const started = performance.now();
  try {
    const { analysis } = core.checkFile(
      { path: name, text, language },
      { settings },
      core.readingBy(readNear),
    );
    const ms = performance.now() - started;
    return { ms, ...digest(analysis, text, name) };
  } catch (error) {
    const ms = performance.now() - started;
    const crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ms, framework: null, models: [], findings: [], crash };
  }
}

/**
 * A file that a config names: beside it, or below any folder above it inside the corpus, which has no files that
 * pin releases but those of usual names.
 */
function readNear(wanted, from) {
  if (isAbsolute(wanted)) return undefined;
  if (core.pinPlace(wanted) !== undefined) return readPin(wanted, from);
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    try {
      const path = join(folder, wanted);
      return { text: readFileSync(join(files, path), 'utf8'), path };
    } catch {
      if (folder === '.' || folder === dirname(folder)) return undefined;
    }
  }
}

/** What pins releases, in the folder of a file or above it, inside its repository: `kind/owner+name/...`. */
function readPin(wanted, from) {
  const path = join(dirname(from), wanted);
  const repository = from.split('/').slice(0, 2);
  if (!path.startsWith(`${repository.join('/')}/`)) return undefined;
  try {
    return { text: readFileSync(join(files, path), 'utf8'), path };
  } catch {
    return undefined;
  }
}

function digest(analysis, text, name) {
  const index = core.lineIndex(text);
  return {
    framework: analysis.framework,
    models: analysis.runs.flatMap(({ run }) => modelOf(run)),
    crash: crashOf(analysis),
    findings: analysis.findings.map((f) => ({
      rule: f.rule,
      severity: f.severity,
      message: f.message,
      line: index.positionAt(f.span.start).line + 1,
      text: f.file === name ? text.slice(f.span.start, f.span.end) : `in ${f.file}`,
    })),
  };
}

/** Rules that threw: the analysis catches them and hands them back as data. */
function crashOf(analysis) {
  const [failure] = analysis.failures;
  return failure === undefined ? undefined : JSON.stringify(failure);
}

/** The model a run names in its text, and whether the tables know it. */
function modelOf(run) {
  const { value, origin } = run.model ?? {};
  if (value === undefined || typeof value === 'symbol' || origin.kind === 'default') return [];
  return [{ text: value.text, known: value.record !== undefined }];
}
