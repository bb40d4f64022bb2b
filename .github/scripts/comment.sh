#!/usr/bin/env bash
# Post the comments that preview.sh wrote, where nothing of the pull request runs: this may write to pull requests.
#
# PULL_REQUEST  its number
# REVIEWS       folder of the previews' artifacts, a folder for each stack, each with its comment.md
set -euo pipefail
# shellcheck source=engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

for comment in "${REVIEWS:?the folder of the previews}"/*/comment.md; do
  # A link could lead to a file of this machine.
  [[ -f $comment && ! -L $comment && ! -L ${comment%/*} ]] || continue
  python_here -m azureml_review.ci comment "$comment" --pull-request "${PULL_REQUEST:?its number}"
done
