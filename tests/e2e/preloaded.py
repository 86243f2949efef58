"""What a process of `c360` reads, whichever part it runs."""

from importlib import import_module

for part in ("account", "audit", "gateway", "identity", "profile", "segment"):
    import_module(f"c360_{part}.bootstrap")
import_module("c360_cli.main")
import_module("c360_cli.running.gateway_process")
import_module("c360_cli.running.service_process")
