#!/usr/bin/env bash
# Which stacks a pull request is about, as a matrix: those whose settings or description changed, all when the code did.
# BASE_SHA: the commit to compare with; empty: every stack. ONLY: one stack by its name. PROJECT: a pull request's checkout.
set -euo pipefail
# shellcheck source=engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

options=(--project "${PROJECT:-.}" --trusted "$(here)")
[[ -z ${BASE_SHA:-} ]] || options+=(--base "$BASE_SHA")
[[ -z ${ONLY:-} ]] || options+=(--only "$ONLY")
stacks=$(python_here -m azureml_review.ci stacks "${options[@]}")
echo "stacks=$stacks" | tee -a "${GITHUB_OUTPUT:-/dev/null}"

if [[ -n ${BASE_SHA:-} && -n ${PROJECT:-} ]]; then
  notice=$(python_here -m azureml_review.ci code --project "$PROJECT" --trusted "$(here)" --base "$BASE_SHA")
  echo "notice=$notice" | tee -a "${GITHUB_OUTPUT:-/dev/null}"
fi
