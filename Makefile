# Everything for developers; users need only the README's two commands.
PYTHON := .venv/bin/python

.venv: pyproject.toml
	python3 -m venv .venv
	.venv/bin/pip install --quiet -e '.[dev]'
	touch .venv

test: .venv
	.venv/bin/pytest

slow: .venv
	.venv/bin/pytest -m slow

lint: .venv
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: .venv
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

bless: .venv # rewrites the goldens; read the difference line by line
	BLESS=1 .venv/bin/pytest -q tests/test_conformance.py tests/test_command_line.py tests/test_readme.py
	.venv/bin/proxyscan formats --markdown > docs/formats.md
	git diff --stat tests docs

bench: .venv # writes some 7 GB of logs into BENCH_DIR, or into a folder of its own that it removes again
	.venv/bin/pip install --quiet -e '.[bench]'
	PYTHON='$(PYTHON)' BENCH_DIR='$(BENCH_DIR)' BENCH_LINES='$(BENCH_LINES)' benchmarks/all

.PHONY: test slow lint format bless bench
