"""Whether a pipeline gives the same bytes everywhere: one input, every runtime, both modes, several chunk sizes.

parity/
  asked        what is compared, and which runs that takes
  runtimes     the table of runtimes, and what each is asked
    local        the runner of this machine
    lambda_function  the handler of a Lambda function, in what Lambda gives it (read_only: a disk that takes nothing)
    glue_job     the script of a Glue job, with the arguments of Glue
    spark        the engine on Spark, on this machine
  places       where a run reads and writes (rehearsal: the storage that keeps it there)
  child        the process that each run has for itself
  run          starts it, and gathers what it has made
  compare      the first difference of two outputs
  check        all of it, in that order
  told         what was found, for people and as JSON

To add a runtime: a module that satisfies `trakt.parity.runtimes.Runtime`, and a line in its table.
"""
