#!/usr/bin/env bash
# The step of action.yml: writes the SARIF report, then annotates the change and fails if need be.
set -euo pipefail

tunelint=(node "$GITHUB_ACTION_PATH/dist/cli.js" check)
# Several paths may be given, one word each.
read -r -a paths <<< "$TUNELINT_PATH"
flags=()
if [ -n "$TUNELINT_GPU" ]; then flags+=(--gpu "$TUNELINT_GPU"); fi

"${tunelint[@]}" "${paths[@]}" "${flags[@]}" --format sarif --exit-zero > "$TUNELINT_SARIF"
"${tunelint[@]}" "${paths[@]}" "${flags[@]}" --format github --fail-on "$TUNELINT_FAIL_ON"
