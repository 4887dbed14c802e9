import type { ArithmeticExpression, ParsedScript, Word } from 'unbash';

type Lookup = (name: string) => string | undefined;

/** The value of an integer expression of known variables, or `undefined`. */
export function evaluateArithmetic(
  expression: ArithmeticExpression | undefined,
  lookup: Lookup,
): number | undefined {
  if (expression === undefined) return undefined;
  switch (expression.type) {
    case 'ArithmeticGroup':
      return evaluateArithmetic(expression.expression, lookup);
    case 'ArithmeticBinary': {
      const left = evaluateArithmetic(expression.left, lookup);
      const right = evaluateArithmetic(expression.right, lookup);
      return left === undefined || right === undefined
        ? undefined
        : operate(left, expression.operator, right);
    }
    case 'ArithmeticUnary': {
      const value = evaluateArithmetic(expression.operand, lookup);
      return expression.operator === '-' && value !== undefined ? -value : undefined;
    }
    case 'ArithmeticWord':
      return integer(expression.value, lookup);
    default:
      return undefined;
  }
}

/** The value of `$(expr 16 / $NPROC)`, the old way to write arithmetic, or `undefined`. */
export function evaluateExpr(
  script: ParsedScript | undefined,
  read: (word: Word) => string | undefined,
): number | undefined {
  const [statement] = script?.commands ?? [];
  if (script?.commands.length !== 1 || statement?.command.type !== 'Command') return undefined;
  const { name, suffix } = statement.command;
  if (name?.value !== 'expr' || suffix.length > 15) return undefined;
  const words = suffix.map((part) => (part.type === 'Word' ? read(part) : undefined));
  let value = integer(words[0]);
  for (let i = 1; i < words.length && value !== undefined; i += 2) {
    const right = integer(words[i + 1]);
    value = right === undefined ? undefined : operate(value, words[i] ?? '', right);
  }
  // `expr` binds * and / first; only chains of one rank are read from left to right.
  const ranks = new Set(
    words.filter((_, i) => i % 2 === 1).map((w) => (/[+-]/.test(w ?? '') ? 1 : 2)),
  );
  return ranks.size > 1 ? undefined : value;
}

/** The program that `$(which X)` or `$(command -v X)` finds, by the name it is asked for. */
export function evaluateWhich(script: ParsedScript | undefined): string | undefined {
  const [statement] = script?.commands ?? [];
  if (script?.commands.length !== 1 || statement?.command.type !== 'Command') return undefined;
  const { name, suffix } = statement.command;
  const words = suffix.map((part) => (part.type === 'Word' ? part.value : ''));
  const asked = [name?.value, ...words].join(' ');
  return /^(?:which|command -v|type -p) ([\w.+-]+)$/.exec(asked)?.[1];
}

function integer(text: string | undefined, lookup?: Lookup): number | undefined {
  const name = text?.match(/^\$?\{?([A-Za-z_]\w*)\}?$/)?.[1];
  const digits = name === undefined ? text : lookup?.(name);
  return digits !== undefined && /^(?:0|[1-9]\d{0,14})$/.test(digits) ? Number(digits) : undefined;
}

function operate(left: number, operator: string, right: number): number | undefined {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? undefined : Math.trunc(left / right);
    case '%':
      return right === 0 ? undefined : left % right;
    default:
      return undefined;
  }
}
