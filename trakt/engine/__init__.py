"""The one path of data, in the order in which it is read:

request -> plan -> admission -> read -> run steps -> write -> publish -> manifest

engine/
  request      what a caller asks for (places: ids, and places that hold them; limits: how much there is for it)
  load, check  the pipeline file, found right or refused as a whole
  plan         what will be done, before a byte is read (find: which files an input stands for)
  admission    whether it is begun here, and in which mode (estimate: of its rows and memory)
  drift        inputs against those of the last run (baseline: which; compare: how; contract: what may change)
  read         files -> artifacts
  artifacts    what the run holds between steps
  run_steps    artifacts -> artifacts (step_errors: what a step did wrong)
  stream       counting and sharing of chunks
  write        artifacts -> outputs, published together
  manifest     the record of it all, and the commit
  rejected     rows that were set aside on the way
  reconcile    what became of every row (accounting: the equations)
  done         whether all of it has been done (fingerprint: of what it is made; committed: what earlier runs left)
  run          the path itself
  replay       rejected rows once more (corrections: as they were mended; supplement: as files)
  verify       whether files are what a manifest says of them
"""
