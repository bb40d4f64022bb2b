#!/usr/bin/env bash
# Look whether Azure is still as described; one issue a stack says that it isn't, and is closed when it is again.
#
# STACK, OUT as for up.sh
set -euo pipefail
# shellcheck source=engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
sign_in

: "${STACK:?the stack}" "${OUT:?a folder for what comes out}"
fresh_folder "$OUT"
out=$(cd "$OUT" && pwd)
events=$out/preview.jsonl log=$out/preview.log
refresh=(--refresh)
if [[ ${ENGINE:-pulumi} == sandbox ]]; then
  .venv/bin/azureml-sandbox refresh --door in-process --stack "$STACK" >/dev/null
  refresh=()
fi

code=0
preview "$STACK" "$events" "$log" "${refresh[@]}" || code=$?
need_events "$events" "$log"
review . "$STACK" "$events" --format plain --write markdown="$out/comment.md" --write json="$out/review.json"
summarise "$out/comment.md"
[[ $code == 0 ]] || exit "$code"
if ! python_here -m azureml_review.ci unchanged "$out/review.json"; then
  # 2: there is a patch; 1: it can't be worked out, and the notes say why.
  infra export --diff --stack "$STACK" >"$out/drift.patch" 2>"$out/drift.txt" || true
fi
python_here -m azureml_review.ci drift "$out/review.json" "$out/comment.md" \
  --patch "$out/drift.patch" --notes "$out/drift.txt"
