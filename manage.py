#!/usr/bin/env python3
"""Commandes d'administration du bac à sable."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- réglages d'abord

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
