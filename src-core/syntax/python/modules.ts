import { parsedClasses } from './declarations.ts';

/** A module of the program's own folder that names are imported of. */
export interface Import {
  /** From the folder of the program: `utils/args.py`. */
  readonly path: string;
  /** The names there by those here. */
  readonly names: ReadonlyMap<string, string>;
}

const FROM =
  /^[ \t]*from[ \t]+(\.?[A-Za-z_][\w.]*)[ \t]+import[ \t]*(?:\(((?:#[^\n]*\n|[^()#])*)\)|([^\r\n(;#]+))/gm;
/** Functions and variables that have to do with arguments, by their names. */
const TELLING = /^(?![A-Z]).*(?:arg|parse|option|config|cfg|flags|hparam)/;
/** Installed packages, and parts of Python. */
const INSTALLED =
  /^(?:accelerate|argparse|ast|bitsandbytes|configparser|dataclasses|datasets|deepspeed|diffusers|fire|huggingface_hub|hydra|json|llamafactory|logging|lightning|megatron|numpy|omegaconf|optparse|os|peft|pydantic|shlex|swift|torch|torchvision|transformers|trl|typing|unsloth|urllib|vllm|wandb|yaml)(?:\.|$)/;
/** A program declares its arguments in few places. */
const MOST = 3;

/** A module that is imported and may be the program's own. */
export interface LocalModule {
  /** Where it may lie, from the folder of who imports it. */
  readonly paths: readonly string[];
  /** It is the program's own: `from .loader import load`. */
  readonly isRelative: boolean;
}

const ANY_FROM =
  /^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import(?:[ \t]*\(|(?=[ \t]))([^()#;\r\n]*)|import[ \t]+([\w.]+))/gm;
/** Modules that are worth a look. */
const MOST_LOCAL = 24;

/** The modules that a text imports, but for those of packages that are known. */
export function localModules(text: string): readonly LocalModule[] {
  const found: LocalModule[] = [];
  for (const [, from = '', names = '', plain = ''] of text.matchAll(ANY_FROM)) {
    const module = from.replace(/^\.+/, '') || plain;
    const dots = from.slice(0, from.length - module.length);
    if ((dots === '' && INSTALLED.test(module)) || found.length === MOST_LOCAL) continue;
    const base = '../'.repeat(Math.max(0, dots.length - 1)) + module.replaceAll('.', '/');
    const within = names.match(/(?<!\bas\s)\b[a-z_]\w*/g) ?? [];
    const own = module === '' ? [] : [`${base}.py`, `${base}/__init__.py`];
    const folder = module === '' ? base : `${base}/`;
    const paths = [...own, ...within.map((name) => `${folder}${name}.py`)];
    found.push({ paths, isRelative: dots !== '' });
  }
  return found;
}

/** The modules beside a program that may declare its arguments: those of the classes that it parses, and others by their names. */
export function argumentImports(text: string): readonly Import[] {
  if (!/\bimport\b/.test(text)) return [];
  const parsed = parsedClasses(text);
  const found: Import[] = [];
  for (const [, module = '', inside, plain] of text.matchAll(FROM)) {
    if (INSTALLED.test(module) || found.length === MOST) continue;
    const names = new Map<string, string>();
    for (const part of (inside ?? plain ?? '').replace(/#.*/g, '').split(',')) {
      const [, there, here = there] = /^\s*(\w+)(?:\s+as\s+(\w+))?\s*$/.exec(part) ?? [];
      if (there === undefined || here === undefined) continue;
      if (parsed.has(here) || TELLING.test(here) || TELLING.test(there)) names.set(here, there);
    }
    const path = `${module.replace(/^\./, '').replaceAll('.', '/')}.py`;
    if (names.size > 0) found.push({ path, names });
  }
  return found;
}
