// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the braces belong to the text under test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flagEntries } from '../../src-core/syntax/argv.ts';
import type { Command } from '../../src-core/syntax/document.ts';
import { entriesOf, parse, shown } from './show.ts';

function commands(text: string): Command[] {
  return parse('shell', text).units.filter((u) => u.kind === 'command');
}

function words(text: string): string[][] {
  return commands(text).map((c) =>
    c.words.map((w) => (w.value.kind === 'opaque' ? `?${w.raw}` : w.value.text)),
  );
}

test('continuations, quotes and redirections', () => {
  const text = `swift sft \\\n  --a 'x y' --b "p\\"q" --c $'t\\tu' \\\n  --d e"f"'g' > log 2>&1 &\n`;
  assert.deepEqual(words(text), [
    ['swift', 'sft', '--a', 'x y', '--b', 'p"q', '--c', 't\tu', '--d', 'efg'],
  ]);
});

test('carriage returns count as line ends', () => {
  assert.deepEqual(words('swift sft \\\r\n  --a 1\r\nswift pt\r\n'), [
    ['swift', 'sft', '--a', '1'],
    ['swift', 'pt'],
  ]);
});

test('a backslash that ends the file ends the line; behind it a blank is a word', () => {
  assert.deepEqual(words('swift --a x \\\n  --fp16 \\'), [['swift', '--a', 'x', '--fp16']]);
  assert.deepEqual(words('swift --a x\\'), [['swift', '--a', 'x']]);
  assert.deepEqual(words('swift --a x\\\\'), [['swift', '--a', 'x\\']]);
  assert.deepEqual(words('swift --a \\ '), [['swift', '--a', ' ']]);
});

test('variables are followed in order, with the place they come from', () => {
  const text = 'A=x\nswift $A "${A}y" $B\nA=z\nswift $A ${C:-d} ${1:-e} ${D:=f} $D\n';
  assert.deepEqual(words(text), [
    ['swift', 'x', 'xy', '?$B'],
    ['swift', 'z', 'd', 'e', 'f', 'f'],
  ]);
  const value = commands(text)[0]?.words[1]?.value;
  assert.deepEqual(value?.kind === 'scalar' && value.via, { start: 2, end: 3 });
});

test('what a branch, a loop or a test assigns is unknown behind it unless all agree', () => {
  const text = `A=1; B=1; if x; then A=2; B=1; else B=1; fi; swift $A $B
for i in 1 2; do L=$i; swift $i $L; done; swift $L
[ -n "$Q" ] || Q=5; cd /d && R=6; swift $Q $R
(S=1; swift $S); swift $S`;
  assert.deepEqual(
    words(text).filter((w) => w[0] === 'swift'),
    [
      ['swift', '?$A', '1'],
      ['swift', '?$i', '?$L'],
      ['swift', '?$L'],
      ['swift', '?$Q', '6'],
      ['swift', '1'],
      ['swift', '?$S'],
    ],
  );
});

test('a function body knows only names assigned once', () => {
  const text = 'A=1\nB=1\nf() { local C=3; swift $A $B $C $1; D=4; }\nB=2\nf x\nswift $D\n';
  assert.deepEqual(words(text)[1], ['swift', '1', '?$B', '3', '?$1']);
  assert.deepEqual(words(text).at(-1), ['swift', '?$D']);
});

test('arrays and unquoted options give words that stand in the assignment', () => {
  const text = `OPTS="--a 1 \\\n  --b $X"\nX=9\nARGS=(--c 2)\nARGS+=(--d 'e f')\nswift $OPTS "\${ARGS[@]}" $EMPTY\n`;
  const [command] = commands(text);
  const got = command?.words.map((w) => [w.raw, text.slice(w.span.start, w.span.end)]);
  assert.deepEqual(got?.slice(1, 3), [
    ['--a', '--a'],
    ['1', '1'],
  ]);
  assert.deepEqual(words(text)[0], [
    'swift',
    '--a',
    '1',
    '--b',
    '?$OPTS',
    '--c',
    '2',
    '--d',
    'e f',
    '?$EMPTY',
  ]);
  assert.ok(command?.words[1]?.from !== undefined && command.words[0]?.from === undefined);
});

test('an empty variable vanishes, a quoted one stays', () => {
  assert.deepEqual(words('E=\nswift $E "$E" x\n'), [['swift', '', 'x']]);
});

test('integer arithmetic of known variables, new and old', () => {
  const text = 'G=16\nN=4\nswift $((G / N)) $(expr $G / $N) $((G / M)) $(date)\n';
  assert.deepEqual(words(text), [['swift', '4', '4', '?$((G / M))', '?$(date)']]);
});

test('environment: prefix and exported variables', () => {
  const text = 'export A=1\nP=2\nCUDA_VISIBLE_DEVICES=0,1 N="$P" swift sft\n';
  const env = commands(text)
    .at(-1)
    ?.env.map((e) => [e.key, e.value.kind === 'scalar' && e.value.text]);
  assert.deepEqual(env, [
    ['A', '1'],
    ['CUDA_VISIBLE_DEVICES', '0,1'],
    ['N', '2'],
  ]);
});

test('heredocs, comments and substitutions are no commands', () => {
  const text = `cat > x.yaml <<'EOF'\nswift sft --a 1\nEOF\n# swift pt\necho "# no" '#' a#b # yes\nX=$(swift eval)\n`;
  assert.deepEqual(
    words(text).map((w) => w[0]),
    ['cat'],
  );
  assert.deepEqual(
    parse('shell', text).comments.map((c) => c.text),
    [' swift pt', ' yes'],
  );
});

test('what is printed is not run', () => {
  const text =
    'echo swift sft --a 1\nprintf "%s" swift pt | tee log\necho go && swift sft ${X:=1} --b $X\necho ${Y:=2}\nswift pt $Y\n';
  assert.deepEqual(words(text), [
    ['tee', 'log'],
    ['swift', 'sft', '1', '--b', '1'],
    ['swift', 'pt', '2'],
  ]);
});

test('a comment inside a continued command ends it', () => {
  assert.deepEqual(words('swift sft \\\n  # --a 1 \\\n  --b 2\n'), [
    ['swift', 'sft'],
    ['--b', '2'],
  ]);
});

test('an open quote or bracket spoils its own command only', () => {
  assert.deepEqual(words('swift sft --a "x \\\n  --b 1\n\nswift pt --c "d e"\n'), [
    ['swift', 'sft', '--a', 'x', '--b', '1'],
    ['swift', 'pt', '--c', 'd e'],
  ]);
  assert.deepEqual(
    words(`swift --cfg '{\n "a": 1\n}' --x "y\nswift pt\n`).map((w) => w[0]),
    ['swift', 'swift'],
  );
  assert.deepEqual(
    words('swift --a ${X\nswift pt\n').map((w) => w.length),
    [3, 2],
  );
  assert.deepEqual(words('A=(--x 1\nswift pt --c 1\n').at(-1), ['swift', 'pt', '--c', '1']);
  assert.deepEqual(words('swift --a `x\nswift pt\n').at(-1), ['swift', 'pt']);
});

test('placeholders of manuals are unknown words', () => {
  const text =
    'swift sft --model <your model> --port=<port1> --x "<image> y" \\\n --y {lr} --z {a,b}\n';
  assert.deepEqual(words(text), [
    [
      'swift',
      'sft',
      '--model',
      '?<your model>',
      '?--port=<port1>',
      '--x',
      '<image> y',
      '--y',
      '?{lr}',
      '--z',
      '?{a,b}',
    ],
  ]);
});

test('a remark in backticks leaves nothing', () => {
  assert.deepEqual(words('swift --a 1 `# one` \\\n --b 2\n'), [['swift', '--a', '1', '--b', '2']]);
});

test('a default given by a test for emptiness counts as one', () => {
  const text = 'Z=$2\nif [ "$Z" == "" ]; then Z=3; fi\n[ -z "$Q" ] && Q=1\nswift $Z $Q\n';
  assert.deepEqual(words(text).at(-1), ['swift', '3', '1']);
});

test('what a command hands to a shell is read where it stands', () => {
  const text = `M=q/w
srun bash -c "cd x && swift sft --model $M --name \\"a b\\""
CMD="swift pt --model $M"; eval $CMD --lr 1
RUN=(swift rlhf --lr 2); eval "\${RUN[@]}"
sbatch --wrap="swift sft \\
  --lr 3"
sbatch <<EOF
#!/bin/bash
swift sft --lr 4 --model $M
EOF
ssh node bash -s <<'EOF'
swift sft --model $M
EOF
`;
  const swift = commands(text).filter((c) => c.words[0]?.value.text === 'swift');
  assert.deepEqual(swift.map(argsOf), [
    ['sft', '--model', 'q/w', '--name', 'a b'],
    ['pt', '--model', 'q/w', '--lr', '1'],
    ['rlhf', '--lr', '2'],
    ['sft', '--lr', '3'],
    ['sft', '--lr', '4', '--model', 'q/w'],
    ['sft', '--model', '?'],
  ]);
  const places = swift.map(({ words: all }) => all.slice(1).map((w) => w.raw));
  assert.deepEqual(places.slice(0, 3), [
    ['sft', '--model', '$M', '--name', '\\"a b\\"'],
    ['pt', '--model', 'q/w', '--lr', '1'],
    ['rlhf', '--lr', '2'],
  ]);
  for (const { span } of swift)
    assert.match(text.slice(span.start), /^(?:swift|\$CMD|"\$\{RUN|\$\{RUN)/);
});

function argsOf({ words: all }: Command): string[] {
  return all.slice(1).map((w) => (w.value.kind === 'opaque' ? '?' : w.value.text));
}

test('shells within shells come to an end', () => {
  assert.ok(commands(`A='eval "$A"'; eval "$A"\nbash -c 'bash -c "bash -c x"'\n`).length < 10);
});

test('a heredoc read into a variable is its text; `which` finds what it is asked for', () => {
  const text = `read -r -d '' ARGS <<EOF\ncli.train \\\n  --lr 1\nEOF\nrun --module $ARGS\n`;
  assert.deepEqual(words(text)[1], ['run', '--module', 'cli.train', '--lr', '1']);
  assert.deepEqual(words('torchrun $(which swift) sft'), [['torchrun', 'swift', 'sft']]);
});

test('what is added under a condition or in a loop leaves what was there', () => {
  const text = `A=(--x 1); if y; then A+=(--z 2); fi; swift "\${A[@]}" --q 3
B="--x 1"; [ -n "$Y" ] && B="$B --z 2"; swift $B --q 3
C=(--x 1); for i in a b; do C+=(--z $i); done; swift "\${C[@]}"
D=model; if y; then D="$D-chat"; fi; swift $D`;
  const swift = commands(text).filter((c) => c.words[0]?.value.text === 'swift');
  assert.deepEqual(swift.map(argsOf), [
    ['--x', '1', '?', '--q', '3'],
    ['--x', '1', '?', '--q', '3'],
    ['--x', '1', '?'],
    ['?'],
  ]);
});

test('flags: joined, bare, several values, negative numbers, short', () => {
  const text = 'swift sft --a=1 --b --c x y --d -1e-5 -m t.py --e="v w" "--f=g" --h=$U --i=${J}k\n';
  assert.deepEqual(shown('shell', text), [
    ['a', '1'],
    ['b', undefined],
    ['c', ['x', 'y']],
    ['d', '-1e-5'],
    ['m', 't.py'],
    ['e', 'v w'],
    ['f', 'g'],
    ['h', '?$U'],
    ['i', '?${J}k'],
  ]);
  const at = (key: string) => entriesOf(commands(text)[0]).find((e) => e.key === key);
  const cut = (key: string) => {
    const entry = at(key);
    const { start, end } = entry?.value.span ?? { start: 0, end: 0 };
    return [text.slice(entry?.keySpan.start, entry?.keySpan.end), text.slice(start, end)];
  };
  assert.deepEqual(cut('a'), ['--a', '1']);
  assert.deepEqual(cut('e'), ['--e', '"v w"']);
  assert.deepEqual(cut('f'), ['--f', 'g']);
  assert.deepEqual(cut('h'), ['--h', '$U']);
});

test('overrides', () => {
  const [command] = commands('tune run x --config c.yaml lr=1e-4 +a.b=[q,v] ~z model="m n"\n');
  const { entries, positional } = flagEntries(command?.words ?? [], 'overrides');
  const got = entries.map((e) => [e.key, e.value.kind === 'scalar' ? e.value.text : e.value.kind]);
  assert.deepEqual(got, [
    ['lr', '1e-4'],
    ['a.b', '[q,v]'],
    ['z', 'absent'],
    ['model', 'm n'],
  ]);
  assert.deepEqual(
    positional.map((w) => w.raw),
    ['tune', 'run', 'x', '--config', 'c.yaml'],
  );
});
