"""What is wanted: a pipeline as frozen values, read from YAML or built in Python.

pipeline/
  model      Pipeline, Input, Step, Output, Execution and their bindings
  fields     a mapping checked against a table of keys, all faults at once; choices: words that may stand there
  yaml_file  YAML -> model (yaml_tree: places of keys; yaml_fields: the keys; declared_schema, bindings: values)
  dsl        Python -> model (drafts: inputs and steps in the making)
  contract   what a step declares of itself; context is what it sees
  apart      how a step that looks at all rows is run in parts of them (rounds: what these find out together before)
  uses       `uses:` -> the step's function (isolation: per pipeline; offered: entry points; step_faults: messages)
  graph      which step reads and makes which artifact, in order (resolve_step, report)
"""
