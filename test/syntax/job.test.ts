import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDocument } from '../../src-core/syntax/parse.ts';
import { readJob } from '../../src-core/syntax/shell/job.ts';

/**
 * What Slurm 22.05.8 (Debian 12, three nodes with four a100 and four v100 each) set in the batch step:
 * CUDA_VISIBLE_DEVICES, then SLURM_GPUS_ON_NODE, SLURM_NNODES, SLURM_NTASKS, SLURM_NTASKS_PER_NODE; `-`
 * where it set none. A `?` in front: we leave it open, since a larger or smaller cluster may do otherwise.
 */
const MEASURED: readonly (readonly [string, string])[] = [
  ['--gres=gpu:2', '0,1 2 1 - -'],
  ['--gres=gpu:a100:2', '0,1 2 1 - -'],
  ['--gres=gpu:v100:2', '4,5 2 1 - -'],
  ['--gres=gpu:a100:1,gpu:v100:2', '?0,4,5 ?3 1 - -'],
  ['--gres=gpu', '0 1 1 - -'],
  ['--gres=gpu:a100', '0 1 1 - -'],
  ['--nodes=1 --gpus-per-node=2', '0,1 2 1 - -'],
  ['--gpus-per-node=a100:2', '0,1 2 1 - -'],
  ['--gpus-per-node=a100', '0 1 1 - -'],
  ['--gpus=2', '?0,1 ?2 ?1 - -'],
  ['--nodes=1 -G 2', '0,1 2 1 - -'],
  ['-N1 -G2', '0,1 2 1 - -'],
  ['--gpus=10', '?0,1,2,3,4,5,6,7 ?8 ?2 - -'],
  ['--nodes=1 --ntasks-per-node=2 --gpus-per-task=1', '0,1 2 1 2 2'],
  ['--ntasks=1 --gpus-per-task=2', '0,1 2 1 1 -'],
  ['--ntasks=2 --gpus-per-task=1', '?0,1 ?2 ?1 2 -'],
  ['--nodes=1 --ntasks=2 --gpus-per-task=a100:1', '0,1 2 1 2 -'],
  ['--gpus=2 --gpus-per-task=1', '?0,1 ?2 ?1 ?2 -'],
  ['--nodes=1 --ntasks=2 --gres=gpu:2', '0,1 2 1 2 -'],
  ['--ntasks-per-node=2 --gres=gpu:2', '0,1 2 1 2 2'],
  ['--nodes=2 --ntasks-per-node=2 --gres=gpu:2', '?0,1 2 2 4 2'],
  ['--nodes=2 --gpus=4', '?0,1,2 ?3 2 - -'],
  ['--nodes=2 --ntasks=4 --gpus-per-task=1', '?0,1,2 ?3 2 4 -'],
  ['--nodes=2 --ntasks-per-node=2 --gpus-per-task=1', '?0,1 2 2 4 2'],
  ['--ntasks=4 --ntasks-per-node=2 --gres=gpu:2', '?0,1 2 2 4 2'],
  ['--nodes=2 --ntasks=2 --ntasks-per-node=2 --gres=gpu:1', '?0 1 2 2 2'],
  ['--job-name=x', '- - 1 - -'],
  ['--nodes=2', '- - 2 - -'],
  ['--ntasks=2', '- - ?1 2 -'],
  ['--nodes=1 --ntasks-per-node=2', '- - 1 2 2'],
  ['--gres=gpu:1\n#SBATCH --gres=gpu:2', '0,1 2 1 - -'],
  ['--gres=gpu:2 --gpus-per-node=1', '?0,1 ?2 1 - -'],
  ['--gres=gpu:0', '- - 1 - -'],
  ['--gres=gpu:2 # two cards', '0,1 2 1 - -'],
  ['--gres=gpu:2# two', '0,1 2 1 - -'],
  ['--gres=gpu:2 # --nodes=2', '0,1 2 1 - -'],
  ['# --gres=gpu:2', '- - ?1 - -'],
  ['--job-name="a # b" --gres=gpu:2', '0,1 2 1 - -'],
  ['--gres gpu:2', '0,1 2 1 - -'],
  ['--gres "gpu:2"', '0,1 2 1 - -'],
  ['--gres="gpu:2"', '0,1 2 1 - -'],
  ["--gres='gpu:2'", '0,1 2 1 - -'],
  ['-N 2', '- - 2 - -'],
  ['-n2', '- - ?1 2 -'],
  ['-N1 -n2 --gres=gpu:2 -t 5', '0,1 2 1 2 -'],
  ['--nodes=2 --ntasks-per-node=2 --gpus-per-node=a100:1 -J "my job"', '?0 1 2 4 2'],
];

const NAMES = [
  'CUDA_VISIBLE_DEVICES',
  'SLURM_GPUS_ON_NODE',
  'SLURM_NNODES',
  'SLURM_NTASKS',
  'SLURM_NTASKS_PER_NODE',
];

/** What a script with these lines sees in each of the variables; `-` where it is not known. */
function seen(head: string): readonly string[] {
  const words = NAMES.map((name) => `"$${name}"`).join(' ');
  const text = `#!/bin/bash\n${head}\n\nrun ${words}\n`;
  const [command] = parseDocument({ path: 'x.sh', language: 'shell', text }).units;
  assert.equal(command?.kind, 'command');
  return command.words.slice(1).map(({ value }) => (value.kind === 'scalar' ? value.text : '-'));
}

/** Which cards it is depends on who else is there; how many does not. */
const numbered = (ids: string) => ids.replace(/\d+(?:,\d+)*/, (all) => `${all.split(',').length}`);

for (const [lines, measured] of MEASURED)
  test(`Slurm sets for ${JSON.stringify(lines)}: ${measured}`, () => {
    const [cards = '', ...rest] = measured.split(' ');
    const [ours = '', ...others] = seen(`#SBATCH ${lines}`);
    const known = (text: string) => (text.startsWith('?') ? '-' : text);
    assert.deepEqual(
      [ours === '-' ? ours : numbered(ours), ...others],
      [known(numbered(cards)), ...rest.map(known)],
    );
  });

const NOT_READ = [
  '##SBATCH --gres=gpu:2',
  '# SBATCH --gres=gpu:2',
  '#sbatch --gres=gpu:2',
  ' #SBATCH --gres=gpu:2',
  '\t#SBATCH --gres=gpu:2',
  'set -e\n#SBATCH --gres=gpu:2',
  'N=2\n#SBATCH --gres=gpu:2',
];

for (const head of NOT_READ)
  test(`Slurm does not read ${JSON.stringify(head)}`, () => {
    assert.equal(readJob(`#!/bin/bash\n${head}\n`), undefined);
  });

test('remarks, blank lines and lines for others may stand between', () => {
  const head = '#!/bin/bash\n# remark\n\n   \n  # remark\n#PBS -l x\n#SBATCH--gres=gpu:a100:2\n';
  const job = readJob(`${head}run\n#SBATCH --gres=gpu:4\n`);
  assert.equal(job?.gpusPerNode?.value, 2);
  assert.deepEqual(job?.gpu?.span, {
    start: head.indexOf('a100'),
    end: head.indexOf('a100') + 4,
  });
});
