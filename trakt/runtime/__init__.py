"""Who calls the engine, each with one `RunRequest`.

runtime/
  local_runner              Python, on this machine
  glue_main glue_arguments  an AWS Glue job (packaged: where it finds its pipeline)
  options                   every option of a run, declared once; request: what they ask for
  places                    what an id may be, and places that hold ids
  console, failure          how results and errors are told
"""
