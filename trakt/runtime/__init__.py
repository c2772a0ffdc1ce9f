"""Who calls the engine, each with one `RunRequest`.

runtime/
  local_runner              Python, on this machine
  lambda_handler            an AWS Lambda function: the front door
    lambda_settings           how it is set up
    lambda_events             what an event is
    lambda_request            what it asks for (key_template: the ids in a key; lambda_places: what it may name)
    lambda_run                the run, within its limits (glue_start: or handed to Glue)
  glue_main glue_arguments  an AWS Glue job
  packaged                  where both find the pipelines they were delivered with
  options                   every option of a run, declared once; option_types: what each takes
  request                   what they ask for
  named_pipeline            the pipeline file that they name
  process                   how a process of ours starts
  console, failure          how results and errors are told
"""
