#!/usr/bin/env bash
# Destroy a pull request's own stack, or every one whose pull request is closed or that is older than a number of hours.
#
# STACK   the stack, such as pr-12; empty: those that are named pr-NUMBER, and are closed or haven't changed for HOURS
# HOURS   default 72
# Such a stack has the setting `azureml-infra:disposable: true`, by which destroying it also purges what Azure would keep
# under its name for weeks: workspace and vault.
set -euo pipefail
# shellcheck source=engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
sign_in

destroy() {
  if [[ ${ENGINE:-pulumi} == sandbox ]]; then
    .venv/bin/azureml-sandbox destroy --door in-process --stack "$1"
  elif ! pulumi stack select "$1" >/dev/null 2>&1; then
    echo "there is no stack $1"
  else
    pulumi destroy --yes --non-interactive --stack "$1" --remove
  fi
}

if [[ -n ${STACK:-} ]]; then
  [[ $STACK =~ ^pr-[0-9]+$ ]] || {
    echo "::error::$STACK isn't a pull request's stack (pr-NUMBER), so this doesn't destroy it"
    exit 1
  }
  destroy "$STACK"
  exit 0
fi
failed=0
while read -r stack; do
  destroy "$stack" || failed=1
done < <(pulumi stack ls --json | python_here -m azureml_review.ci expired --hours "${HOURS:-72}")
exit "$failed"
