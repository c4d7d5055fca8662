.PHONY: run test check fmt docs captures lock vendor

run:      ## démarrer
	./scripts/run

test:     ## tout vérifier
	./scripts/test

check:    ## tout, sauf le navigateur et les essais longs
	./scripts/test --rapide

fmt:      ## mettre le code en forme
	.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

docs:     ## réécrire les tables produites par le code
	.venv/bin/python manage.py documenter

captures: ## refaire les captures d'écran
	.venv/bin/python scripts/captures.py

lock:     ## recalculer les dépendances figées
	./scripts/lock

vendor:   ## reprendre les fichiers npm
	./scripts/vendor.py
