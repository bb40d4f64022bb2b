#!/usr/bin/env bash
# A pull request's own stack, to try it in Azure: made of Pulumi.ephemeral.yaml, destroyed when the request is closed.
#
# PULL_REQUEST  its number: the stack is pr-NUMBER
# Everything in it comes and goes: the setting `disposable` leaves nothing protected and no name taken.
set -euo pipefail
# shellcheck source=engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

stack=pr-${PULL_REQUEST:?the number of the pull request}
[[ -f Pulumi.ephemeral.yaml ]] || {
  echo "::error::there is no Pulumi.ephemeral.yaml, the settings of stacks that come and go: docs/ci.md"
  exit 1
}
cp Pulumi.ephemeral.yaml "Pulumi.$stack.yaml"
if [[ ${ENGINE:-pulumi} == sandbox ]]; then
  .venv/bin/azureml-sandbox up --door in-process --stack "$stack"
  exit 0
fi
need_config
pulumi stack select --create "$stack"
pulumi config set azureml-infra:disposable true --stack "$stack"
pulumi up --yes --non-interactive --stack "$stack" --policy-pack "$POLICIES" --policy-pack-config "$POLICY_CONFIG"
