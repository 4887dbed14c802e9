"""Counts the parameters of models whose config.json is known but not covered by a formula.

    python facts-totals.py OUT CONFIG...

Each CONFIG is a config.json named `owner--name_config.json`. transformers builds the model on the
meta device (no memory, no download). Prints what it cannot build.
"""

import json
import os
import sys

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText


def count(raw):
    config = AutoConfig.for_model(raw["model_type"]).__class__.from_dict(raw)
    for kind in (AutoModelForImageTextToText, AutoModelForCausalLM):
        if type(config) in kind._model_mapping:
            with torch.device("meta"):
                model = kind.from_config(config)
            model.tie_weights()
            return sum(p.numel() for p in model.parameters())
    raise ValueError(f"no model class for {type(config).__name__}")


def main(out, paths):
    rows = []
    for path in paths:
        name = os.path.basename(path).rsplit("@", 1)[-1].replace("_config.json", "")
        try:
            with open(path) as file:
                params = count(json.load(file))
        except Exception as error:  # noqa: BLE001 - a list of what is not covered is wanted
            print(f"{name}: {type(error).__name__}: {str(error)[:100]}", file=sys.stderr)
            continue
        rows.append({"id": name.replace("--", "/", 1), "params_published": params,
                     "source": f"counted by transformers {transformers.__version__} from config.json"})
    with open(out, "w") as file:
        json.dump(rows, file, indent=1)


main(sys.argv[1], sys.argv[2:])
