"""One module per family of operations; importing it registers them (api.md §6 to §9)."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
