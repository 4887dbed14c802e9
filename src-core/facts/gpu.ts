/** One card of the table. */
export interface GpuRecord {
  readonly name: string;
  readonly vendor: string;
  readonly arch: string;
  /** What it is sold as: `consumer`, `laptop`, `workstation`, `data-centre`, `unified`. */
  readonly kind?: string;
  /** CUDA compute capability (8.9), absent on other vendors. */
  readonly computeCapability?: number;
  /** Marketing size, GB as sold. */
  readonly memoryGb: number;
  /** What a process can allocate at most, bytes: the total that nvidia-smi prints. */
  readonly memoryBytes: number;
  readonly bandwidthGbs?: number;
  /** `native`: tensor cores; `emulated`: accepted and slow; `none`. */
  readonly bf16: 'native' | 'emulated' | 'none';
  readonly fp8: boolean;
  readonly tf32: boolean;
  readonly flashAttention2: boolean;
  readonly flashAttention3: boolean;
  readonly tflopsBf16?: number;
  readonly tflopsFp16?: number;
  readonly bnb4bit: boolean;
  readonly bnb8bit: boolean;
  readonly sources: readonly string[];
}
