"""Who calls the engine, each with one `RunRequest`.

runtime/
  local_runner              Python, on this machine
  glue_main glue_arguments  an AWS Glue job (packaged: where it finds its pipeline)
  options                   every option of a run, declared once; request: what they ask for
  console, failure          how results and errors are told
"""
