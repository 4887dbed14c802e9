// Prompt templates: the names a framework registers, and the one it gives to each model it knows.
import { read } from './sources/shared.mjs';

/** `register_template(name=…)` of src/llamafactory/data/template.py (ff6d4d12e). */
const LLAMAFACTORY = `
  aeva alpaca bailing bailing_v2 breeze chatglm3 chatml chatml_de cohere cpm4 custom dbrx
  deepseek deepseek3 deepseekcoder deepseekr1 default dots_ocr empty ernie ernie_nothink
  ernie_vl exaone falcon falcon_h1 fewshot gemma gemma2 gemma3 gemma3n gemma4 gemma4n glm4
  glm4_5v glm4_7 glm4_moe glm4v glm_ocr glmz1 gpt_oss granite3 granite3_vision granite4 hunyuan
  hunyuan_small hy3 hy_dense_1_8b hy_dense_7b index intern2 intern_s1 intern_vl keye_vl kimi_vl
  lfm2 lfm2_vl llama2 llama2_zh llama3 llama4 llava llava_next llava_next_llama3
  llava_next_mistral llava_next_qwen llava_next_video llava_next_video_mistral
  llava_next_video_yi llava_next_yi mimo mimo_v2 mimo_vl minicpm_o minicpm_v minicpm_v_4_6
  minimax1 minimax2 ministral ministral3 mistral mistral_small mllama moonlight moss_vl olmo
  openchat openchat-3.6 opencoder paligemma paligemma_chat phi phi4 phi4_mini phi_small pixtral
  qwen qwen2_audio qwen2_omni qwen2_vl qwen3 qwen3_5 qwen3_5_nothink qwen3_6 qwen3_nothink
  qwen3_omni qwen3_omni_nothink qwen3_vl qwen3_vl_nothink sailor seed_coder seed_oss smollm
  smollm2 solar starchat telechat2 vicuna video_llava xuanyuan yi yi_vl youtu youtu_vl yuan
  zephyr
`;

/** Values of swift/template/constant.py (3602360a5). */
const SWIFT = `
  atom aya baichuan baichuan_m1 bert bge_reranker bluelm c4ai chatglm2 chatglm4 chatglm4v chatml
  codefuse codefuse_codellama codegeex4 cogagent_chat cogagent_vqa cogvlm cogvlm2 cogvlm2_video
  dbrx deepseek deepseek_coder deepseek_janus deepseek_janus_pro deepseek_ocr deepseek_ocr2
  deepseek_r1 deepseek_v2_5 deepseek_v3_1 deepseek_v4 deepseek_v4_flash deepseek_vl deepseek_vl2
  default devstral diffusion_gemma doc_owl2 dots1 dots_ocr dummy emu3_chat emu3_gen ernie
  ernie_thinking ernie_vl ernie_vl_thinking florence gemma gemma3_text gemma3_vision gemma3n
  gemma4 gemma4_nothinking glm4 glm4_5 glm4_5v glm4_7 glm4_z1_rumination glm4v glm5_1 glm5_2
  glm_edge_v glm_ocr got_ocr2 got_ocr2_hf gpt_oss hunyuan hunyuan_moe hunyuan_ocr hy_v3
  hy_v3_preview idefics3 internlm internlm2 internlm2_reward internlm3 interns1 internvl
  internvl2 internvl2_5 internvl2_phi3 internvl3_5 internvl3_5_gpt internvl_hf internvl_phi3
  iquestcoder ixcomposer2 jina_reranker_m0 keye_vl keye_vl_1_5 kimi_k2 kimi_k25 kimi_k3 kimi_vl
  ling ling2 llama llama3 llama3_1_omni llama3_2 llama3_2_vision llama3_llava_next
  llama3_llava_next_hf llama4 llava1_5_hf llava1_6_mistral llava1_6_mistral_hf
  llava1_6_vicuna_hf llava1_6_yi llava1_6_yi_hf llava_llama3_1_hf llava_llama3_hf
  llava_next_qwen llava_next_qwen_hf llava_next_video_hf llava_onevision1_5 llava_onevision_hf
  longchat longwriter_llama marco_o1 megrez megrez_omni mengzi midashenglm mimo_rl mimo_v2
  mimo_vl minicpm minicpm5 minicpmo minicpmo4_5 minicpmv minicpmv2_5 minicpmv2_6 minicpmv4
  minicpmv4_5 minicpmv4_6 minimax minimax_m1 minimax_m2 minimax_m2_1 minimax_m2_5 minimax_m2_7
  minimax_m3_vl minimax_vl minimind mistral_2501 mistral_2503 mistral_2506 mistral_2512
  mistral_2512_thinking mistral_nemo modelscope_agent molmo molmo2 moonlight moss_vl mplug_owl2
  mplug_owl3 mplug_owl3_241101 muse_glimmer nemotron_h numina olmoe olmoe_0924 openbuddy
  openbuddy2 orion ovis1_6 ovis1_6_llama3 ovis2 ovis2_5 ovis_ocr2 paddle_ocr paddle_ocr_1_5
  paligemma phi3 phi3_vision phi4 phi4_multimodal pixtral qvq qwen qwen2_5 qwen2_5_math
  qwen2_5_math_prm qwen2_5_omni qwen2_5_vl qwen2_audio qwen2_gme qwen2_vl qwen3 qwen3_5
  qwen3_5_emb qwen3_8 qwen3_asr qwen3_coder qwen3_emb qwen3_guard qwen3_nothinking qwen3_omni
  qwen3_reranker qwen3_thinking qwen3_tts qwen3_vl qwen3_vl_emb qwen3_vl_reranker qwen_audio
  qwen_vl qwq qwq_preview reflection ring2 ring2_5 sail_vl2 seed_oss skywork skywork_o1 step3_vl
  step_audio step_audio2_mini sus telechat telechat2 unlimited_ocr valley wizardlm2
  wizardlm2_moe xcomposer2_4khd xcomposer2_5 xverse yi_coder yi_vl youtu_llm yuan yufeng_xguard
  zephyr ziya
`;

const words = (text) => text.trim().split(/\s+/);

/** @returns the object that src-core/frameworks/templates.ts reads */
export function templates(folder) {
  const registry = read(folder, 'framework-models');
  const swift = registry.swift.map((model) => ({
    ids: [model.hf, model.ms],
    template: swiftName(model.template),
  }));
  const llamafactory = registry.llamafactory.map((model) => ({
    ids: [model.hf, model.ms],
    template: model.template,
  }));
  return {
    swift: { names: words(SWIFT), models: byTemplate(swift) },
    llamafactory: { names: words(LLAMAFACTORY), models: byTemplate(llamafactory) },
  };
}

const swiftName = (text) => {
  const name = text?.replace(/^\w*TemplateType\./, '');
  return name === 'xcomposer2' ? 'ixcomposer2' : name;
};

/** template -> the last parts of the ids of its models, in lower case. */
function byTemplate(models) {
  const out = new Map();
  for (const { ids, template } of models) {
    if (!template) continue;
    const set = out.get(template) ?? new Set();
    for (const id of ids) if (id) set.add(id.split('/').at(-1).toLowerCase());
    out.set(template, set);
  }
  return Object.fromEntries(
    [...out].sort().map(([name, ids]) => [name, [...ids].sort().join(' ')]),
  );
}
