"""The same path on Apache Spark: files are read, and steps called, in its executors; rows come back to be written.

    spark/
      run         the path: inputs are opened, stages done one after the other, what they made is handed to outputs
      stages      the steps of a graph, cut where rows of all parts must be known
      stage_run   one stage: what executors are given and tell, and what all parts come to together
      sources     what a stage begins with: files, or what an earlier one has made
      executors   a Spark session, and work that it does part by part (foreign: its errors in words)
      made        what they have made: kept on their disks, and fetched in pieces (pieces: cut, and put together)
      arrival     work on its way there, which looks first whether the same versions stand there
      files       inputs whose types are decided by executors, and where large files are cut
      task        what an executor does with one part: it takes its rows, and runs the steps over them
      handing     what is handed back: frames, and text for outputs
      sides       what a step that looks at all rows is told beside those of a part
      look        what parts tell each other before such a step is run (exchange: how it travels)
      shipment    what it needs for that: the request, and the code of the steps
      facts       what it tells beside the rows (tell: added up; metrics: of steps)

A part is one file of an input, or a stretch of a large one that holds whole rows. Its rows travel as text, or as pandas
frames, in order, and are never given Spark's types: so each step sees what it sees on one machine, and the outputs are
the same bytes, in the same order.
"""
