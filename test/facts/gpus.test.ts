import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findGpu, listGpus, smallestFittingGpus } from '../../src-core/facts/lookup.ts';
import { gib } from '../../src-core/run/units.ts';

/** Text, then: name of the card, how many. */
const found: readonly (readonly [string, string, number?])[] = [
  ['RTX 4090D', 'GeForce RTX 4090 D'],
  ['NVIDIA GeForce RTX 4090 D', 'GeForce RTX 4090 D'],
  ['RTX 4090D x2', 'GeForce RTX 4090 D', 2],
  ['4090d 48gb', 'GeForce RTX 4090 D 48GB (modified)'],
  ['4090', 'GeForce RTX 4090'],
  ['rtx4090', 'GeForce RTX 4090'],
  ['NVIDIA GeForce RTX 4090 Laptop GPU', 'GeForce RTX 4090 Laptop'],
  ['4070tis', 'GeForce RTX 4070 Ti SUPER'],
  ['RTX 3080 10GB', 'GeForce RTX 3080 10GB'],
  ['RTX 2060', 'GeForce RTX 2060'],
  ['gtx1080ti', 'GeForce GTX 1080 Ti'],
  ['GTX 1080', 'GeForce GTX 1080'],
  ['GTX 1660 SUPER', 'GeForce GTX 1660 Ti / SUPER'],
  ['A6000', 'RTX A6000'],
  ['NVIDIA RTX 6000 Ada Generation', 'RTX 6000 Ada'],
  ['Quadro RTX 6000', 'Quadro RTX 6000'],
  ['NVIDIA RTX PRO 6000 Blackwell Workstation Edition', 'RTX PRO 6000 Blackwell Workstation'],
  ['A100-80GB', 'A100 SXM4 80GB'],
  ['A100 80GB', 'A100 SXM4 80GB'],
  ['A100-SXM4-80GB', 'A100 SXM4 80GB'],
  ['NVIDIA A100 80GB PCIe', 'A100 PCIe 80GB'],
  ['NVIDIA A100-PCIE-40GB', 'A100 PCIe 40GB'],
  ['4 x A100 80GB', 'A100 SXM4 80GB', 4],
  ['A100-80GB:8', 'A100 SXM4 80GB', 8],
  ['8xH100', 'H100 SXM5 80GB', 8],
  ['H100x8', 'H100 SXM5 80GB', 8],
  ['H100', 'H100 SXM5 80GB'],
  ['NVIDIA H100 80GB HBM3', 'H100 SXM5 80GB'],
  ['NVIDIA H100 PCIe', 'H100 PCIe 80GB'],
  ['NVIDIA H100 NVL', 'H100 NVL 94GB'],
  ['H200', 'H200 SXM 141GB'],
  ['T4', 'Tesla T4'],
  ['V100-32GB', 'Tesla V100 SXM2 32GB'],
  ['Tesla V100-PCIE-32GB', 'Tesla V100 SXM2 32GB'],
  ['L4', 'L4'],
  ['L40S', 'L40S'],
  ['NVIDIA A10G', 'A10G'],
  ['7900 XTX', 'Radeon RX 7900 XTX'],
  ['AMD Instinct MI300X', 'Instinct MI300X'],
  ['M2 Max 64GB', 'Apple M2 Max 64GB'],
];

/** Names that fit no card, or cards that differ, with the first suggestion. */
const open: readonly (readonly [string, string?])[] = [
  ['A100', 'A100 PCIe 40GB'],
  ['V100', 'Tesla V100 SXM2 16GB'],
  ['RTX 3080', 'GeForce RTX 3080 12GB'],
  ['RTX 4060 Ti', 'GeForce RTX 4060 Ti 16GB'],
  ['RTX 6000', 'RTX 6000 Ada'],
  ['A100 64GB', 'A100 PCIe 40GB'],
  ['Apple M2 Max', 'Apple M2 Max 32GB'],
  ['RTX 4091', 'GeForce RTX 4090'],
  ['banana'],
  ['RTX'],
  ['80GB'],
  ['x2'],
  [''],
];

describe('findGpu', () => {
  for (const [text, name, count] of found) {
    it(`reads ${text}`, () => {
      const finding = findGpu(text);
      assert.equal(finding.record?.name, name);
      assert.equal(finding.count, count);
      assert.deepEqual(finding.suggestions, []);
    });
  }

  for (const [text, first] of open) {
    it(`does not choose for ${JSON.stringify(text)}`, () => {
      const { record, suggestions } = findGpu(text);
      assert.equal(record, undefined);
      assert.equal(suggestions[0], first);
    });
  }

  it('finds every card by the name it is listed under, and by every suggestion', () => {
    for (const gpu of listGpus()) {
      const { record, suggestions } = findGpu(gpu.name);
      if (gpu.memoryFromGb === undefined) assert.equal(record, gpu);
      else for (const name of suggestions) assert.equal(findGpu(name).record?.name, name);
    }
    for (const [text] of open) {
      for (const name of findGpu(text).suggestions) assert.equal(findGpu(name).record?.name, name);
    }
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const { count, suggestions } = findGpu(text);
        assert.ok(suggestions.length <= 6 && (count === undefined || count >= 1));
      }),
    );
  });
});

describe('the GPU table', () => {
  it('has consistent cards, each with its sources', () => {
    assert.equal(listGpus().length, 159);
    for (const gpu of listGpus()) {
      assert.ok(gpu.sources.length > 0, gpu.name);
      const share = gpu.memoryBytes / (gpu.memoryGb * 2 ** 30);
      assert.ok(share > 0.85 && share < 1.04, `${gpu.name} ${share}`);
      if (gpu.computeCapability === undefined) continue;
      assert.equal(gpu.bf16 === 'native', gpu.computeCapability >= 8, gpu.name);
      assert.equal(gpu.tf32, gpu.computeCapability >= 8, gpu.name);
      assert.equal(gpu.flashAttention2, gpu.computeCapability >= 8, gpu.name);
      assert.equal(gpu.fp8, gpu.computeCapability >= 8.9, gpu.name);
    }
  });

  it('names the smallest cards that fit, one of each size', () => {
    const names = smallestFittingGpus(gib(23)).map(({ name }) => name);
    assert.equal(names[0], 'GeForce RTX 4090');
    assert.equal(names[1], 'GeForce RTX 5090');
    for (const gpu of smallestFittingGpus(gib(15), { bf16: true })) {
      assert.ok(gpu.bf16 === 'native' && gpu.memoryBytes >= gib(15));
    }
    assert.equal(smallestFittingGpus(gib(200))[0]?.name, 'B300');
    assert.deepEqual(smallestFittingGpus(gib(500)), []);
  });
});
