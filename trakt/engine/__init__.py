"""The one path of data, in the order in which it is read:

request -> plan -> admission -> read -> run steps -> write -> publish -> manifest

engine/
  request      what a caller asks for (places: ids, and places that hold them; limits: how much there is for it)
  load, check  the pipeline file, found right or refused as a whole
  plan         what will be done, before a byte is read (find: which files an input stands for; within: where it may be)
  done         whether that has been done (fingerprint: what it is made of; committed: what earlier runs have left)
  admission    whether it is begun here, and in which mode (estimate: of its rows and memory)
  drift/       inputs against those of the last run (profile: what is kept of them for that)
  read         files -> artifacts
  artifacts    what the run holds between steps
  run_steps    artifacts -> artifacts (step_errors: what a step did wrong)
  stream       counting and sharing of chunks
  rejected     rows that were set aside
  reconcile    what became of every row (accounting: the equations)
  write        artifacts -> outputs, published together (output_table: one of them; signals: that wait meanwhile)
  sort/        rows of an output in order
  manifest     the record of it all, and the commit (records: of inputs, steps and outputs; plain: values as JSON)
  run          the path itself
  replay/      rejected rows once more
  verify       whether files are still as a manifest says
"""
