# The commands of this project. Needs Python 3.11+, make and git; installs all else below this folder.

PYTHON ?= python3
STACK ?= sandbox
# With REQUESTER, `up` and `preview` are judged by the policy pack in PACK, in that person's name.
PACK ?= policies
JUDGED = $(if $(REQUESTER),--policy-pack '$(PACK)' --policy-pack-config '$(PACK)/sandbox.json' --requester '$(REQUESTER)')
# What the sandbox's preview writes and the review reads.
EVENTS := .sandbox/preview.jsonl
RUN := .venv/bin/python
UV_VERSION := 0.13.9
UV := $(or $(shell command -v uv),.uv/bin/uv)

INSTALL_UV = install --quiet --disable-pip-version-check uv==$(UV_VERSION)

define CHECK_PYTHON
command -v '$(PYTHON)' >/dev/null || { echo "there is no Python '$(PYTHON)'; this project needs 3.11 or later: make PYTHON=/path/to/python" >&2; exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit("%s is Python %d.%d; this project needs 3.11 or later: make PYTHON=/path/to/python" % (sys.executable, *sys.version_info[:2]) if sys.version_info < (3, 11) else 0)'
endef

# A warm start needs Python's compiled modules.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help up preview refresh destroy engine azure-smoke test check bench clients dist format lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

up: .venv/.ready ## provision the platform in the sandbox; with REQUESTER=name, under the policies
	@$(RUN) -m azureml_sandbox up --stack $(STACK) $(JUDGED)

ifdef FLEET
preview: .venv/.ready
	@$(RUN) -m azureml_fleet preview --fleet '$(FLEET)' --sandbox $(JUDGED)
else
preview: .venv/.ready ## show what `make up` would change; with REQUESTER=name, under the policies; FLEET=fleet.yml: of every stack
	@rm -f $(EVENTS); log=$$(mktemp); $(RUN) -m azureml_sandbox preview --stack $(STACK) --events $(EVENTS) $(JUDGED) >$$log; code=$$?; \
		if test -s $(EVENTS); then $(RUN) -m azureml_review $(EVENTS) $(if $(REQUESTER),--requester '$(REQUESTER)') --no-prices; \
		else cat $$log; fi; rm -f $$log; exit $$code
endif

refresh: .venv/.ready ## take what changed in the sandbox's cloud into the state
	@$(RUN) -m azureml_sandbox refresh --stack $(STACK)

destroy: .venv/.ready ## undo `make up`
	@$(RUN) -m azureml_sandbox destroy --stack $(STACK)

engine: .venv/.ready ## install Pulumi's CLI below this folder: `up` then runs on Pulumi's own engine
	@$(RUN) -m azureml_sandbox engine

azure-smoke: .venv/.ready ## try a small platform in Azure, in the resource group GROUP, and delete it; writes azure-smoke.md
	@test -n '$(GROUP)' || { echo "in which resource group? make azure-smoke GROUP=NAME; docs/first-run-on-azure.md says what it does" >&2; exit 2; }
	@$(RUN) -m azureml_infra smoke --resource-group '$(GROUP)'

test: .venv/.ready-dev ## run the tests
	@$(RUN) -m pytest -n auto --dist worksteal --durations=10

check: .venv/.ready-dev ## the gate: format, lint, types, import arrows, tests
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	.venv/bin/lint-imports
	$(RUN) -m pytest -n auto --dist worksteal --durations=10 --hypothesis-profile=gate

bench: .venv/.ready-dev ## measure what the README states
	@$(RUN) -m benchmarks

clients: .venv-clients/.ready ## Azure's own clients, azure-ai-ml among them, against the sandbox's server
	@.venv-clients/bin/python -m pytest tests/sandbox/clients

dist: $(UV) ## build sdist and wheel into dist/, from what HEAD has and no other file
	@source=$$(mktemp -d); trap 'rm -rf "$$source"' EXIT; git archive HEAD | tar -x -C "$$source" && $(UV) build --quiet --out-dir dist "$$source"

format: .venv/.ready-dev ## format the code, fix what the linter can
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .

lock: $(UV) ## resolve the dependencies of pyproject.toml again
	$(UV) lock --upgrade
	$(UV) export --frozen --no-emit-project --no-header --extra sandbox --no-dev --format requirements-txt -o requirements.lock > /dev/null
	$(UV) export --frozen --no-emit-project --no-header --extra sandbox --format requirements-txt -o requirements-dev.lock > /dev/null
	$(UV) export --frozen --no-emit-project --no-header --extra sandbox --group clients --format requirements-txt -o requirements-clients.lock > /dev/null

clean: ## forget the environment; the sandbox's state stays
	rm -rf .venv .venv-clients .uv .pulumi-cli

.venv/.ready: requirements.lock pyproject.toml | $(UV) .venv/pyvenv.cfg
	@$(UV) pip install --quiet --python $(RUN) --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(RUN) --no-deps --editable .
	@touch $@

.venv/.ready-dev: requirements-dev.lock requirements.lock pyproject.toml | $(UV) .venv/pyvenv.cfg
	@$(UV) pip sync --quiet --python $(RUN) --require-hashes requirements-dev.lock
	@$(UV) pip install --quiet --python $(RUN) --no-deps --editable .
	@touch $@ .venv/.ready

.venv-clients/.ready: requirements-clients.lock pyproject.toml | $(UV)
	@$(UV) venv --quiet --allow-existing --python $$($(PYTHON) -c 'import sys; print(sys.executable)') .venv-clients
	@$(UV) pip sync --quiet --python .venv-clients/bin/python --require-hashes requirements-clients.lock
	@$(UV) pip install --quiet --python .venv-clients/bin/python --no-deps --editable .
	@touch $@

.venv/pyvenv.cfg: | $(UV)
	@$(CHECK_PYTHON)
	@$(UV) venv --quiet --python $$($(PYTHON) -c 'import sys; print(sys.executable)') .venv

.uv/bin/uv:
	@$(CHECK_PYTHON)
	@echo "installing uv $(UV_VERSION) into .uv/ …"
	@mkdir -p .uv; { $(PYTHON) -m pip $(INSTALL_UV) --target .uv || { $(PYTHON) -m venv .uv && .uv/bin/python -m pip $(INSTALL_UV); }; } \
		>.uv/install.log 2>&1 || { \
		if $(PYTHON) -m pip --version >/dev/null 2>&1 || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; \
		then echo "uv can't be installed: $$(grep ERROR .uv/install.log | tail -n 1); expected a package index that answers:" \
			"look at the network and pip's settings, or install uv yourself (all of it: .uv/install.log)"; \
		else echo "$(PYTHON) has neither pip nor venv; on Debian and Ubuntu: apt install python3-venv"; fi >&2; exit 1; }
