"""Services called from the event loop: each in a thread of its own pool, with its own database connection."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")
FILS = 4
_fils = ThreadPoolExecutor(FILS, thread_name_prefix="sftp")


def _isoler(fonction: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Nothing of a call is left to the next one that this thread runs, a broken connection least of all."""
    try:
        return fonction(*args, **kwargs)
    finally:
        connections.close_all()


async def en_base(fonction: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    return await asyncio.get_running_loop().run_in_executor(_fils, partial(_isoler, fonction, *args, **kwargs))
