#!/usr/bin/env bash
# A pull request's own stack, to try it in Azure: made of Pulumi.ephemeral.yaml, destroyed when the request is closed.
#
# HEAD          the checkout of the pull request
# PULL_REQUEST  its number: the stack is pr-NUMBER
# POLICIES, POLICY_CONFIG   the policy pack and its config, from the base branch
# Everything in it comes and goes: the setting `disposable` leaves nothing protected and no name taken.
set -euo pipefail
# shellcheck source=engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
sign_in

need_config
cd "${HEAD:?the checkout of the pull request}"
stack=pr-${PULL_REQUEST:?the number of the pull request}
[[ -f Pulumi.ephemeral.yaml ]] || {
  echo "::error::there is no Pulumi.ephemeral.yaml, the settings of stacks that come and go: docs/ci.md"
  exit 1
}
cp Pulumi.ephemeral.yaml "Pulumi.$stack.yaml"
if [[ ${ENGINE:-pulumi} == sandbox ]]; then
  .venv/bin/python -m azureml_sandbox up --door in-process --stack "$stack" \
    --policy-pack "$POLICIES" --policy-pack-config "$POLICY_CONFIG"
  exit 0
fi
# What a copied file says of secrets counts for a new stack only where the command says it, too.
provider=$(sed -n "s/^secretsprovider: *[\"']\{0,1\}\([^\"' ]*\).*/\1/p" Pulumi.ephemeral.yaml)
if [[ -z $provider && -z ${PULUMI_CONFIG_PASSPHRASE+set}${PULUMI_CONFIG_PASSPHRASE_FILE+set} &&
  ${PULUMI_BACKEND_URL:-} == *://* && ${PULUMI_BACKEND_URL:-} != http* ]]; then
  echo "::error::Pulumi.ephemeral.yaml: there is no \`secretsprovider\`, without which a stack in $PULUMI_BACKEND_URL has a" \
    "passphrase that nobody types here; make the file by \`pulumi stack init ephemeral --secrets-provider ...\`: docs/ci.md"
  exit 1
fi
pulumi stack select --create "$stack" ${provider:+--secrets-provider "$provider"}
pulumi config set azureml-infra:disposable true --stack "$stack"
pulumi up --yes --non-interactive --stack "$stack" --policy-pack "$POLICIES" --policy-pack-config "$POLICY_CONFIG"
