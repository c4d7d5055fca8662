"""One command that prepares, starts and supervises everything: `bac-a-sable`, also behind `scripts/run`.

The launcher loads Django once and forks: a short-lived child prepares the data directory, then one child serves the
web and one runs Celery with its beat. The parent opens no database and no broker: what it forks again is always clean.
"""
