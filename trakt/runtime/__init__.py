"""Who calls the engine, each with one `RunRequest`.

runtime/
  local_runner   Python and the command line, on this machine
"""
