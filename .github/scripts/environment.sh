#!/usr/bin/env bash
# Make the environment that a pull request's program runs in, without running anything of the pull request.
#
# HEAD  the checkout of the pull request
# Its Makefile and pyproject.toml aren't used, and its Pulumi.yaml is the base branch's, as `plugins` in it names programs
# to run. What its requirements.lock names must come as wheels, which run nothing when they are installed.
set -euo pipefail
# shellcheck source=engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

base=$(here)
head=$(cd "${HEAD:?the checkout of the pull request}" && pwd)
cd "$base"
uv=$(command -v uv || echo "$base/.uv/bin/uv")
if [[ -L $head/Pulumi.yaml ]] || ! cmp -s Pulumi.yaml "$head/Pulumi.yaml"; then
  echo "::warning::Pulumi.yaml: the base branch's is used; what the pull request changes in it counts once it is merged"
  rm -f "$head/Pulumi.yaml"
  cp Pulumi.yaml "$head/Pulumi.yaml"
fi
if grep -Evn '^(#|$|[A-Za-z0-9]|[[:space:]]+(--hash=|#))' "$head/requirements.lock"; then
  echo "::error::requirements.lock: these lines aren't packages with their hashes; write it by \`make lock\`"
  exit 1
fi
rm -rf "$head/.venv"
"$uv" venv --quiet --no-config --python .venv/bin/python "$head/.venv"
packages=$("$head/.venv/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
from=$(.venv/bin/python -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$uv" pip install --quiet --no-config --python "$head/.venv/bin/python" --require-hashes --only-binary :all: \
  -r "$head/requirements.lock"
# The toolkit itself, as `pip install --editable` would put it there, but in the base branch's folders.
cp -R "$from"/azureml_infra-*.dist-info "$packages/"
while IFS= read -r folder; do
  echo "$head${folder#"$base"}"
done <"$from/_azureml_infra.pth" >"$packages/_azureml_infra.pth"
