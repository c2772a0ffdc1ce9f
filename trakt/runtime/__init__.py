"""Who calls the engine, each with one `RunRequest`.

runtime/
  local_runner      Python and the command line, on this machine
  options           every option of a run, declared once; request: what they ask for
  console, failure  how results and errors are told
"""
