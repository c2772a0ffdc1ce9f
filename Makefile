# Two commands are enough: `make demo` and `make test`. Both set up what they need.

export PIP_DISABLE_PIP_VERSION_CHECK = 1
PIP_INSTALL = -m pip install -qq

NEWEST = .venv/bin/python
LOWEST = .venv-floor/bin/python
BENCH = .venv-bench/bin/python

SAM = SAM_CLI_TELEMETRY=0 AWS_REGION=us-east-1 .venv-sam/bin/sam

# a venv is made again when what it is made from has changed
MADE_FROM = pyproject.toml .ci/find_python .ci/lowest

.PHONY: help demo test tests-lowest tests-newest spark tables lint types floors emulator browser same-bytes faults fuzz docs docs-serve screenshots deploy-check sam-local bench bench-large bench-spark soak clean
.DEFAULT_GOAL := help

help: ## show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' $(MAKEFILE_LIST) | column -t -s @ 2>/dev/null \
		|| sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1: \2/p' $(MAKEFILE_LIST)

demo: .venv/demo-ready | build ## run the example through the command line, and show what it made
	@$(NEWEST) -m trakt run --pipeline-file examples/multi_file_demo/pipeline.yaml \
		--input-dir examples/multi_file_demo/input --output-dir build/demo --force > build/demo-result.json \
		|| { cat build/demo-result.json; exit 1; }
	@for file in $$(find build/demo -type f ! -name manifest.json | sort); do \
		echo; echo "$$file:"; cat "$$file"; done
	@echo; echo "manifest: build/demo/manifest.json"

test: demo lint types floors docs deploy-check .venv-floor/ready .venv/ready emulator browser ## everything CI checks, with the lowest and the newest dependencies
	@$(call versions,$(LOWEST))
	@$(call versions,$(NEWEST))
	@echo "both run the tests at once; those with the lowest are told at the end"
	@$(MAKE) --no-print-directory -j 2 tests-lowest tests-newest; failed=$$?; cat build/tests-lowest.txt; exit $$failed
	@$(MAKE) --no-print-directory same-bytes tables

SPARK = .venv-spark/bin/python

# PySpark leaves sockets to the garbage collector, and 3.5 imports distutils, which pytest would report; nothing but this
# machine is talked to
spark: .venv-spark/ready ## the same pipelines on Spark: outputs and manifests are those of one machine
	@.ci/java
	SPARK_LOCAL_IP=127.0.0.1 PATH=$(CURDIR)/.venv-spark/bin:$$PATH $(SPARK) -m pytest -W ignore::ResourceWarning \
		-W ignore::pytest.PytestUnraisableExceptionWarning -W ignore:distutils:DeprecationWarning tests/spark \
		"tests/docs/test_pages.py::test_every_command_on_the_page_says_what_the_page_says[docs/spark.md]"

# awswrangler comes with another Arrow than the newest
tables: .venv-tables/ready ## tables in a fake AWS Glue Data Catalog
	@.venv-tables/bin/python -m pytest tests/tables

# to kill a run at each of its points takes minutes, and asks for no version: each set of dependencies does half of it
SWEEPS_NEWEST = tests/functional/test_faults_at_every_point.py tests/functional/test_faults_of_memory_and_time.py
SWEEPS_LOWEST = tests/functional/test_faults_in_s3.py tests/functional/test_faults_of_partitions.py

# not in the background of a shell, where nothing hears a Ctrl-C: there are tests of that
tests-lowest: | build
	@$(LOWEST) -m pytest $(addprefix --ignore=,$(SWEEPS_NEWEST)) > build/tests-lowest.txt 2>&1

tests-newest:
	@$(NEWEST) -m pytest $(addprefix --ignore=,$(SWEEPS_LOWEST))

versions = $(1) -c "import sys, pandas, pyarrow, yaml; print('Python %d.%d.%d' % sys.version_info[:3], \
	'pandas', pandas.__version__, 'pyarrow', pyarrow.__version__, 'PyYAML', yaml.__version__)"

lint: .venv/ready ## ruff: faults and format
	$(NEWEST) -m ruff check .
	$(NEWEST) -m ruff format --check .

types: .venv/ready ## mypy --strict
	$(NEWEST) -m mypy

floors: .venv/ready | build ## import-linter: imports go down only
	@.venv/bin/lint-imports --no-logo > build/floors.txt 2>&1 || { cat build/floors.txt; exit 1; }
	@tail -n 1 build/floors.txt

# a notice about what may come after MkDocs 1 is no fault of ours
MKDOCS = NO_MKDOCS_2_WARNING=1 $(NEWEST) -m mkdocs

docs: .venv/ready | build ## build the documentation as a site, into build/site
	@$(MKDOCS) build > build/site.txt 2>&1 || { cat build/site.txt; exit 1; }
	@tail -n 1 build/site.txt

docs-serve: .venv/ready ## look at the documentation while it is written, at http://127.0.0.1:8000
	$(MKDOCS) serve

# before the tests, because these talk to this machine alone
emulator: .venv/demo-ready ## fetch the Lambda emulator
	@$(NEWEST) .ci/emulator

browser: ## find or install a Chromium, in which the tests look at pages
	@.ci/browser

same-bytes: .venv-floor/ready .venv/ready | build ## both sets of dependencies write the same bytes
	@$(LOWEST) .ci/same_bytes build/same-bytes/lowest > build/same-bytes-lowest.txt
	@$(NEWEST) .ci/same_bytes build/same-bytes/newest > build/same-bytes-newest.txt
	@diff build/same-bytes-lowest.txt build/same-bytes-newest.txt \
		|| { echo "the lowest (<) and the newest (>) dependencies write different bytes"; exit 1; }
	@echo "same bytes from both sets of dependencies: $$(wc -l < build/same-bytes-newest.txt) outputs"

faults: .venv/ready ## kill, stop, refuse and fill up a run at every point
	$(NEWEST) -m pytest $(SWEEPS_NEWEST) $(SWEEPS_LOWEST)

FUZZ_SECONDS ?= 600

fuzz: .venv/ready ## search for input that breaks things: make fuzz FUZZ_SECONDS=600
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(NEWEST) -m pytest tests/functional/test_hostile.py

screenshots: .venv/ready browser ## make the pictures of docs/report.md again
	@PYTHONPATH=. $(NEWEST) .ci/screenshots

deploy-check: .venv-sam/ready | build ## the template is right, and builds what works in Lambda
	@.venv-sam/bin/cfn-lint template.yaml
	@.venv-sam/bin/python .ci/state_machine > build/state-machine.json
	@.venv-sam/bin/cfn-lint build/state-machine.json
	@$(SAM) validate --lint
	@if [ "$$(uname -sm)" = "Linux x86_64" ]; then \
		PIPELINES=examples $(SAM) build --build-dir build/sam > build/sam.txt 2>&1 || { cat build/sam.txt; exit 1; }; \
		grep "^Build Succeeded" build/sam.txt; \
	else echo "not built: what is built for Lambda is tried out, and that takes Linux on x86_64"; fi

PIPELINES ?= examples
PORT ?= 9000

# TRAKT_ and AWS_ variables of the shell are the function's
sam-local: .venv/ready .venv-sam/ready | build ## start the function in Amazon's emulator: make sam-local PIPELINES=pipelines PORT=9000
	PIPELINES=$(PIPELINES) $(SAM) build --build-dir build/sam-local > build/sam-local.txt 2>&1 || { cat build/sam-local.txt; exit 1; }
	@echo; echo "invoke it (Ctrl-C ends it):"
	@echo "  curl -d @event.json http://127.0.0.1:$(PORT)/2015-03-31/functions/function/invocations"; echo
	@emulator=$$($(NEWEST) .ci/emulator) && cd build/sam-local/Function && PYTHONPATH=../Layer/python exec "$$emulator" \
		--runtime-interface-emulator-address 127.0.0.1:$(PORT) --runtime-api-address 127.0.0.1:$$(($(PORT) + 1)) \
		../../../$(NEWEST) -m awslambdaric handlers.lambda_handler.handler

ROUNDS ?= 5

bench: .venv-bench/ready ## beside pandas, Polars, DuckDB and awswrangler: make bench ROUNDS=5 ONLY=stream
	$(BENCH) -m benchmarks --rounds $(ROUNDS) $(if $(ONLY),--only $(ONLY))

bench-large: .venv-bench/ready ## the memory of a run over 1.7 GB
	$(BENCH) -m benchmarks --rounds $(ROUNDS) --only memory_large

MINUTES ?= 22

# the plot is drawn in one venv, and Spark lives in the other
bench-spark: .venv-bench/ready .venv-spark/ready ## Spark beside the local engine, up to 50 times the rows: make bench-spark MINUTES=22
	@.ci/java
	$(BENCH) -m benchmarks.spark --python .venv-spark/bin/python --minutes $(MINUTES)

BATCHES ?= 2000

soak: .venv-bench/ready ## thousands of batches through one warm Lambda function: make soak BATCHES=2000
	$(BENCH) -m benchmarks.soak --batches $(BATCHES)

clean: ## remove everything that was made
	rm -rf .venv .venv-floor .venv-sam .venv-bench .venv-spark .venv-tables .aws-sam build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

build:
	@mkdir -p $@

# the demo needs Trakt alone, and no wait for the tools
.venv/demo-ready: $(MADE_FROM)
	@python=$$(.ci/find_python 3.13) && echo "setting up .venv with $$python" && "$$python" -m venv --clear .venv
	@$(NEWEST) $(PIP_INSTALL) --upgrade pip
	@$(NEWEST) $(PIP_INSTALL) --editable ".[cli]"
	@touch $@

.venv/ready: .venv/demo-ready
	@echo "installing the tools and the newest dependencies into .venv"
	@$(NEWEST) $(PIP_INSTALL) --group test --group lint --group docs --editable .
	@touch $@

# the tools of AWS want older packages than ours
.venv-sam/ready: pyproject.toml .ci/find_python
	@python=$$(.ci/find_python 3.13) && echo "setting up .venv-sam with $$python" && "$$python" -m venv --clear .venv-sam
	@.venv-sam/bin/python $(PIP_INSTALL) --upgrade pip
	@.venv-sam/bin/python $(PIP_INSTALL) --group deploy
	@touch $@

.venv-floor/ready: $(MADE_FROM)
	@python=$$(.ci/find_python 3.11) && echo "setting up .venv-floor with $$python" && "$$python" -m venv --clear .venv-floor
	@$(LOWEST) $(PIP_INSTALL) --upgrade pip
	@$(LOWEST) $(PIP_INSTALL) --group test --editable . $$($(LOWEST) .ci/lowest)
	@touch $@

# a few hundred megabytes, for who works on Spark alone; the PySpark of Glue 6.0
.venv-spark/ready: pyproject.toml .ci/find_python
	@python=$$(.ci/find_python 3.13) && echo "setting up .venv-spark with $$python" && "$$python" -m venv --clear .venv-spark
	@$(SPARK) $(PIP_INSTALL) --upgrade pip
	@$(SPARK) $(PIP_INSTALL) --group test --editable ".[spark]" "pyspark==4.1.1"
	@touch $@

.venv-tables/ready: pyproject.toml .ci/find_python
	@python=$$(.ci/find_python 3.13) && echo "setting up .venv-tables with $$python" && "$$python" -m venv --clear .venv-tables
	@.venv-tables/bin/python $(PIP_INSTALL) --upgrade pip
	@.venv-tables/bin/python $(PIP_INSTALL) --group test --editable ".[tables]"
	@touch $@

# the peers are nobody's dependencies, so they have a venv of their own
.venv-bench/ready: pyproject.toml .ci/find_python
	@python=$$(.ci/find_python 3.13) && echo "setting up .venv-bench with $$python" && "$$python" -m venv --clear .venv-bench
	@$(BENCH) $(PIP_INSTALL) --upgrade pip
	@$(BENCH) $(PIP_INSTALL) --group bench --editable .
	@touch $@
