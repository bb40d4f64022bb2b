# Shared by the other scripts: what runs a stack. ENGINE=pulumi (Azure, by the pulumi CLI) or ENGINE=sandbox (no Azure,
# no credentials: the project's own sandbox, in-process).
# shellcheck shell=bash

# preview STACK EVENTS LOG [OPTION…]: write the preview's events; the policies of $POLICIES judge it where that is set.
preview() {
  local stack=$1 events=$2 log=$3
  shift 3
  local packs=()
  if [[ -n ${POLICIES:-} ]]; then
    need_config
    packs+=(--policy-pack "$POLICIES" --policy-pack-config "$POLICY_CONFIG")
  fi
  if [[ ${ENGINE:-pulumi} == sandbox ]]; then
    .venv/bin/python -m azureml_sandbox preview --door in-process --stack "$stack" --events "$events" \
      "${packs[@]}" "$@" >"$log" 2>&1
  else
    PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true pulumi preview --non-interactive --json --stack "$stack" \
      "${packs[@]}" "$@" >"$events" 2>"$log"
  fi
}

# fresh_folder FOLDER: make a folder for what comes out, without what an earlier run left in it for later steps to read.
fresh_folder() {
  mkdir -p "$1"
  (cd "$1" && rm -f preview.jsonl preview.log plan.json comment.md summary.md review.json review.sarif fingerprint drift.patch \
    drift.txt)
}

# sign_in: keep the CI system's newest token in a file while the script runs, for Pulumi's own clients of its state and of
# its key: azidentity's workload identity, which reads the file again. azure-native and our Python ask by themselves.
sign_in() {
  if [[ ${ENGINE:-pulumi} == sandbox || ${ARM_USE_OIDC:-} != true ]]; then
    return
  fi
  AZURE_FEDERATED_TOKEN_FILE=$(mktemp)
  AZURE_CLIENT_ID=${ARM_CLIENT_ID:?the identity} AZURE_TENANT_ID=${ARM_TENANT_ID:?the tenant}
  AZURE_AUTHORITY_HOST=$(python_here -m azureml_review.ci token "$AZURE_FEDERATED_TOKEN_FILE")
  export AZURE_FEDERATED_TOKEN_FILE AZURE_CLIENT_ID AZURE_TENANT_ID AZURE_AUTHORITY_HOST
  # Not by a function: its shell would end in Python's place.
  PYTHONPATH="" PYTHONSAFEPATH=1 "$(here)/.venv/bin/python" -m azureml_review.ci token "$AZURE_FEDERATED_TOKEN_FILE" \
    --every "${TOKEN_SECONDS:-120}" >/dev/null &
  renewing=$!
  trap 'kill "$renewing" 2>/dev/null || true; rm -f "$AZURE_FEDERATED_TOKEN_FILE"' EXIT
}

# infra WORD…: `azureml-infra`, on Azure or in the sandbox.
infra() {
  if [[ ${ENGINE:-pulumi} == sandbox ]]; then
    .venv/bin/azureml-sandbox run -- .venv/bin/azureml-infra "$@"
  else
    .venv/bin/azureml-infra "$@"
  fi
}

need_config() {
  if [[ ! -f ${POLICY_CONFIG:-} ]]; then
    echo "::error::there is no ${POLICY_CONFIG:-config of the policies} on this branch: docs/guardrails.md has one to start from"
    exit 1
  fi
}

# review PROJECT STACK EVENTS [OPTION…]: the review of a preview, by the code of the branch that this script is from.
review() {
  local project=$1 stack=$2 events=$3
  shift 3
  python_here -m azureml_review "$events" --project "$project" --stack "$(stack_name "$project")/$stack" "$@"
}

stack_name() {
  sed -n 's/^name: *//p' "$1/Pulumi.yaml"
}

# The checkout that this script is from: on a pull request that is the base branch.
here() {
  (cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
}

# python_here ARGUMENT…: Python in the environment of that checkout, and of no folder that it happens to be called in.
python_here() {
  PYTHONPATH="" PYTHONSAFEPATH=1 "$(here)/.venv/bin/python" "$@"
}

# need_events EVENTS LOG: fail with what went wrong before there was anything to review.
need_events() {
  if [[ ! -s $1 ]]; then
    echo "::error::the preview printed nothing: $(tail -n 1 "$2")"
    cat "$2"
    exit 1
  fi
}

# summarise FILE: into the job's summary, where there is one.
summarise() {
  if [[ -n ${GITHUB_STEP_SUMMARY:-} ]]; then
    cat "$1" >>"$GITHUB_STEP_SUMMARY"
  fi
}
