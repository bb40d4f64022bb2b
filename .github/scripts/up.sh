#!/usr/bin/env bash
# Apply on merge exactly what was previewed on the pull request.
#
# STACK   the stack
# OUT     folder for what comes out
# ACCEPT  a plan's fingerprint that somebody has read and accepts although it isn't the previewed one
# The plan is made anew and held against the fingerprint in the pull request's comment: if Azure, or the main branch, has
# changed since, it is another plan, and nothing is done. What is done is constrained by the plan that was compared. A plan
# that changes nothing needs nobody's approval: a merge that was applied already, or one that isn't about this stack.
set -euo pipefail
# shellcheck source=engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
sign_in

: "${STACK:?the stack}" "${OUT:?a folder for what comes out}"
fresh_folder "$OUT"
out=$(cd "$OUT" && pwd)
events=$out/preview.jsonl log=$out/preview.log plan=$out/plan.json
planned=()
[[ ${ENGINE:-pulumi} == sandbox ]] || planned=(--save-plan "$plan" --refresh)

code=0
preview "$STACK" "$events" "$log" "${planned[@]}" || code=$?
need_events "$events" "$log"
verdict=0
review . "$STACK" "$events" --check --format plain --write summary="$out/summary.md" \
  --write json="$out/review.json" --write fingerprint="$out/fingerprint" || verdict=$?
[[ ! -s $out/summary.md ]] || summarise "$out/summary.md"
[[ $verdict == 0 ]] || exit "$verdict"
[[ $code == 0 ]] || exit "$code"

if python_here -m azureml_review.ci unchanged "$out/review.json"; then
  echo "$STACK: Azure is as described already"
  exit 0
fi
now=$(<"$out/fingerprint")
before=$(python_here -m azureml_review.ci approved --commit "$GITHUB_SHA" --stack "$(stack_name .)/$STACK")
if [[ $now != "$before" && $now != "${ACCEPT:-}" ]]; then
  echo "::error::$STACK: this isn't what was previewed ($now, and the pull request's comment says $before):" \
    "Azure or the main branch has changed since. Read the summary; run this workflow again with accept=$now to apply it."
  exit 1
fi

if [[ ${ENGINE:-pulumi} == sandbox ]]; then
  .venv/bin/azureml-sandbox up --door in-process --stack "$STACK"
else
  packs=()
  [[ -z ${POLICIES:-} ]] || packs=(--policy-pack "$POLICIES" --policy-pack-config "$POLICY_CONFIG")
  pulumi up --yes --non-interactive --stack "$STACK" --plan "$plan" --refresh "${packs[@]}"
fi
