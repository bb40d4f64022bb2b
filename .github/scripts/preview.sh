#!/usr/bin/env bash
# Preview one stack of a pull request, and write what it would change: comment.sh posts that.
#
# HEAD          the checkout of the pull request: what is previewed
# STACK         the stack
# OUT           folder for what comes out: preview.jsonl, comment.md, review.json, review.sarif
# POLICIES, POLICY_CONFIG   the policy pack and its config, from the base branch
# NOTICE        a sentence about the code that the pull request changes (stacks.sh), which ends the comment
# FILES_URL     address of the files at the reviewed commit, for links
# AUTHOR        who opened it, as shown; whom the policies ask is in the signed token
# FORK=true     no credentials: base and head are compared in the sandbox, with made-up secrets, without policies
# This script, the review and the policies are those of the base branch, so a pull request can't change what judges it.
# What runs of the pull request is its program, where Pulumi (or the sandbox) evaluates it, and nothing else.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=engine.sh
source "$here/.github/scripts/engine.sh"

: "${STACK:?the stack}" "${OUT:?a folder for what comes out}"
fresh_folder "$OUT"
out=$(cd "$OUT" && pwd)
events=$out/preview.jsonl log=$out/preview.log

if [[ ${FORK:-false} == true ]]; then
  ENGINE=sandbox POLICIES="" POLICY_CONFIG=""
  export SANDBOX_PLACEHOLDERS=true
  (cd "$here" && .venv/bin/python -m azureml_sandbox up --door in-process --stack "$STACK") >"$log" 2>&1 ||
    echo "::warning::the base branch can't be made in the sandbox, so all of it is shown as new: $(tail -n 1 "$log")"
  rm -rf "$HEAD/.sandbox"
  [[ ! -d $here/.sandbox ]] || cp -R "$here/.sandbox" "$HEAD/.sandbox"
fi
sign_in

code=0
(cd "$HEAD" && preview "$STACK" "$events" "$log") || code=$?
need_events "$events" "$log"

verdict=0
review "$HEAD" "$STACK" "$events" --files "${FILES_URL:-}" --requester "${AUTHOR:-}" --check --format plain \
  --write markdown="$out/comment.md" --write summary="$out/summary.md" \
  --write json="$out/review.json" --write sarif="$out/review.sarif" || verdict=$?
[[ -s $out/comment.md ]] || exit "$verdict"
if [[ -n ${NOTICE:-} ]]; then
  printf '\n> %s\n' "$NOTICE" | tee -a "$out/comment.md" >>"$out/summary.md"
fi
summarise "$out/summary.md"
[[ $verdict == 0 ]] || exit "$verdict"
exit "$code"
