#!/usr/bin/env bash
# Preview one stack of a pull request and tell the pull request what it would change.
#
# HEAD          the checkout of the pull request: what is previewed
# STACK         the stack
# OUT           folder for what comes out: preview.jsonl, comment.md, review.json, review.sarif
# POLICIES, POLICY_CONFIG   the policy pack and its config, from the base branch
# PULL_REQUEST  its number, to comment on; empty: no comment
# FILES_URL     address of the files at the reviewed commit, for links
# AUTHOR        who opened it, as shown; whom the policies ask is in the signed token
# FORK=true     no credentials: base and head are compared in the sandbox, with made-up secrets, without policies
# This script, the review and the policies are those of the base branch, so a pull request can't change what judges it.
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
  (cd "$here" && .venv/bin/azureml-sandbox up --door in-process --stack "$STACK") >"$log" 2>&1 ||
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
summarise "$out/summary.md"
echo "sarif=true" >>"${GITHUB_OUTPUT:-/dev/null}"
if [[ -n ${PULL_REQUEST:-} && ${FORK:-false} != true ]]; then
  python_here -m azureml_review.ci comment "$out/comment.md" --pull-request "$PULL_REQUEST"
fi
[[ $verdict == 0 ]] || exit "$verdict"
exit "$code"
