"""Settings of the test suite: the same product, with fast hashing, eager tasks and files in a temporary folder."""

import os
import tempfile

os.environ.setdefault("SANDBOX_DATA_DIR", tempfile.mkdtemp(prefix="bac-a-sable-test-"))
os.environ.setdefault("SECRET_KEY", "cle-de-test-sans-valeur-mais-assez-longue-pour-les-verifications-de-django")

from sandbox.settings import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
WHITENOISE_AUTOREFRESH = True
AXES_ENABLED = True
COMPOSANTS = True
