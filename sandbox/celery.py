"""Celery carries the work in every installation (docs/architecture.md, « Le temps »)."""

import os

from celery import Celery

from sandbox import courtier

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox.settings")

courtier.enregistrer()
app = Celery("sandbox")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
