from django.apps import AppConfig


class SnapshotsConfig(AppConfig):
    name = "sandbox.snapshots"
    verbose_name = "instantanés"
