# Two commands matter, each enough on a fresh clone with Python >= 3.11, make and git:
# make train, and make test. The others: make help

TRAIN   = train digits --explain-weight
WORKERS = 2

LOCK = requirements/dev.lock
BIN  = .venv/bin
PIP  = $(BIN)/python -m pip --disable-pip-version-check --quiet
SAY  = @printf '==> %s\n'

# The first interpreter that is new enough. (A shim can exist and still not run: ask, don't look.)
ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
endif

# A shell's leftovers must not decide what is imported.
unexport PYTHONPATH PYTHONHOME

.PHONY: help train test quick slow mutants fuzz memory test-torch bench rooms lock clean
.DELETE_ON_ERROR:

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/make \1\t\2/p' Makefile | expand -t 18
	@echo 'Another interpreter: make test PYTHON=python3.12'

train: .venv/.installed  ## train a network on real data, then explain one of its weights
	$(SAY) 'training: chainrule $(TRAIN)'
	@$(BIN)/chainrule $(TRAIN)

test: .venv/.checkers  ## everything that is checked
	$(SAY) 'ruff: style'
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	$(SAY) 'pyright: types'
	@$(BIN)/pyright
	$(SAY) 'import-linter: arrows only run down'
	@$(BIN)/lint-imports --no-logo
	$(SAY) 'pytest: tests, docstring examples, README (what takes long: make slow)'
	@OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -q -n $(WORKERS) -m 'not slow'   # cores are the workers', not BLAS's
	$(SAY) 'mutation: wrong passes must be caught (one in twenty; all of them: make mutants)'
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/mutate_passes.py 20
	$(SAY) 'all checks passed'

quick: .venv/.checkers  ## under a minute: style, imports, and types and tests of what changed
	$(SAY) 'ruff: style'
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	$(SAY) 'import-linter: arrows only run down'
	@report=$$($(BIN)/lint-imports --no-logo) || { echo "$$report"; exit 1; }
	$(SAY) 'pyright: types of what changed'
	@files=$$($(BIN)/python tests/changed.py files); test -z "$$files" || $(BIN)/pyright $$files
	$(SAY) 'pytest: tests of what changed, or a fast core'
	@OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -q -n $(WORKERS) --maxfail 5 $$($(BIN)/python tests/changed.py tests)

slow: .venv/.checkers  ## the tests that make test leaves out for their time, and every mutant of the derivative rules
	$(SAY) 'pytest: the tests that take long'
	@OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -q -n $(WORKERS) -m slow
	$(SAY) 'mutation: every wrong derivative rule must be caught'
	@$(BIN)/python tests/mutate_rules.py

mutants: .venv/.checkers  ## every mutant of the passes that plan programs, and more random graphs: fifteen minutes
	$(SAY) 'pytest: ten times as many random graphs as in make test'
	@OPENBLAS_NUM_THREADS=1 RANDOM_GRAPHS=600 $(BIN)/pytest -q -n $(WORKERS) $$(find tests -name test_random_graphs.py)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/mutate_passes.py

rooms: .venv/.checkers  ## draw docs/rooms.svg, the picture of the package, from the code
	@$(BIN)/python docs/draw_rooms.py

# The package needs half of what its tests need, so the lock is read twice: first as
# constraints on what the package asks for, then, for `make test`, in full.
.venv/.installed: pyproject.toml $(LOCK)
	@test -n "$(PYTHON)" || { echo 'chainrule needs Python 3.11 or newer and none was found;' \
		'install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
		"chainrule needs Python 3.11 or newer; $(PYTHON) is %d.%d" % sys.version_info[:2])'
	$(SAY) "creating .venv with $$($(PYTHON) --version)"
	@"$(PYTHON)" -m venv .venv
	$(SAY) 'installing chainrule and its libraries (downloads about 140 MB the first time)'
	@$(PIP) install -c $(LOCK) hatchling editables
	@$(PIP) install -c $(LOCK) --no-build-isolation -e .
	@touch $@

.venv/.checkers: .venv/.installed
	$(SAY) 'installing what the checks need (downloads about 170 MB more the first time)'
	@$(PIP) install -r $(LOCK)
	@touch $@

# In environments of their own: PyTorch wants another mpmath than the tests. Its plain install can bring
# gigabytes of GPU libraries; the CPU build is enough: make bench TORCH_INDEX=(the index of PyTorch's CPU builds)
TORCH_PIP = -m pip --disable-pip-version-check --quiet install \
	$(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

fuzz: .venv/.checkers  ## mutated copies of every file that is read, 2,000 of each: some minutes
	$(SAY) 'fuzz: mutated files give one line or a right result'
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/fuzz_files.py

memory: .venv/.checkers  ## what a training takes in memory: at most four times the encoded table
	$(SAY) 'memory: a training takes at most four times the encoded table'
	@$(BIN)/python tests/measure_memory.py

test-torch: build/torch/.installed fuzz memory  ## `make fuzz`, `make memory`, and what is compared with PyTorch
	$(SAY) 'pytest: modules of PyTorch, and whatever else is compared with it'
	@OPENBLAS_NUM_THREADS=1 build/torch/bin/python -m pytest -q src/chainrule/interop \
		$$(grep -rl 'importorskip("torch")' tests)

build/torch/.installed: pyproject.toml $(LOCK)
	@test -n "$(PYTHON)" || { echo 'chainrule needs Python 3.11 or newer and none was found' >&2; exit 1; }
	$(SAY) 'creating build/torch and installing PyTorch'
	@rm -rf build/torch && "$(PYTHON)" -m venv build/torch
	@sed '/^#/d; /^mpmath==/d' $(LOCK) > build/torch/lock
	@build/torch/bin/python $(TORCH_PIP) -c build/torch/lock \
		--editable '.[torch,jax]' torch==2.13.0 pytest hypothesis
	@touch $@

bench: build/bench/.installed  ## compare the speed of training with other libraries: half an hour
	$(SAY) 'measuring: chainrule bench $(BENCH); leave the machine alone meanwhile'
	@build/bench/bin/chainrule bench -o bench-results $(BENCH)

build/bench/.installed: pyproject.toml $(LOCK)
	@test -n "$(PYTHON)" || { echo 'chainrule needs Python 3.11 or newer and none was found' >&2; exit 1; }
	$(SAY) 'creating build/bench and installing what to compare with'
	@rm -rf build/bench && "$(PYTHON)" -m venv build/bench
	@sed '/^#/d; /^mpmath==/d' $(LOCK) > build/bench/lock
	@build/bench/bin/python $(TORCH_PIP) -c build/bench/lock --editable '.[bench]'
	@touch $@

# Made with the oldest supported Python: what that one can have, newer ones can have too.
lock:  ## renew requirements/dev.lock from pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.version_info[:2] == (3, 11) or sys.exit( \
		"the lock is made with Python 3.11: make lock PYTHON=python3.11")'
	$(SAY) 'resolving pyproject.toml in a new environment'
	@rm -rf build/lock && "$(PYTHON)" -m venv build/lock
	@build/lock/bin/python -m pip --disable-pip-version-check --quiet install '.[dev]'
	@{ sed -n '/^#/p' $(LOCK); build/lock/bin/python -m pip freeze --exclude chainrule; } > build/dev.lock
	@mv build/dev.lock $(LOCK) && rm -rf build/lock
	$(SAY) 'wrote $(LOCK)'

clean:  ## remove the environment and every cache; runs/ and bench-results/ stay
	$(SAY) 'removing .venv, builds and caches (runs/ and bench-results/ stay)'
	@rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
